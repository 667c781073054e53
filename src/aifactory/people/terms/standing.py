"""The one door before anything new: is nobody suspended, and are the terms accepted?

Asked where an application is submitted and where a job is; a planned job asks about suspension once more when its
hour comes. What already runs may finish: stopping it would destroy work, and an operator can stop any one by hand.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from aifactory.kit import clock
from aifactory.kit.errors import Refused
from aifactory.people.language import spoken
from aifactory.people.models import Organisation
from aifactory.people.terms.models import Acceptance, Suspension
from aifactory.people.terms.texts import Due, due, texts


class TermsNotAccepted(Refused):
    """The organisation has not accepted the terms that are in force."""


class IsSuspended(Refused):
    """Nothing new may begin while a suspension is in force."""


def require(organisation: Organisation, *, things: Iterable[str]) -> None:
    """Let something new begin for an organisation. `things`: the person and project as the log knows them.

    Raises `IsSuspended` or `TermsNotAccepted`, each with the next step.
    """
    require_not_suspended([organisation.thing, *things])
    require_terms(organisation)


def require_not_suspended(things: Iterable[str]) -> None:
    """Raise `IsSuspended` when one of these (kind and id) is suspended. The reasons are told to them alone."""
    found = Suspension.objects.filter(subject__in=list(things), state="in_force").order_by("pk").first()
    if found is None:
        return
    who = {
        "people.user": _("This account is suspended: it can start nothing new."),
        "people.organisation": _("This organisation is suspended: it can start nothing new."),
    }.get(found.subject.partition(":")[0], _("This project is suspended: it can start nothing new."))
    raise IsSuspended(
        who,
        rule=f"suspension:{found.ground}",
        next_step=_("The reasons are under “Terms and suspensions”. You can object, or ask the office."),
    )


def require_terms(organisation: Organisation) -> None:
    """Raise `TermsNotAccepted`, naming the texts, when one has to be accepted first."""
    now = clock.now()
    missing = [one for one in still_due(organisation) if one.stops(now)]
    if not missing:
        return
    language = spoken()
    names = ", ".join(f"{one.text.title.of(language)} ({one.text.version})" for one in missing)
    raise TermsNotAccepted(
        _("%(organisation)s has not accepted these terms yet: %(names)s.")
        % {"organisation": organisation.name, "names": names},
        rule="terms:accept",
        next_step=_("Somebody who may sign for the organisation accepts them under “Terms and suspensions”."),
    )


def still_due(organisation: Organisation) -> list[Due]:
    """Return the texts in force that an organisation has not accepted, with the term for each."""
    accepted = Acceptance.objects.filter(organisation=organisation).values_list("text", "version")
    return due(texts(), set(accepted), clock.now())
