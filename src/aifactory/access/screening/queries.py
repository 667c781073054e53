"""From records to the plain facts that the rules work on, and what the rules say of them."""

from typing import Any

from aifactory.access.applications.models import Application
from aifactory.access.calls.clocks import award_ends_on
from aifactory.access.screening.eligibility import Verdict, judge
from aifactory.access.screening.facts import PUBLIC_KINDS, facts_of
from aifactory.people.enterprises.queries import size_facts
from aifactory.people.models import Organisation

ORGANISATION_FACTS = (
    "name",
    "country",
    "kind",
    "registration_number",
    "region",
    "sector",
    "staff",
    "turnover_eur",
    "balance_eur",
)


def organisation_facts(organisation: Organisation) -> dict[str, Any]:
    """Return what an application keeps of its organisation, as it is now: its size with the reasons for it."""
    profile = {name: getattr(organisation, name) for name in ORGANISATION_FACTS}
    return profile | (size_facts(organisation) if organisation.kind not in PUBLIC_KINDS else {})


def verdicts(application: Application) -> list[Verdict]:
    """Hold the rules to an application: to the facts it was submitted with, or to today's for a draft."""
    organisation = application.organisation_facts or organisation_facts(application.organisation)
    ends_on = award_ends_on(application)
    facts = facts_of(organisation, application.answers, application.requested, ends_on)
    return judge(application.call.mode.rules_for(application.answers), facts)
