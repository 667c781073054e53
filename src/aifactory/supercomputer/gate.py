"""The mount gate: a job gets a dataset only under an agreement in force, asked anew at every step.

At submission the agreement is looked up, at the start a grant is signed for this one attempt, and while the
job runs the agreements that ended are looked for. Open files that the project itself made need no grant.
"""

from typing import Any

from django.utils.translation import gettext as _

from aifactory.audit.actions import note
from aifactory.datasets import agreeing
from aifactory.datasets import queries as data_queries
from aifactory.datasets.contracts import NoValidAgreement
from aifactory.datasets.models import Agreement, DatasetVersion
from aifactory.datasets.rules import GATE
from aifactory.datasets.vault.opening import KeyIsDestroyed, KeyIsMissing, openers
from aifactory.kit.errors import FieldError, Invalid
from aifactory.ports.desk import Grant, Input, InputFile
from aifactory.supercomputer.inspections import data as inspected
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.recipes import Recipe
from aifactory.supercomputer.secure import resting, walls
from aifactory.supercomputer.uploads.models import Upload


def choose_inputs(job: Job, recipe: Recipe, given: dict[str, str]) -> list[dict[str, Any]]:
    """Return the job's inputs by role, each with its agreement or its origin.

    `given` maps a role to the id of a dataset version, of an attempt whose outputs are the model, or of an upload of
    the project's own. Where data among them stays in the secure environment, the job is marked as secure.
    Raises `Invalid` for a role that is missing or unknown, `NoValidAgreement` where the data may not be used, and what
    `walls.keep_to` raises.
    """
    errors = [
        FieldError(f"inputs.{role}", _("Choose what this recipe reads here."), "required")
        for role, reads in recipe.inputs.items()
        if reads.required and role not in given
    ]
    errors += [
        FieldError(f"inputs.{role}", _("This recipe has no such input."), "closed list")
        for role in given
        if role not in recipe.inputs
    ]
    if errors:
        raise Invalid(errors)
    kinds = {"dsv": _dataset, "upl": _upload}
    chosen = [kinds.get(thing[:3], _outputs)(job, role, thing) for role, thing in given.items()]
    job.secure = walls.keep_to(job, chosen)
    return chosen


def choose_again(job: Job, recipe: Recipe) -> list[dict[str, Any]]:
    """Return the same inputs, each under what is in force now. Raises what `choose_inputs` raises."""
    origins = ("dataset_version", "attempt", "upload")
    given = {i["role"]: next(i[origin] for origin in origins if origin in i) for i in job.inputs}
    return choose_inputs(job, recipe, given)


def _dataset(job: Job, role: str, version_id: str) -> dict[str, Any]:
    if (own := inspected.own_version(job, role, version_id)) is not None:
        return own
    agreement = _agreement(job, version_id)
    return {"role": role, "dataset_version": version_id, "agreement": agreement.pk}


def _agreement(job: Job, version_id: str, attempt: str = "") -> Agreement:
    """Return the agreement to use a version under. A no is written to the log. Raises `NoValidAgreement`."""
    try:
        return data_queries.agreement_in_force(
            project=job.project_id, version=version_id, purpose=job.project.purpose, attempt=attempt
        )
    except NoValidAgreement as refusal:
        facts = {"project": job.project_id, "version": version_id, "attempt": attempt, "rule": refusal.rule}
        note("dataset:refuse_mount", by=GATE, data=facts)
        raise


def require_agreement(attempt: Attempt, given: dict[str, Any]) -> None:
    """Ask again whether an attempt may read one of its datasets. Raises `NoValidAgreement`."""
    _agreement(attempt.job, given["dataset_version"], attempt.name)


def _outputs(job: Job, role: str, attempt_id: str) -> dict[str, Any]:
    attempt = Attempt.objects.filter(pk=attempt_id, job__project=job.project, state="completed").first()
    if attempt is None:
        raise Invalid(
            [
                FieldError(
                    f"inputs.{role}", _("Choose a finished run of this project, or a dataset."), "known input"
                )
            ]
        )
    if attempt.job.secure:  # names and digests of what was withheld stay there too, until the order
        return {"role": role, "attempt": attempt.pk}
    return {"role": role, "attempt": attempt.pk, "files": attempt.outputs}


