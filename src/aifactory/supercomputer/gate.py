"""The mount gate: a job gets a dataset only under an agreement in force, asked anew at every step.

At submission the agreement is looked up, at the start a grant is signed for this one attempt, and while the
job runs the agreements that ended are looked for. Open files that the project itself made need no grant.
"""

from typing import Any

from django.utils.translation import gettext as _

from aifactory.datasets import agreeing
from aifactory.datasets import queries as data_queries
from aifactory.kit.errors import FieldError, Invalid
from aifactory.ports.desk import Grant, Input, InputFile
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.recipes import Recipe


def choose_inputs(job: Job, recipe: Recipe, given: dict[str, str]) -> list[dict[str, Any]]:
    """Return the job's inputs by role, each with its agreement or its origin.

    `given` maps a role to a dataset version's id, or to an attempt's id whose outputs are the model.
    Raises `Invalid` for a role that is missing or unknown, `NoValidAgreement` where the data may not be used.
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
    return [
        _dataset(job, role, thing) if thing.startswith("dsv_") else _outputs(job, role, thing)
        for role, thing in given.items()
    ]


def _dataset(job: Job, role: str, version_id: str) -> dict[str, Any]:
    agreement = data_queries.agreement_in_force(
        project=job.project_id, version=version_id, purpose=job.project.purpose
    )
    return {"role": role, "dataset_version": version_id, "agreement": agreement.pk}


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
    return {"role": role, "attempt": attempt.pk, "files": attempt.outputs}


def ordered_inputs(attempt: Attempt) -> tuple[Input, ...]:
    """Return the inputs for an order, with a fresh grant for each dataset. Raises `NoValidAgreement`."""
    return tuple(_input(attempt, given) for given in attempt.job.inputs)


def _input(attempt: Attempt, given: dict[str, Any]) -> Input:
    if "files" in given:
        return Input(
            given["role"],
            tuple(InputFile(f["path"], f["key"], f["digest"], f["size"]) for f in given["files"]),
            None,
        )
    job = attempt.job
    agreement = data_queries.agreement_in_force(
        project=job.project_id, version=given["dataset_version"], purpose=job.project.purpose
    )
    version = agreement.version
    files = tuple(InputFile(f.path, f.key, f.digest, f.size) for f in version.files.order_by("path"))
    envelope = agreeing.mount_grant(agreement, version=version, project=job.project_id, attempt=attempt.name)
    return Input(given["role"], files, Grant(envelope))
