"""The first page after signing in: what waits for this person, and what this person waits for."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aifactory.access import queries as access
from aifactory.access.applications.lifecycle import BEFORE_THE_FACTORY
from aifactory.access.conflicts.queries import findings
from aifactory.access.matching import commitments
from aifactory.access.models import Application, TechnicalCheck
from aifactory.access.objections import queries as objections
from aifactory.access.objections.lifecycle import OPEN as OPEN_OBJECTION
from aifactory.access.selection.queries import selections
from aifactory.access.supervision.queries import to_supervise
from aifactory.assurance import queries as assurance
from aifactory.awards.billing import queries as billing
from aifactory.awards.models import Project
from aifactory.awards.pace import queries as pace
from aifactory.awards.pace.models import Reclaim
from aifactory.datasets import queries as datasets
from aifactory.datasets.erasure import queries as erasure
from aifactory.datasets.models import Agreement
from aifactory.datasets.named_persons import queries as named_persons
from aifactory.expertise import queries as expertise
from aifactory.expertise.models import Case
from aifactory.kit import clock
from aifactory.notices import queries as notices
from aifactory.people.language import spoken
from aifactory.people.mandates import queries as mandates
from aifactory.people.models import Role, User
from aifactory.people.partners import queries as partners
from aifactory.people.rules import visible
from aifactory.people.terms import queries as terms
from aifactory.registry.models import ModelVersion
from aifactory.supercomputer.lifecycle import ACTIVE_JOB
from aifactory.supercomputer.models import Job
from aifactory.supercomputer.secure import queries as secure
from aifactory.transparency import queries as transparency
from aifactory.transparency.models import Report
from aifactory.web.jinja import show_date

MOST = 20
FEW = 5
APPLICATION = "access.application:"
ASSESSORS = (Role.OFFICE, Role.OPERATOR)
REPORT_BEFORE_END = timedelta(days=30)
Items = list[dict[str, Any]]


@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """Whose turn is it?"""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - login_required
    context = {
        "yours": _with_content(_your_turn(user)),
        "theirs": _with_content(_their_turn(user)),
        "notices": notices.unread(user),
        "wording": notices.wording,
        "new_here": not user.organisation_ids and set(user.roles) <= {Role.APPLICANT},
        "may_apply": bool(user.organisation_ids),
    }
    return render(request, "desk/desk.html", context)


def _with_content(sections: Iterable[tuple[str, Items]]) -> list[dict[str, Any]]:
    return [{"heading": heading, "items": items} for heading, items in sections if items]


def _your_turn(user: User) -> Iterable[tuple[str, Items]]:
    """What this person has to do, the most pressing kinds first; a role is asked only about its own work."""
    if user.has_role(Role.REVIEWER):
        yield _("Reviews to give"), _reviews(user)
    if user.has_role(Role.REVIEWER, Role.OFFICE):
        yield _("Secrets to show"), _secrets(user)
    if user.has_role(*ASSESSORS):
        yield _("Technical checks to give"), _checks(user)
    if user.has_role(Role.OFFICE, Role.PANEL):
        yield _("Applications before the factory"), _office_work(user)
        yield _("Lists of calls"), _lists(user)
    if user.has_role(Role.OFFICE, Role.PANEL):
        yield _("Objections to handle"), _objections(user, own=False)
    if user.has_role(Role.OFFICE):
        yield _("Conflicts of interest to decide on"), _conflicts(user)
        yield _("Legal assessments to confirm"), _assessments(user)
        yield _("Reports to accept"), _reports_to_accept()
        yield _("Unused time to decide on"), _unused_time(user)
        yield _("Duties that need somebody"), _duties()
        yield _("Requests to erase that are open"), _erasures()
        yield _("Invoices that are late"), _late_invoices()
        yield _("The consortium"), _consortium()
    if user.has_role(Role.STEWARD):
        yield _("Requests for your data"), _data_requests(user)
        yield _("People who want to use your data"), _people_to_add(user)
        yield _("Code that wants to run on your data"), _code(user)
        yield _("Results that want to leave"), _results(user)
    if user.has_role(Role.ADVISER):
        yield _("Questions and cases"), _cases(user)
    yield _("Agreements to sign"), _to_sign(user)
    if user.organisation_ids:
        yield _("Terms to accept"), _terms(user)
        yield _("Applications to finish"), _drafts(user)
        yield _("Personal data to erase"), _to_erase(user)
        yield _("Students who ask you to supervise"), _students(user)
    yield _("Unused time that may be taken back"), _to_answer(user)
    yield _("Jobs that need a decision"), _lost_jobs(user)
    yield _("Models to release"), _candidates(user)
    yield _("Reports to write"), _reports_due(user)


def _their_turn(user: User) -> Iterable[tuple[str, Items]]:
    """What is on its way, with whose turn it is."""
    if user.organisation_ids:
        yield _("Your applications"), _sent(user)
        yield _("Your objections"), _objections(user, own=True)
        yield _("Your requests for data"), _asked_data(user)
    yield _("Your jobs"), _active_jobs(user)
    yield _("Your questions"), _asked_cases(user)
    yield _("Your reports"), _handed_in(user)


def _item(
    label: object, link: str, hint: str = "", status: str = "", colour: str = "warning"
) -> dict[str, Any]:
    return {"label": str(label), "link": link, "hint": hint, "status": status, "colour": colour}


def _due(moment: datetime | None) -> str:
    return _("by %(day)s") % {"day": show_date(moment)} if moment else ""


def _late(moment: datetime | None) -> tuple[str, str]:
    late = moment is not None and moment < clock.now()
    return (_("Late"), "error") if late else (_("To do"), "warning")


def _my_projects(user: User) -> Any:
    return Project.objects.filter(members__user=user, members__until=None)


def _reviews(user: User) -> Items:
    rows = access.own_reviews(user).filter(state="assigned")[:MOST]
    return [
        _item(r.application, reverse("review", args=[r.pk]), _due(r.due_at), *_late(r.due_at)) for r in rows
    ]


def _office_work(user: User) -> Items:
    items = []
    for application in access.office_work(user)[:MOST]:
        turn = access.turn(application)
        late, colour = _late(application.due_at)
        hint = " ".join(filter(None, [turn.what, _due(application.due_at)]))
        if colour != "error":
            late, colour = turn.whose, "info" if application.state == "in_review" else "warning"
        link = reverse("office_application", args=[application.pk])
        items.append(_item(application, link, hint, late, colour))
    return items


def _secrets(user: User) -> Items:
    return [
        _item(
            row.call.title.of(spoken()), reverse("call_draw", args=[row.call_id]), _due(until), *_late(until)
        )
        for row, until in commitments.to_reveal(user)[:MOST]
    ]


def _checks(user: User) -> Items:
    rows = (
        visible(TechnicalCheck, user).filter(assessor=user, state="asked").select_related("application__call")
    )
    return [
        _item(r.application, reverse("technical_check", args=[r.pk]), "", _("To do"))
        for r in rows.order_by("pk")[:MOST]
    ]


def _lists(user: User) -> Items:
    """What the rule proposed and nobody confirmed, for the panel; what is not published yet, for the office."""
    states = [s for s, role in (("proposed", Role.PANEL), ("confirmed", Role.OFFICE)) if user.has_role(role)]
    words = {"proposed": _("To confirm"), "confirmed": _("To publish")}
    return [
        _item(
            one.call.title.of(spoken()), reverse("office_selection", args=[one.call_id]), "", words[one.state]
        )
        for one in selections(user).filter(state__in=states).order_by("pk")[:MOST]
    ]


def _conflicts(user: User) -> Items:
    return [
        _item(one.application, reverse("conflict", args=[one.pk]), one.person.name, _("To do"))
        for one in findings(user).filter(state="found").order_by("pk")[:MOST]
    ]


def _students(user: User) -> Items:
    rows = to_supervise(user).filter(state="asked", application__state="draft")
    return [
        _item(
            one.application,
            reverse("supervise", args=[one.pk]),
            " ".join(filter(None, [one.application.applicant.name, _due(one.application.call.cut_off_at)])),
            *_late(one.application.call.cut_off_at),
        )
        for one in rows[:MOST]
    ]


def _objections(user: User, *, own: bool) -> Items:
    """The organisation's own that are open; or those that nobody has in hand yet, and one's own work."""
    rows = objections.objections(user).filter(state__in=OPEN_OBJECTION)
    mine = Q(application__organisation__in=user.organisation_ids)
    rows = rows.filter(mine) if own else rows.exclude(mine).filter(Q(handler=None) | Q(handler=user))
    return [
        _item(
            one.application,
            reverse("objection", args=[one.pk]),
            " ".join(filter(None, [objections.turn(one)[1], _by_day(one.due_on)])),
            objections.turn(one)[0],
            "info" if own else "warning",
        )
        for one in rows[:MOST]
    ]


def _by_day(day: date) -> str:
    return _("by %(day)s") % {"day": show_date(day)}


def _assessments(user: User) -> Items:
    """Answered assessments of applications that are before the factory."""
    rows = assurance.assessments(user).filter(state="answered", subject__startswith=APPLICATION)
    found = list(rows.order_by("pk")[: 5 * MOST])
    keys = [assessment.subject.removeprefix(APPLICATION) for assessment in found]
    seen = visible(Application, user).exclude(organisation__in=user.organisation_ids)
    known = seen.filter(state__in=BEFORE_THE_FACTORY).in_bulk(keys)
    pairs = [(a, known[key]) for a, key in zip(found, keys, strict=True) if key in known]
    return [
        _item(application, reverse("assessment", args=[a.pk]), a.get_kind_display(), _("To do"))
        for a, application in pairs[:MOST]
    ]


def _reports_to_accept() -> Items:
    return [
        _item(
            r.project.title, reverse("report", args=[r.project_id]), r.project.organisation.name, _("To do")
        )
        for r in transparency.reports_to_accept()[:MOST]
    ]


def _unused_time(user: User) -> Items:
    """What the rule proposes to take back once the project was heard, and who asks for more, first asked first."""
    heard = Q(answer_until__lte=clock.now()) | Q(answered_at__isnull=False)
    reclaims = pace.reclaims(user).filter(heard, state="proposed").order_by("pk")[:MOST]
    wishes = pace.wishes(user).filter(state="asked").order_by("pk")[:MOST]
    return [
        *(
            _item(r.line.project.title, reverse("reclaim", args=[r.pk]), _("Take back?"), _("To do"))
            for r in reclaims
        ),
        *(
            _item(w.line.project.title, reverse("pool_wish", args=[w.pk]), _("Asks for more"), _("To do"))
            for w in wishes
        ),
    ]


def _to_answer(user: User) -> Items:
    rows = Reclaim.objects.filter(state="proposed", answered_at=None, line__project__in=_my_projects(user))
    return [
        _item(
            r.line.project.title,
            reverse("reclaim", args=[r.pk]),
            _due(r.answer_until),
            *_late(r.answer_until),
        )
        for r in rows.select_related("line__project").order_by("pk")[:MOST]
    ]


def _duties() -> Items:
    """What has nobody, or more than one person, accountable: the first few, and how many more."""
    rows = [row for row in mandates.matrix() if row.alarms]
    shown = rows if len(rows) <= FEW else rows[: FEW - 1]
    items = [_duty(row) for row in shown]
    if rest := len(rows) - len(shown):
        more = ngettext("and %(number)s more duty", "and %(number)s more duties", rest) % {"number": rest}
        items.append(_item(more, reverse("mandates"), "", _("To do")))
    return items


def _duty(row: mandates.Row) -> dict[str, Any]:
    alarm = row.alarms[0]
    what = _("Nobody is accountable") if alarm.kind == "gap" else _("Two people are accountable")
    later = alarm.at > clock.now()
    hint = _("from %(day)s") % {"day": show_date(alarm.at)} if later else ""
    link = reverse("duty", args=[alarm.subject]) + (f"?scope={row.scope}" if row.scope else "")
    return _item(row.seat.title(spoken()), link, hint, what, "warning" if later else "error")


def _late_invoices() -> Items:
    return [
        _item(i.number, reverse("invoice", args=[i.pk]), i.customer.organisation.name, _("Late"), "error")
        for i in billing.overdue()[:MOST]
    ]


def _consortium() -> Items:
    return [_item(what, reverse("consortium"), "", why) for what, why in partners.attention()[:MOST]]


def _terms(user: User) -> Items:
    return [
        _item(
            name,
            reverse("terms"),
            ngettext("%(number)s text", "%(number)s texts", number) % {"number": number},
            _("To accept"),
        )
        for name, number in terms.to_accept(user)
    ]


def _to_erase(user: User) -> Items:
    return [
        _item(
            f"{one.get_kind_display()}: {one.name}",
            reverse("erasure_duty", args=[one.pk]),
            one.erasure.dataset.title_in(spoken()),
            *_late_day(one.erasure.due_on),
        )
        for one in erasure.waiting_for(user)[:MOST]
    ]


def _erasures() -> Items:
    return [
        _item(
            one.dataset.title_in(spoken()),
            reverse("erasure", args=[one.pk]),
            ngettext("%(number)s answer is missing", "%(number)s answers are missing", one.waiting)
            % {"number": one.waiting},
            *_late_day(one.due_on),
        )
        for one in erasure.open_ones()[:MOST]
    ]


def _late_day(day: date) -> tuple[str, str]:
    return (_("Late"), "error") if day < clock.now().date() else (show_date(day), "warning")


def _data_requests(user: User) -> Items:
    return [_agreement(a, a.organisation.name, _("To do")) for a in datasets.requests_to_decide(user)[:MOST]]


def _people_to_add(user: User) -> Items:
    return [
        _item(
            one.agreement.offer.dataset.title,
            reverse("agreement_persons", args=[one.agreement_id]),
            one.agreement.organisation.name,
            _("To do"),
        )
        for one in named_persons.waiting_for(user)[:MOST]
    ]


def _code(user: User) -> Items:
    return [
        _item(
            one.upload.title,
            reverse("code_review", args=[one.pk]),
            str(one.agreement.offer.dataset),
            _("To do"),
        )
        for one in secure.code_to_review(user)[:MOST]
    ]


def _results(user: User) -> Items:
    return [
        _item(
            file.path,
            reverse("release", args=[file.release_id]),
            file.release.withheld.attempt.job.title,
            _("To do"),
        )
        for file in secure.files_to_check(user)[:MOST]
    ]


def _to_sign(user: User) -> Items:
    return [
        _agreement(a, a.offer.dataset.holder.name, _("To sign"))
        for a in datasets.agreements_to_sign(user)[:MOST]
    ]


def _asked_data(user: User) -> Items:
    rows = Agreement.objects.filter(state="requested", organisation__in=user.organisation_ids).order_by("-pk")
    named = datasets.agreements_with_names(rows)
    return [
        _agreement(a, a.offer.dataset.holder.name, _("With the data holder"), "info") for a in named[:MOST]
    ]


def _agreement(agreement: Agreement, hint: str, status: str, colour: str = "warning") -> dict[str, Any]:
    title = agreement.offer.dataset.title
    return _item(title, reverse("agreement", args=[agreement.pk]), hint, status, colour)


def _cases(user: User) -> Items:
    return [
        _item(
            case.title,
            reverse("case", args=[case.pk]),
            case.project.title,
            _("Nobody has it yet") if case.state == "asked" else _("Yours"),
            "warning" if case.state == "asked" else "info",
        )
        for case in expertise.waiting(user)[:MOST]
    ]


def _asked_cases(user: User) -> Items:
    rows = Case.objects.filter(asked_by=user).exclude(state="closed").select_related("adviser")
    return [
        _item(
            case.title,
            reverse("case", args=[case.pk]),
            "",
            case.adviser.name if case.adviser else _("With the expertise centre"),
            "info",
        )
        for case in rows.order_by("-pk")[:MOST]
    ]


def _drafts(user: User) -> Items:
    rows = access.own_applications(user).filter(state="draft")[:MOST]
    return [
        _item(a, reverse("application", args=[a.pk]), _due(a.call.cut_off_at), *_late(a.call.cut_off_at))
        for a in rows
    ]


def _sent(user: User) -> Items:
    rows = access.own_applications(user).filter(state__in=BEFORE_THE_FACTORY)[:MOST]
    turns = [(a, access.turn(a)) for a in rows]
    return [
        _item(a, reverse("application", args=[a.pk]), _due(turn.by), turn.whose, "info") for a, turn in turns
    ]


def _lost_jobs(user: User) -> Items:
    rows = Job.objects.filter(project__in=_my_projects(user), state="unknown").select_related("project")
    return [
        _item(job.title, reverse("job", args=[job.pk]), job.project.title, _("End unknown"))
        for job in rows.order_by("-pk")[:MOST]
    ]


def _active_jobs(user: User) -> Items:
    rows = Job.objects.filter(submitted_by=user, state__in=ACTIVE_JOB).order_by("-pk")[:MOST]
    words = {"planned": _("Planned"), "queued": _("Waiting for room"), "running": _("Running")}
    return [
        _item(
            job.title, reverse("job", args=[job.pk]), show_date(job.planned_start), words[job.state], "info"
        )
        for job in rows
    ]


def _candidates(user: User) -> Items:
    rows = ModelVersion.objects.filter(model__project__in=_my_projects(user), state="candidate")
    rows = rows.select_related("model").defer("card", "provenance", "files").order_by("-pk")
    return [
        _item(f"{v.model.name} {v.number}", reverse("model", args=[v.pk]), "", _("Candidate"), "neutral")
        for v in rows[:MOST]
    ]


def _reports_due(user: User) -> Items:
    soon = clock.now() + REPORT_BEFORE_END
    rows = transparency.reports_due(_my_projects(user), soon=soon)[:MOST]
    return [_item(p.title, reverse("report", args=[p.pk]), _due(p.ends_at), *_late(p.ends_at)) for p in rows]


def _handed_in(user: User) -> Items:
    rows = Report.objects.filter(project__in=_my_projects(user), state="submitted").select_related("project")
    return [
        _item(
            r.project.title, reverse("report", args=[r.project_id]), "", _("With the factory office"), "info"
        )
        for r in rows.order_by("-pk")[:MOST]
    ]


urlpatterns = [path("desk/", desk, name="desk")]