def _upload(job: Job, role: str, upload_id: str) -> dict[str, Any]:
    upload = Upload.objects.filter(pk=upload_id, project=job.project).first()
    if upload is None:
        told = _("Choose files that were brought along for this project.")
        raise Invalid([FieldError(f"inputs.{role}", told, "known input")])
    return {"role": role, "upload": upload.pk, "files": upload.files}


def ordered_inputs(attempt: Attempt) -> tuple[Input, ...]:
    """Return the inputs for an order, with a fresh grant for each dataset, and the checkpoint to go on from.

    Raises `NoValidAgreement`, and what `walls.keep_to` raises.
    """
    if attempt.job.secure:
        walls.keep_to(attempt.job, attempt.job.inputs)
    inputs = tuple(_input(attempt, given) for given in attempt.job.inputs)
    if attempt.continues is None:
        return inputs
    return (*inputs, Input("checkpoint", _brought(attempt.continues, checkpoint(attempt.continues)), None))


def checkpoint(attempt: Attempt) -> list[dict[str, Any]]:
    """Return what an ended attempt wrote below `checkpoint/`, named from there."""
    below = "checkpoint/"
    written = (file for file in walls.results_of(attempt) if file["path"].startswith(below))
    return [file | {"path": file["path"].removeprefix(below)} for file in written]


def _brought(attempt: Attempt | None, files: list[dict[str, Any]]) -> tuple[InputFile, ...]:
    """Return files that people brought along, or that an attempt wrote, with what opens those that rest sealed."""
    if attempt is not None and attempt.job.secure:
        return resting.for_a_job(walls.kept_of(attempt), files)
    return tuple(InputFile(file["path"], file["key"], file["digest"], file["size"]) for file in files)


def renewed_grants(attempt: Attempt) -> dict[str, Grant]:
    """Return fresh grants for a running attempt, by role; none where an agreement no longer holds.

    Such a job is stopped by `desk.stop_without_agreement`, which tells why.
    """
    try:
        return {given.role: given.grant for given in ordered_inputs(attempt) if given.grant}
    except (
        NoValidAgreement,
        walls.OnlyNamedPersons,
        walls.CodeIsNotReviewed,
        KeyIsDestroyed,
        KeyIsMissing,
    ):
        return {}


def _input(attempt: Attempt, given: dict[str, Any]) -> Input:
    if "dataset_version" not in given:
        return Input(given["role"], _brought(_written_by(given), files_given(given)), None)
    job = attempt.job
    if "version_digest" in given:
        own = inspected.version_of(job, given)
        return Input(given["role"], _files(own), Grant(inspected.grant(attempt, own)))
    agreement = _agreement(job, given["dataset_version"], attempt.name)
    version = agreement.version
    envelope = agreeing.mount_grant(
        agreement, version=version, project=job.project_id, job=job.pk, attempt=attempt.name
    )
    return Input(given["role"], _files(version), Grant(envelope))


def _files(version: DatasetVersion) -> tuple[InputFile, ...]:
    rows = list(version.files.order_by("path").defer("groups"))
    return tuple(
        InputFile(f.path, f.key, f.digest, f.size, opener)
        for f, opener in zip(rows, openers(version.dataset_id, rows), strict=True)
    )


def files_given(given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the files of an input that is no dataset, also those that a run left in the secure environment."""
    if "files" in given:
        return list(given["files"])
    attempt = _written_by(given)
    return walls.results_of(attempt) if attempt else []


def _written_by(given: dict[str, Any]) -> Attempt | None:
    """Return the attempt whose results are asked for anew, because they were not to be named; None for the others."""
    rows = Attempt.objects.select_related("job")
    return None if "files" in given else rows.get(pk=given["attempt"])
