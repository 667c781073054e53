"""Preparing, opening and closing a call."""

from datetime import datetime

from django.utils.translation import gettext as _

from aifactory.access import modes
from aifactory.access.applications.lifecycle import BEFORE_THE_FACTORY
from aifactory.access.calls.models import Call
from aifactory.access.permissions import Permission
from aifactory.audit.actions import enter, fire
from aifactory.kit.bilingual import Text
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.ports.identity import Actor


class ApplicationsWait(Refused):
    """A call is decided when each of its applications is."""


def prepare_call(
    *, mode: modes.Mode, title: Text, opens_at: datetime, cut_off_at: datetime | None = None, by: Actor
) -> Call:
    """Make a call under a mode, copying the mode. Not public before `open_call`.

    Raises `Invalid` where the moments do not fit the mode or each other.
    """
    errors = []
    if cut_off_at is None and mode.clock.counted_from == "cut_off":
        errors.append(FieldError("cut_off_at", _("Calls under this mode have a cut-off."), "cut-off"))
    if cut_off_at is not None and not mode.clock.has_cut_off(cut_off_at):
        nexts = ", ".join(f"{at:%Y-%m-%d %H:%M %Z}" for at in mode.clock.next_cut_offs(opens_at, 3))
        message = _("Cut-offs of this mode are set by its rules; the next ones are %(nexts)s.")
        errors.append(FieldError("cut_off_at", message % {"nexts": nexts}, "cut-off"))
    if cut_off_at is not None and cut_off_at <= opens_at:
        errors.append(FieldError("cut_off_at", _("The cut-off comes after the opening."), "cut-off"))
    errors += [
        FieldError(name, _("At most 200 characters."), "length")
        for name, text in (("title_en", title.en), ("title_nl", title.nl))
        if len(text) > 200
    ]
    if errors:
        raise Invalid(errors)
    call = Call(
        mode_name=mode.name,
        mode_digest=mode.digest,
        mode_content=mode.plain(),
        title_en=title.en,
        title_nl=title.nl,
        opens_at=opens_at.replace(microsecond=0),
        cut_off_at=cut_off_at.replace(microsecond=0) if cut_off_at else None,
    )
    return enter(call, "call:prepare", by=by, permission=Permission.OPEN_CALL, data={"mode": mode.digest})


def open_call(call: Call, *, by: Actor) -> Call:
    """Make the call public. Applications are taken from its opening moment until its cut-off."""
    return fire(call, "open", by=by)


def close_call(call: Call, *, by: Actor) -> Call:
    """Stop taking applications for good; no clock opens it again."""
    return fire(call, "close", by=by)


def finish_call(call: Call, *, by: Actor) -> Call:
    """Say that all is decided. Raises `ApplicationsWait` where it is not."""
    if waiting := call.applications.filter(state__in=BEFORE_THE_FACTORY).count():
        raise ApplicationsWait(
            _("%(count)s applications in this call are not decided yet.") % {"count": waiting},
            next_step=_("Decide those first."),
        )
    return fire(call, "finish", by=by)
