"""Committing to a secret while a call is open, showing it afterwards, and the seed that comes of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from aifactory.access.calls.models import Call
from aifactory.access.deadlines import in_time
from aifactory.access.matching import seeds
from aifactory.access.matching.models import Commitment
from aifactory.access.permissions import Permission
from aifactory.audit.actions import enter, fire
from aifactory.audit.models import Event
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.models import Role, User

#: time after the cut-off to show a secret; what is not shown by then is left out, on record
TIME_TO_REVEAL = timedelta(days=3)
_DIGEST_LENGTH = len("sha256:") + 64


class CommitmentsAreClosed(Refused):
    """Secrets are committed to before the cut-off, so that they know nothing of what came in."""


class CommitmentsAreOpen(Refused):
    """A secret is shown after the cut-off, so that nobody can fit another to it."""


class SeedIsFixed(Refused):
    """The draw was made, and a secret shown now would change the past."""


class SeedNeedsTwoSides(Refused):
    """Without a secret of the office and one of a reviewer, one side alone would know the seed."""


class SecretsAreAwaited(Refused):
    """Somebody may still show a secret, so the seed is not there yet."""


@dataclass(frozen=True)
class Seed:
    """A call's seed, and how many commitments it lacks."""

    value: str
    withheld: int


def ended_at(call: Call) -> datetime | None:
    """Return when the call stopped taking applications: at its cut-off, or when it was closed; None if open."""
    if call.cut_off_at is not None and not in_time(clock.now(), call.cut_off_at):
        return call.cut_off_at
    if call.state in ("draft", "open"):
        return None
    closed = Event.objects.filter(thing=call.thing, name="call:close").order_by("id").first()
    return closed.at if closed else call.cut_off_at


def commit(call: Call, commitment: str, *, by: User) -> Commitment:
    """Publish the digest of a secret, one for each person. Raises `CommitmentsAreClosed`, `Invalid`."""
    if ended_at(call) is not None:
        raise CommitmentsAreClosed(
            _("This call has ended, and commitments were made before."),
            next_step=_("Show your secret if you committed to one."),
        )
    digest = commitment.strip().lower()
    if not digest.startswith("sha256:"):
        digest = f"sha256:{digest}"
    if len(digest) != _DIGEST_LENGTH or set(digest[7:]) - set("0123456789abcdef"):
        text = _("Give a SHA-256: 64 digits and letters from a to f.")
        raise Invalid([FieldError("commitment", text, "sha256")])
    rows = Commitment.objects.filter(call=call)
    if rows.filter(person=by).exists() or rows.filter(commitment=digest).exists():
        text = _("You committed to a secret already, or somebody gave this very commitment.")
        raise Invalid([FieldError("commitment", text, "unique")])
    side = Commitment.Side.OFFICE if by.has_role(Role.OFFICE) else Commitment.Side.REVIEWER
    made = Commitment(call=call, person=by, side=side, commitment=digest)
    return enter(made, "commitment:make", by=by, permission=Permission.COMMIT, data={"call": call.pk})


def reveal(commitment: Commitment, secret: str, *, by: User) -> Commitment:
    """Show the secret of one's own commitment.

    Raises `CommitmentsAreOpen`, `SeedIsFixed`, `Invalid`, `NotPossibleNow`.
    """
    call = commitment.call
    if ended_at(call) is None:
        raise CommitmentsAreOpen(
            _("The call still takes applications."), next_step=_("Keep your secret until the cut-off.")
        )
    if call.matchings.exists():
        raise SeedIsFixed(_("The reviewers of this call were drawn already."))
    text = secret.strip()
    if not seeds.SHORTEST <= len(text) <= seeds.LONGEST or seeds.commitment(text) != commitment.commitment:
        message = _("This is not the secret of your commitment.")
        raise Invalid([FieldError("secret", message, "sha256")])
    return fire(commitment, "reveal", by=by, data={"call": call.pk}, secret=text, revealed_at=clock.now())


def to_reveal(user: User) -> list[tuple[Commitment, datetime]]:
    """Return what a person can show now, each with the moment until which the draw waits for it."""
    rows = Commitment.objects.filter(person=user, state="made", call__matchings=None).select_related("call")
    ended = [(row, ended_at(row.call)) for row in rows.order_by("pk")]
    return [(row, moment + TIME_TO_REVEAL) for row, moment in ended if moment is not None]


def seed_of(call: Call) -> Seed:
    """Return the seed of a call. Raises `SecretsAreAwaited`, `SeedNeedsTwoSides`.

    It stands from the first draw on; before that, when every secret is shown or the time for it is over.
    """
    drawn = call.matchings.order_by("number").first()
    if drawn is not None:
        return Seed(drawn.seed, drawn.withheld)
    ended, rows = ended_at(call), list(call.commitments.all())
    shown = [row for row in rows if row.state == "revealed"]
    waiting = len(rows) - len(shown)
    if ended is None or (waiting and clock.now() < ended + TIME_TO_REVEAL):
        raise SecretsAreAwaited(
            _("%(waiting)s secrets are not shown yet.") % {"waiting": waiting},
            next_step=_("Wait until all are shown, or three days after the call ended."),
        )
    if {row.side for row in shown} != set(Commitment.Side.values):
        raise SeedNeedsTwoSides(
            _("The seed needs a secret of the office and one of a reviewer, and one of these is not there."),
            next_step=_("Ask reviewers for one application after another instead."),
        )
    return Seed(seeds.seed(call.pk, [row.secret for row in shown]), waiting)
