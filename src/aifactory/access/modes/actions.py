"""Writing a mode in the office, and adopting it as the next version."""

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access import modes
from aifactory.access.modes.check import check
from aifactory.access.modes.models import ModeVersion
from aifactory.access.modes.queries import all_modes
from aifactory.access.permissions import Permission
from aifactory.audit.actions import enter, fire
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotAllowed, Refused
from aifactory.kit.units import figure
from aifactory.people.language import spoken
from aifactory.people.models import User
from aifactory.people.rules import require

LONGEST = 200_000


class ModeHasProblems(Refused):
    """A mode is adopted without a problem, or not at all."""


class AlreadyAdopted(Refused):
    """What was adopted stands: the next version is a new text."""


class NotTheNextVersion(Refused):
    """Versions of a mode follow each other without a gap."""


def write_mode(text: str, *, by: User, version: ModeVersion | None = None) -> ModeVersion:
    """Keep a mode as it is written so far, right or wrong, with what is wrong with it and where.

    Raises `Invalid` for no text or too much, `AlreadyAdopted`, `NotAllowed`.
    """
    if not by.may(Permission.WRITE_MODE):
        raise NotAllowed(_("The office writes modes."), rule=Permission.WRITE_MODE)
    if not text.strip() or len(text) > LONGEST:
        message = _("Write between 1 and %(most)s characters.") % {"most": figure(LONGEST).of(spoken())}
        raise Invalid([FieldError("text", message, "length")])
    with transaction.atomic():
        row = _locked(version) if version else ModeVersion(written_by=by)
        mode, problems = check(text.replace("\r\n", "\n"))
        row.text, row.problems = text.replace("\r\n", "\n"), [problem.plain() for problem in problems]
        row.name, row.mode_id = (mode.name, mode.id) if mode else ("", "")
        row.version = mode.version if mode else None
        fields = ["text", "problems", "name", "mode_id", "version"] if version else None
        data = {"problems": len(problems)}
        return enter(row, "mode:write", by=by, permission=Permission.WRITE_MODE, data=data, fields=fields)


def _locked(version: ModeVersion) -> ModeVersion:
    row = ModeVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if row.state != "draft":
        raise AlreadyAdopted(
            _("This version can't be changed any more."), next_step=_("Start the next version from its text.")
        )
    return row


def adopt_mode(version: ModeVersion, *, by: User) -> ModeVersion:
    """Make a text without problems the next version of its mode; from here on it never changes.

    Raises `ModeHasProblems`, `NotTheNextVersion`, `AlreadyAdopted`, `NotAllowed`.
    """
    require(by, Permission.ADOPT_MODE, version)
    with transaction.atomic():
        row = _locked(version)
        mode, problems = check(row.text)
        if mode is None or any(problem.grave for problem in problems):
            raise ModeHasProblems(
                _("This text has problems that keep it from being a mode."),
                next_step=_("Correct what is listed on its page."),
            )
        _require_next(mode)
        adopted = fire(
            row,
            "adopt",
            by=by,
            data={"digest": mode.digest, "name": mode.name},
            content=mode.plain(),
            digest=mode.digest,
            adopted_by=by,
            adopted_at=clock.now(),
        )
    version.refresh_from_db()
    return adopted


def _require_next(mode: modes.Mode) -> None:
    newest = max((m.version for m in all_modes() if m.id == mode.id), default=0)
    if mode.version != newest + 1:
        raise NotTheNextVersion(
            _("The next version of %(mode)s is %(version)s.") % {"mode": mode.id, "version": newest + 1},
            rule="version",
            next_step=_("Set `version` in the text to that number."),
        )


def drop_mode(version: ModeVersion, *, by: User) -> ModeVersion:
    """Put a draft away."""
    return fire(version, "drop", by=by)
