"""What can be done to models."""

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.datasets.erasure.actions import follow_project
from aifactory.kit.canonical import digest
from aifactory.kit.errors import NotAllowed, Refused
from aifactory.ports.identity import Actor
from aifactory.registry import cards, provenance
from aifactory.registry.models import Model, ModelVersion
from aifactory.registry.permissions import Permission
from aifactory.supercomputer.models import Attempt


class NothingToRegister(Refused):
    """The attempt has no finished results."""


def register(attempt: Attempt, *, by: Actor, name: str, intended_use: str) -> ModelVersion:
    """Register what an attempt made as a new version of the model `name`; once per attempt.

    Writes the card from the records and signs the provenance. Raises `NothingToRegister`.
    """
    known = ModelVersion.objects.filter(attempt=attempt).first()
    if known:
        return known
    if attempt.state != "completed" or not attempt.outputs:
        raise NothingToRegister(
            _("This run has no finished results."),
            next_step=_("Wait until the job has succeeded, or run it again."),
        )
    project = attempt.job.project
    with transaction.atomic():
        model = Model.objects.filter(project=project, name=name).first() or Model(
            project=project, name=name, intended_use=intended_use
        )
        version = ModelVersion(
            model=model,
            number=model.versions.count() + 1 if not model._state.adding else 1,  # noqa: SLF001
            attempt=attempt,
            files=attempt.outputs,
            digest=digest({file["path"]: file["digest"] for file in attempt.outputs}),
            card=cards.card(attempt, name=name, intended_use=intended_use),
            provenance=provenance.signed(attempt),
        )
        if not by.may(Permission.REGISTER, version):
            raise NotAllowed(_("Only people of the project register its models."), rule=Permission.REGISTER)
        if model._state.adding:  # noqa: SLF001
            enter(model, "model:name", by=by)
        enter(version, "model:register", by=by, data={"attempt": attempt.pk, "digest": version.digest})
        follow_project(project.pk)
    return version


def release(version: ModelVersion, *, by: Actor) -> ModelVersion:
    """Release a version; one released already stays so. Raises `Invalid` with what the gate found."""
    return version if version.state == "released" else fire(version, "release", by=by)


def withdraw(version: ModelVersion, *, by: Actor) -> ModelVersion:
    """Take a version back; its record stays public."""
    return version if version.state == "withdrawn" else fire(version, "withdraw", by=by)
