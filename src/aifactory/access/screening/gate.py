"""What stands between an application and an award besides its score: the technical check, and law and ethics."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from aifactory.access.applications.models import Application
from aifactory.access.modes import Mode
from aifactory.access.screening.models import LawGate, TechnicalCheck
from aifactory.assurance.models import Assessment
from aifactory.kit.bilingual import Text
from aifactory.kit.errors import Refused


class NotScreened(Refused):
    """The mode asks for a step of screening that nobody took yet."""


class ScreeningForbids(Refused):
    """A step of screening says that this can't be awarded; no score outweighs that."""


def technical(application: Application) -> TechnicalCheck | None:
    """Return the technical check of an application, or None where nobody was asked."""
    return TechnicalCheck.objects.filter(application=application).select_related("assessor").first()


def law_gate(application: Application) -> LawGate | None:
    """Return what law and ethics came to, or None where nobody weighed it."""
    return LawGate.objects.filter(application=application).select_related("weighed_by", "mandate").first()


def conditions(application_id: str) -> list[Text]:
    """Return the conditions that bind an award on this application; for who has checked who asks."""
    gate = LawGate.objects.filter(application=application_id, result=LawGate.Result.CONDITIONS).first()
    return [Text(**one) for one in gate.conditions] if gate else []


def proposed(application: Application) -> dict[str, int]:
    """Return the amounts that the technical check proposes (resource → base units): those asked where it is silent."""
    check = technical(application)
    adjusts = check is not None and check.state == "given" and check.result == TechnicalCheck.Result.ADJUST
    return {**application.requested, **(check.proposed if check and adjusts else {})}


def lacks_screening(mode: Mode, application: Application) -> bool:
    """Say whether a step is not taken that the mode wants, or that the office asked for: outcomes aside."""
    wanted = mode.screening
    check, gate = getattr(application, "technical", None), getattr(application, "law_gate", None)
    technical_lacks = check.state != "given" if check else bool(wanted and wanted.technical)
    return technical_lacks or bool(wanted and wanted.law_gate and gate is None)


def require_screened(application: Application) -> None:
    """Raise `NotScreened` or `ScreeningForbids` unless screening lets an award through."""
    wanted, check, gate = application.call.mode.screening, technical(application), law_gate(application)
    given = check if check and check.state == "given" else None
    if given is None and ((wanted and wanted.technical) or check):
        raise NotScreened(
            _("The technical check is not given yet."),
            rule="screening:technical",
            next_step=_("Ask an assessor, or the one who was asked."),
        )
    if given and given.result == TechnicalCheck.Result.NOT_FEASIBLE:
        raise ScreeningForbids(
            _("The technical check says that this can't run here, so nothing can be awarded."),
            rule="screening:technical",
            next_step=_("Reject the application with that reason, or ask the assessor again."),
        )
    if gate is None and wanted and wanted.law_gate:
        raise NotScreened(
            _("Nobody has weighed law and ethics yet."),
            rule="screening:law_gate",
            next_step=_("Do so on the page of the application."),
        )
    if gate and gate.result == LawGate.Result.STOP:
        raise ScreeningForbids(
            _("Law or ethics stop this work, so nothing can be awarded."),
            rule="screening:law_gate",
            next_step=_("Reject the application with that reason."),
        )


def duties_found(found: Iterable[Assessment]) -> list[dict[str, Any]]:
    """Return the duties that assessments found, as conditions that a person may take over: id, article, text."""
    return [
        {"id": f"{one.kind}.{duty['id']}", "article": duty["article"], "text": duty["text"]}
        for one in found
        for duty in one.outcome.get("duties", [])
    ]
