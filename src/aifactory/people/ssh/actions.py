"""Adding and removing the SSH keys of a person."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.people.models import User
from aifactory.people.ssh.models import SshKey
from aifactory.people.ssh.openssh import read
from aifactory.people.ssh.permissions import Permission
from aifactory.ports.identity import Actor

MOST = 10


class KeyIsInUse(Refused):
    """Two people with one key could not be told apart."""


class TooManyKeys(Refused):
    """A person has at most so many keys."""


def add_key(user: User, text: str, *, label: str = "") -> SshKey:
    """Let a person in with a key of their own; the same key twice is the same record.

    Raises `Invalid` for a text that is no good public key, `KeyIsInUse`, `TooManyKeys`.
    """
    found = read(text)
    if len(label) > 80:
        raise Invalid([FieldError("label", _("Give a name of at most 80 characters."), "max 80")])
    held = user.ssh_keys.filter(removed_at=None)
    if known := held.filter(fingerprint=found.fingerprint).first():
        return known
    if held.count() >= MOST:
        raise TooManyKeys(
            _("You have %(most)s keys already.") % {"most": MOST},
            next_step=_("Remove one that you no longer use."),
        )
    key = SshKey(
        user=user,
        label=label.strip() or f"{found.kind} {clock.now():%Y-%m-%d}",
        kind=found.kind,
        content=found.content,
        fingerprint=found.fingerprint,
    )
    try:
        with transaction.atomic():
            return enter(key, "ssh_key:add", by=user)
    except IntegrityError:
        raise KeyIsInUse(
            _("This key belongs to another account already."),
            field="key",
            next_step=_("Make a pair of your own with: ssh-keygen -t ed25519"),
        ) from None


def remove_key(key: SshKey, *, by: Actor) -> SshKey:
    """Let nobody in with this key any more; the record stays. A removed key is fine."""
    held = SshKey.objects.get(pk=key.pk)
    if not by.may(Permission.REMOVE, held):
        raise NotAllowed(_("Only you, or an operator, may remove this key."), rule=Permission.REMOVE)
    if held.removed_at:
        return held
    held.removed_at = clock.now()
    return enter(held, "ssh_key:remove", by=by, permission=Permission.REMOVE, fields=["removed_at"])
