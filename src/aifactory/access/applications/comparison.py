"""From the applications of an organisation to the claims that are compared."""

from typing import Any

from aifactory.access.applications.consistency import Claim, Doubt, Promise, doubts
from aifactory.access.applications.forms import Choice, Day, Line, Number, Paragraphs, YesNo
from aifactory.access.applications.models import Application
from aifactory.access.calls.clocks import award_ends_on, due, local_day
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from aifactory.people.rules import visible

#: applications in these states ask for nothing any more
OVER = ("ineligible", "rejected", "withdrawn")
MOST = 50


def doubts_about(application: Application, viewer: Any) -> list[Doubt]:
    """Return what does not go together with the organisation's other applications that the viewer may know of.

    One query; the newest fifty are compared. These are questions: nothing is refused for them.
    """
    rows = (
        visible(Application, viewer).filter(organisation=application.organisation_id).exclude(state__in=OVER)
    )
    others = rows.exclude(pk=application.pk).select_related("call", "applicant").order_by("-pk")[:MOST]
    return doubts(claim(application), [claim(other) for other in others])


def claim(application: Application) -> Claim:
    """Return an application as the comparison looks at it."""
    call, answers = application.call, application.answers
    mode = call.mode
    prose = [q for q in mode.questions if isinstance(q, Line | Paragraphs)]
    people = frozenset(" ".join(name.lower().split()) for name in mode.people_named(answers))
    return Claim(
        id=application.pk,
        reference=application.reference,
        text="\n".join(str(answers[q.id]) for q in prose if answers.get(q.id)),
        asked=application.requested,
        datasets=frozenset(application.datasets),
        starts=local_day(application.due_at or due(call, clock.now()), call),
        ends=award_ends_on(application),
        promises=promises(application),
        people=people,
        time=_time(application),
    )


def promises(application: Application) -> dict[str, Promise]:
    """Return the answers that bind: those that a rule of the mode tests, given as yes or no, choice or day."""
    mode, answers = application.call.mode, application.answers
    tested = {rule.fact.removeprefix("answers.") for rule in mode.eligibility}
    return {
        q.id: Promise(
            q.label,
            answers[q.id],
            Text(en=q.tell(answers[q.id], "en"), nl=q.tell(answers[q.id], "nl")),
            of_person=isinstance(q, Day),
        )
        for q in mode.questions
        if q.id in tested and isinstance(q, YesNo | Choice | Day) and answers.get(q.id) is not None
    }


def _time(application: Application) -> dict[str, int]:
    """Return the percentage of a full week that the people named are promised for."""
    mode, answers = application.call.mode, application.answers
    asked = [q for q in mode.questions if isinstance(q, Number) and q.share_of_time and answers.get(q.id)]
    named = ", ".join(mode.people_named(answers)) or application.applicant.name
    total = sum(int(answers[q.id]) for q in asked)
    return {named: total} if total else {}
