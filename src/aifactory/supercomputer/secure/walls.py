"""What a job must keep to when it touches data that stays in the secure environment: asked at every step.

A job touches such data by an agreement of its own, or by taking what another such job made. Then only people named in
the agreements run it, and it has no network at all. Where nobody may see the data, whatever somebody brought along was
reviewed by the holder; where those people see it, a review would keep nothing from them.
"""

from typing import Any

from django.utils.translation import gettext as _

from aifactory.awards.models import ProjectMember
from aifactory.datasets.contracts import NoValidAgreement
from aifactory.datasets.models import Agreement
from aifactory.datasets.queries import agreements_ended
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.ports.identity import Actor
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.secure.models import CodeReview, Withheld
from aifactory.supercomputer.uploads.models import Upload

RULE = "secure-environment"
#: Two people look where the terms say so.
CHECKERS = {"blind": 1, "blind-two-checkers": 2, "tinker": 1, "tinker-two-checkers": 2}

Inputs = list[dict[str, Any]]


class OnlyNamedPersons(NotAllowed):
    """The agreement names who may use the data, and this person is not among them."""


class CodeIsNotReviewed(Refused):
    """Something brought along was not approved by the holder of the data."""


class NotInOneEnvironment(Refused):
    """The job needs a network between nodes, or data of two holders at once."""


class IsWithheld(Refused):
    """Nobody of the project sees what the job wrote or printed."""

    status = 403


def agreements_behind(inputs: Inputs) -> list[str]:
    """Return the ids of the agreements that keep a job with these inputs in the secure environment."""
    own = {given["agreement"] for given in inputs if given.get("agreement")}
    ids = {a.pk for a in Agreement.objects.filter(pk__in=own) if a.environment} if own else set()
    if runs := [given["attempt"] for given in inputs if given.get("attempt")]:
        for secure in Job.objects.filter(attempts__in=runs).values_list("secure", flat=True):
            ids.update(secure)
    return sorted(ids)


def keep_to(job: Job, inputs: Inputs) -> list[str]:
    """Check all conditions for a job with these inputs and return the agreements that ask for them.

    Raises `OnlyNamedPersons`, `NoValidAgreement`, `NotInOneEnvironment` or `CodeIsNotReviewed`.
    """
    ids = agreements_behind(inputs)
    if not ids:
        return []
    agreements = list(Agreement.objects.filter(pk__in=ids).select_related("offer__dataset"))
    _only_named(job, agreements, job.submitted_by_id)
    _in_one_place(job, agreements)
    _still_in_force(ids)
    _reviewed(inputs, agreements)
    return ids


def require_named(job: Job, by: Actor) -> None:
    """Raise `OnlyNamedPersons` unless this person may run the job, and be in it."""
    if job.secure:
        _only_named(job, held_now(job), by.id)


def held_now(job: Job) -> list[Agreement]:
    """Return the agreements that keep a job inside; in place of one that ran out, the renewal that it goes on under.

    A renewal has terms and people of its own.
    """
    now = clock.now()
    renewals = Agreement.objects.filter(
        renews__in=job.secure, state="in_force", valid_from__lte=now, valid_until__gt=now
    )
    after = {renewal.renews_id: renewal for renewal in renewals}
    agreements = Agreement.objects.filter(pk__in=job.secure).order_by("pk")
    return [after.get(one.pk, one) if one.expired else one for one in agreements]


def is_seen(job: Job) -> bool:
    """Say whether the people who are named see the data of a job, and what is made from it: all its terms say so."""
    agreements = held_now(job)
    return len(agreements) == len(job.secure) and not any(one.unseen for one in agreements)


def _only_named(job: Job, agreements: list[Agreement], user: str) -> None:
    works = ProjectMember.objects.filter(project=job.project_id, user=user, until=None).exists()
    for agreement in agreements:
        if not works or (agreement.environment and user not in agreement.named):
            raise OnlyNamedPersons(
                _("Only the people named in the agreement %(id)s may run jobs on this data.")
                % {"id": agreement.pk},
                rule=RULE,
                next_step=_("Ask one of them, or ask the holder for an agreement that names you."),
            )


def _in_one_place(job: Job, agreements: list[Agreement]) -> None:
    if job.nodes > 1:
        raise NotInOneEnvironment(
            _("Nodes that run a job together have a network, and this data may not come near one."),
            field="nodes",
            rule=RULE,
            next_step=_("Ask for one node."),
        )
    if len({agreement.offer.dataset.holder_id for agreement in agreements}) > 1:
        raise NotInOneEnvironment(
            _("This job would use data of two holders, and nobody could check its results for both."),
            field="inputs",
            rule=RULE,
            next_step=_("Use data of one holder in a job."),
        )


def _still_in_force(ids: list[str]) -> None:
    """What a job made stays under the agreement on the data that it was made from."""
    if ended := agreements_ended(ids):
        raise NoValidAgreement(
            _("The agreement %(agreement)s ended: %(why)s.") % ended[0],
            rule=RULE,
            next_step=_("Open the page of the dataset and ask for a new agreement."),
        )


def _reviewed(inputs: Inputs, agreements: list[Agreement]) -> None:
    for given in inputs:
        if "upload" not in given:
            continue
        for agreement in (one for one in agreements if one.unseen):
            rows = CodeReview.objects.filter(
                agreement__in=_line_of(agreement), upload=given["upload"], state="approved"
            )
            if digest_of(given["files"]) not in rows.values_list("digest", flat=True):
                raise CodeIsNotReviewed(
                    _("The holder of the data has not approved these files: %(upload)s.")
                    % {"upload": given["upload"]},
                    field=f"inputs.{given['role']}",
                    rule=RULE,
                    next_step=_("Ask for a review of them on the page of the agreement."),
                )


def _line_of(agreement: Agreement) -> list[str]:
    """Return an agreement and those that it goes on from: what was reviewed under them still is."""
    line = [agreement]
    while line[-1].renews:
        line.append(line[-1].renews)
    return [one.pk for one in line]


def digest_of(files: list[dict[str, Any]]) -> str:
    """Return the digest that a review pins files with: over `{path: digest}`."""
    return digest({file["path"]: file["digest"] for file in files})


def digest_of_upload(upload: Upload) -> str:
    """Return what a review of an upload is bound to."""
    return digest_of(upload.files)


def results_of(attempt: Attempt) -> list[dict[str, Any]]:
    """Return everything an attempt wrote, for another job and never for a person."""
    if not attempt.job.secure:
        return list(attempt.outputs)
    kept = kept_of(attempt)
    return list(kept.files) if kept else []


def kept_of(attempt: Attempt) -> Withheld | None:
    """Return what an attempt left in the secure environment."""
    return Withheld.objects.filter(attempt=attempt).first()


def is_withheld() -> IsWithheld:
    """Return the refusal that is the same for a file that is there and one that is not."""
    return IsWithheld(
        _("What this job wrote and printed stays in the secure environment until it was checked."),
        rule=RULE,
        next_step=_("Ask for its release on the page of the job."),
    )
