"""The release gate: what must be true before a model version leaves the factory."""

from typing import Any

from django.utils.translation import gettext as _

from aifactory.access.screening.assessments import stops
from aifactory.assurance.queries import of
from aifactory.kit.errors import FieldError, Invalid
from aifactory.kit.signing import BadSignature, verify_envelope
from aifactory.ports.identity import Actor
from aifactory.ports.keys import Signer
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.registry import get

#: parts of the card that a reader needs before using a model
NEEDED = ("intended_use", "limits", "data", "metrics", "law", "energy")


def findings(version: Any) -> list[FieldError]:
    """Return what still stands between this version and its release; empty when nothing does."""
    found = [
        FieldError(f"card.{part}", _("The model card does not say this yet."), "model card")
        for part in NEEDED
        if not version.card.get(part)
    ]
    found += _law(version)
    found += _signature(version)
    found += [
        FieldError(
            "files",
            _("The file %(path)s is not the one that the job made.") % {"path": file["path"]},
            "digest",
        )
        for file in version.files
        if not _intact(file)
    ]
    return found


def release_gate(version: Any, by: Actor) -> None:  # noqa: ARG001 - a lifecycle's guard
    """Raise `Invalid` with every finding."""
    found = findings(version)
    if found:
        raise Invalid(found, _("This model can't be released yet."))


def _law(version: Any) -> list[FieldError]:
    """Ask the assessment as it stands now: the office may have confirmed or stopped it since the card was written."""
    asked = of(f"access.application:{version.model.project.application}").get("ai_act")
    if asked is None or not stops(asked):
        return []
    message = _("The AI Act assessment stops this, and the office did not confirm it: %(result)s.")
    return [FieldError("card.law", message % {"result": asked.result}, "AI Act")]


def _signature(version: Any) -> list[FieldError]:
    try:
        statement = verify_envelope(version.provenance, get(Signer).public_keys())
    except BadSignature as problem:
        return [FieldError("provenance", str(problem), "DSSE signature")]
    signed = {subject["name"]: "sha256:" + subject["digest"]["sha256"] for subject in statement["subject"]}
    if signed != {file["path"]: file["digest"] for file in version.files}:
        return [FieldError("provenance", _("The signed statement is about other files."), "in-toto subject")]
    return []


def _intact(file: dict[str, Any]) -> bool:
    try:
        return bool(get(ObjectStore).stat(file["key"]).digest == file["digest"])
    except NoSuchObject:
        return False
