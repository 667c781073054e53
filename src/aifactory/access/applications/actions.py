"""Starting, filling in, submitting and withdrawing an application."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.applications import forms
from aifactory.access.applications.models import Application
from aifactory.access.calls.clocks import due
from aifactory.access.calls.models import Call
from aifactory.access.conflicts.actions import search_application
from aifactory.access.deadlines import in_time
from aifactory.access.permissions import Permission
from aifactory.access.screening import assessments
from aifactory.access.screening.queries import organisation_facts
from aifactory.access.supervision.queries import require_supervisor
from aifactory.audit.actions import enter, fire
from aifactory.datasets.models import Dataset
from aifactory.datasets.vocabulary import PURPOSES
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import FieldError, Invalid, Refused
from aifactory.people.language import spoken
from aifactory.people.models import Organisation, User
from aifactory.people.terms import standing
from aifactory.ports.identity import Actor


class CallIsClosed(Refused):
    """The call takes no applications at this moment."""


class AlreadySubmitted(Refused):
    """What was submitted stays as it is."""


def require_open(call: Call, at: datetime) -> None:
    """Raise `CallIsClosed` unless the call takes applications at that moment."""
    if call.state == "open" and call.opens_at <= at and in_time(at, call.cut_off_at):
        return
    if call.state == "open" and at < call.opens_at:
        message = _("This call opens at %(moment)s UTC.") % {"moment": f"{call.opens_at:%Y-%m-%d %H:%M:%S}"}
    elif call.cut_off_at:
        message = _("This call closed at %(moment)s UTC.") % {
            "moment": f"{call.cut_off_at:%Y-%m-%d %H:%M:%S}"
        }
    else:
        message = _("This call is closed.")
    raise CallIsClosed(message, rule="call:cut_off", next_step=_("Look for another call that is open."))


def draft(application: Application) -> Application:
    """Lock the application's row and return it as it is now. Raises `AlreadySubmitted`.

    To be called in a transaction: so an edit and a submission never cross.
    """
    locked = Application.objects.select_for_update(of=("self",)).select_related("call").get(pk=application.pk)
    if locked.state != "draft":
        raise AlreadySubmitted(
            _("This application can't be changed any more."),
            rule="application:immutable",
            next_step=_("You can withdraw it, and start a new one while the call is open."),
        )
    return locked


def start(call: Call, *, organisation: Organisation, title: str, by: User) -> Application:
    """Begin an application for an organisation that the person belongs to.

    Raises `CallIsClosed`, `Invalid`, `NotAllowed`.
    """
    now = clock.now()
    require_open(call, now)
    application = Application(
        call=call, organisation=organisation, applicant=by, title=_title(title), reference=""
    )
    tail = application.pk[-6:]
    application.reference = f"{call.mode.id[:3].upper()}-{now:%Y}-{tail}"
    return enter(application, "application:start", by=by, permission=Permission.START, data={"call": call.pk})


def _title(raw: object) -> str:
    try:
        text = forms.clean(raw, 200)
    except forms.Mistake as mistake:
        raise Invalid([FieldError("title", _said(mistake.message), mistake.rule)]) from None
    if not text or "\n" in text:
        rule = "one_line" if text else "required"
        raise Invalid([FieldError("title", _said(forms.MESSAGES[rule]), rule)])
    return text


def _said(text: Any) -> str:
    return str(text.of(spoken()))


def save(
    application: Application,
    answers: Mapping[str, object],
    *,
    by: Actor,
    title: object = None,
    datasets: Iterable[str] | None = None,
    purpose: str | None = None,
) -> Application:
    """Keep some answers of a draft, as a page or the API sent them; all are right, or none is kept.

    Raises `Invalid` with each mistake, `AlreadySubmitted`, `NotAllowed`.
    """
    with transaction.atomic():
        locked = draft(application)
        mode = locked.call.mode
        read, mistakes = forms.read(mode.questions, answers)
        if mistakes:
            raise Invalid([mistake.said(spoken()) for mistake in mistakes])
        locked.answers = {**locked.answers, **read}
        locked.requested = mode.requested(locked.answers)
        if title is not None:
            locked.title = _title(title)
        if datasets is not None:
            locked.datasets = _datasets(datasets)
        if purpose is not None:
            locked.purpose = _purpose(purpose)
        fields = ["answers", "requested", "title", "datasets", "purpose"]
        data = {"questions": sorted(read)}
        enter(locked, "application:edit", by=by, permission=Permission.EDIT, data=data, fields=fields)
    application.refresh_from_db()
    return application


def _datasets(ids: Iterable[str]) -> list[str]:
    chosen = list(dict.fromkeys(ids))
    ids_only = len(chosen) <= 50 and all(isinstance(i, str) and i.isprintable() for i in chosen)
    known = Dataset.objects.filter(pk__in=chosen, state="published").count() if ids_only else -1
    if known != len(chosen):
        raise Invalid([FieldError("datasets", _("Name at most 50 datasets of the catalogue."), "datasets")])
    return chosen


def _purpose(code: str) -> str:
    if code and code not in PURPOSES:
        raise Invalid([FieldError("purpose", _("Choose one of the purposes in the list."), "purpose")])
    return code


def missing(application: Application) -> list[forms.FieldMistake]:
    """Return what the application still needs before it can be submitted."""
    mode = application.call.mode
    attached = application.attachments.filter(replaced_at=None).values_list("slot", flat=True)
    return forms.missing(mode.questions, mode.slots, application.answers, attached)


def submit(application: Application, *, by: Actor) -> Application:
    """Hand the application in, once: a second time returns it as it is.

    The clock is read once, so that cut-off, moment and due date agree. From here on nothing of it changes.
    Raises `CallIsClosed`, `TermsNotAccepted`, `IsSuspended`, `Invalid` with what is missing, `NotAllowed`, and
    what the assessments refuse.
    """
    now = clock.now()
    with transaction.atomic():
        locked = Application.objects.select_for_update(of=("self",)).select_related("call", "organisation")
        current = locked.get(pk=application.pk)
        if current.submitted_at is None or not by.may(Permission.SUBMIT, current):
            _hand_in(current, now, by)
    application.refresh_from_db()
    return application


def _hand_in(application: Application, now: datetime, by: Actor) -> None:
    require_open(application.call, now)
    standing.require(application.organisation, things=[f"people.user:{by.id}"])
    if mistakes := missing(application):
        raise Invalid([mistake.said(spoken()) for mistake in mistakes])
    assessments.require_answered(application)
    require_supervisor(application, by=by)
    facts = organisation_facts(application.organisation)
    fire(
        application,
        "submit",
        by=by,
        data={"call": application.call_id, "requested": application.requested},
        submitted_at=now,
        due_at=due(application.call, now),
        organisation_facts=facts,
        form=(form := application.call.mode.form),
        form_digest=digest(form),
        content_digest=digest(content(application, facts)),
    )
    search_application(application)


def content(application: Application, facts: dict[str, Any]) -> dict[str, Any]:
    """Return everything that is submitted, as one JSON value: what reviewers read and decisions rest on."""
    files = application.attachments.filter(replaced_at=None).order_by("slot")
    return {
        "title": application.title,
        "form": digest(application.call.mode.form),
        "answers": application.answers,
        "requested": application.requested,
        "datasets": application.datasets,
        "purpose": application.purpose,
        "organisation": facts,
        "assessments": assessments.answers_given(application),
        "attachments": dict(files.values_list("slot", "digest")),
    }


def withdraw(application: Application, *, by: Actor) -> Application:
    """Take an application back, until it is decided."""
    with transaction.atomic():
        fire(application, "withdraw", by=by)
        if application.submitted_at:
            search_application(application)
    return application
