"""The one door for a change: a record and its event are written together, or not at all."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit import statements
from aifactory.audit.models import Event, Salt, Unsealed
from aifactory.audit.record import Record, plain
from aifactory.kit import clock, disclosure
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.ports.identity import Actor

R = TypeVar("R", bound=Record)


class NotPossibleNow(Refused):
    """The thing is in a state from which this step does not start."""


class ChangedMeanwhile(Refused):
    """Somebody else changed the thing between reading and writing."""


def fire(
    thing: R,
    name: str,
    *,
    by: Actor,
    data: dict[str, Any] | None = None,
    keep: tuple[str, ...] = (),
    **changes: Any,
) -> R:
    """Walk one transition of the thing's lifecycle and write its event, in one transaction.

    `changes` are fields set in the same update. The thing is re-read, so it is current afterwards; what it points at
    is forgotten, but for the related records named in `keep`, which the caller read in this transaction.
    Raises `NotAllowed`, `NotPossibleNow`, whatever the guard raises, or `ChangedMeanwhile`.
    """
    transition = thing.LIFECYCLE.transition(name)
    state: str = thing.state  # type: ignore[attr-defined]
    _require(by, transition.permission, thing)
    if state not in transition.source:
        raise NotPossibleNow(
            _("“%(step)s” can't be done while this is “%(state)s”.")
            % {"step": name, "state": thing.LIFECYCLE.states[state]},
            rule=f"{thing.LIFECYCLE.name}:{name} starts from {', '.join(transition.source)}",
            next_step=_("Reload the page to see where it stands now."),
        )
    if transition.guard:
        transition.guard(thing, by)
    refuse_nul(changes)
    # A point to go back to would cost two statements more: whoever goes on after a mistake of the database has one.
    with transaction.atomic(savepoint=False):
        changed = statements.change(thing, state, {"state": transition.target, **changes}, keep)
        if changed:
            (salt,) = changed
            _append(
                transition.event,
                by,
                thing=thing,
                salt=salt,
                source=state,
                target=transition.target,
                data=data,
            )
    if not changed:
        raise ChangedMeanwhile(
            _("Somebody else changed this a moment ago."), next_step=_("Reload the page and look again.")
        )
    return thing


def enter(
    thing: R,
    event: str,
    *,
    by: Actor,
    permission: str | None = None,
    data: dict[str, Any] | None = None,
    fields: list[str] | None = None,
    keep: tuple[str, ...] = (),
) -> R:
    """Save a new or edited record and write its event, in one transaction.

    For an edit name the `fields` that changed, so that nothing else is overwritten. `keep`: as for `fire`.
    Raises `NotAllowed`, or `Invalid` for text that no database can hold.
    """
    if permission:
        _require(by, permission, thing)
    refuse_nul({f.attname: getattr(thing, f.attname) for f in thing._meta.concrete_fields})  # noqa: SLF001
    with transaction.atomic(savepoint=False):
        if new := thing._state.adding:  # noqa: SLF001
            thing.save(force_insert=True)
            statements.forget_related(thing, keep)
            salt = None
        else:
            thing.save(force_update=True, update_fields=fields)
            (salt,) = statements.reread(thing, keep)
        _append(event, by, thing=thing, new=new, salt=salt, target=getattr(thing, "state", ""), data=data)
    return thing


def enter_all(
    things: Sequence[R], event: str, *, by: Actor, permission: str, data: Sequence[dict[str, Any]]
) -> None:
    """Save new records of one kind, each with its event and its `data`, in a handful of statements.

    Raises `NotAllowed`, or `Invalid` for text that no database can hold.
    """
    if not things:
        return
    for thing in things:
        _require(by, permission, thing)
        refuse_nul({f.attname: getattr(thing, f.attname) for f in thing._meta.concrete_fields})  # noqa: SLF001
    model = type(things[0])._base_manager  # noqa: SLF001 - Django's own name
    with transaction.atomic(savepoint=False):
        model.bulk_create(things)
        written = model.in_bulk(
            [thing.pk for thing in things]
        )  # as the database has them: these are digested
        salts = [Salt(thing=thing.thing, value=disclosure.new_salt()) for thing in things]
        Salt.objects.bulk_create(salts)
        events = [
            Event(
                at=clock.now(),
                name=event,
                actor=by.id,
                thing=thing.thing,
                target=getattr(thing, "state", ""),
                digest=disclosure.commit(written[thing.pk].document(), bytes(salt.value)),
                data=plain(facts),
            )
            for thing, salt, facts in zip(things, salts, data, strict=True)
        ]
        Event.objects.bulk_create(events)
        Unsealed.objects.bulk_create(Unsealed(event=one) for one in events)


def note(event: str, *, by: Actor, data: dict[str, Any] | None = None) -> None:
    """Write an event that changes no record, e.g. a refusal."""
    with transaction.atomic(savepoint=False):
        _append(event, by, data=data)


def digest_of(thing: Record) -> str:
    """Return the salted digest of the record as it stands; the salt is made on first use."""
    return disclosure.commit(thing.document(), _salt_of(thing))


def _salt_of(thing: Record) -> bytes:
    try:
        return bytes(Salt.objects.values_list("value", flat=True).get(thing=thing.thing))
    except Salt.DoesNotExist:
        try:
            with transaction.atomic():
                return bytes(Salt.objects.create(thing=thing.thing, value=disclosure.new_salt()).value)
        except IntegrityError:
            return bytes(Salt.objects.values_list("value", flat=True).get(thing=thing.thing))


def _require(by: Actor, permission: str, thing: object) -> None:
    if not by.may(permission, thing):
        raise NotAllowed(
            _("You may not do this."),
            rule=permission,
            next_step=_("Ask the factory office if you think that you should."),
        )


def refuse_nul(values: dict[str, Any]) -> None:
    """Raise `Invalid` for text with a NUL character: PostgreSQL can't store it, and nobody types it."""
    bad = [name for name, value in values.items() if _has_nul(value)]
    if bad:
        raise Invalid(
            [FieldError(name, _("This text has a character that can't be stored."), "no NUL") for name in bad]
        )


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(v) or _has_nul(k) for k, v in value.items())
    if isinstance(value, list | tuple):
        return any(_has_nul(v) for v in value)
    return False


def _append(
    name: str,
    by: Actor,
    *,
    thing: Record | None = None,
    new: bool = False,
    salt: bytes | None = None,
    source: str = "",
    target: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Write an event. `new`: the thing was inserted just now, so nobody else can be making its salt."""
    fresh = Salt(thing=thing.thing, value=disclosure.new_salt()) if thing and new else None
    digest = ""
    if thing:
        digest = disclosure.commit(
            thing.document(), salt or (bytes(fresh.value) if fresh else _salt_of(thing))
        )
    event = Event(
        at=clock.now(),
        name=name,
        actor=by.id,
        thing=thing.thing if thing else "",
        source=source,
        target=target,
        digest=digest,
        data=plain(data or {}),
    )
    statements.append(event, salt=fresh)
