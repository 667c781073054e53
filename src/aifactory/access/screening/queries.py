"""From records to the plain facts that the rules work on, and what the rules say of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aifactory.access.applications.forms import Choice
from aifactory.access.applications.models import Application
from aifactory.access.calls.clocks import award_ends_on
from aifactory.access.screening.eligibility import Verdict, judge
from aifactory.access.screening.facts import PUBLIC_KINDS, facts_of
from aifactory.kit.bilingual import Text
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
    mode, answers = application.call.mode, application.answers
    facts = facts_of(organisation, answers, application.requested, ends_on)
    choices = {f"answers.{q.id}": q for q in mode.questions if isinstance(q, Choice) and answers.get(q.id)}
    return [
        replace(verdict, told=_in_words(choices[verdict.fact], answers))
        if verdict.fact in choices
        else verdict
        for verdict in judge(mode.rules_for(answers), facts)
    ]


def _in_words(question: Choice, answers: Mapping[str, Any]) -> Text:
    given = answers[question.id]
    return Text(en=question.tell(given, "en"), nl=question.tell(given, "nl"))
