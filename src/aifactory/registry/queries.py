"""Reads of models that all faces share."""

from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from aifactory.audit.record import plain
from aifactory.awards.rules import can_view_project
from aifactory.datasets.models import Dataset
from aifactory.kit.errors import Refused
from aifactory.kit.signing import STATEMENT_TYPE, BadSignature, verify_envelope
from aifactory.people.models import User
from aifactory.people.rules import find, visible
from aifactory.ports.keys import Signer
from aifactory.ports.registry import get
from aifactory.registry.cards import document
from aifactory.registry.models import ModelVersion

#: what of a card names columns or classes of the data, which may be nobody's business
ABOUT_COLUMNS = {
    "facts": ("features", "left_out", "classes"),
    "metrics": ("target", "positive", "classes", "confusion"),
}


class WasWithdrawn(Refused):
    """Nothing new is made with a model that was taken back."""


def versions(viewer: Any) -> models.QuerySet[ModelVersion]:
    """Return the model versions the viewer sees, as a list needs them: the long documents stay behind."""
    rows = visible(ModelVersion, viewer).select_related("model__project__organisation")
    return rows.defer("card", "provenance", "files")


def versions_of(project_id: str, viewer: Any) -> models.QuerySet[ModelVersion]:
    """Return the model versions of one project that the viewer sees."""
    return versions(viewer).filter(model__project=project_id)


def made_by(thing: str, viewer: Any) -> str:
    """Return the attempt that made a model version, where `thing` is one; what is no model stays as it is.

    Raises `NotFound` for a model that the viewer does not see, `WasWithdrawn` for one that was taken back.
    """
    if not thing.startswith("mov_"):
        return thing
    version = find(ModelVersion, thing, viewer)
    if version.state == "withdrawn":
        raise WasWithdrawn(_("This version of the model was withdrawn."), rule="model:state")
    return str(version.attempt_id)


def facts(version: ModelVersion) -> dict[str, Any]:
    """Return one version as lists of the API show it."""
    return {
        "id": version.pk,
        "model": version.model_id,
        "name": version.model.name,
        "number": version.number,
        "project": version.model.project_id,
        "organisation": version.model.project.organisation.name,
        "state": version.state,
        "digest": version.digest,
        "created_at": plain(version.created_at),
    }


def whole(version: ModelVersion, viewer: Any) -> dict[str, Any]:
    """Return one version with the card as this viewer may read it, its files and its signed statement."""
    files = [{key: file[key] for key in ("path", "digest", "size")} for file in version.files]
    return facts(version) | {
        "attempt": version.attempt_id,
        "intended_use": version.model.intended_use,
        "card": card(version, viewer),
        "files": files,
        "provenance": version.provenance,
    }


def card(version: ModelVersion, viewer: Any) -> dict[str, Any]:
    """Return the model card as this viewer may read it.

    Names of columns and classes are left out where the data is not public and the viewer does not see the
    project; so are the titles of datasets that the viewer does not see in the catalogue.
    """
    shown: dict[str, Any] = dict(version.card)
    data = list(shown.get("data") or [])
    known = {
        dataset.pk: dataset
        for dataset in visible(Dataset, viewer).filter(pk__in=[d["dataset"] for d in data if "dataset" in d])
    }
    shown["data"] = [_dataset(given, known) for given in data]
    if not _may_know_columns(version, viewer, data, known):
        shown["parameters"] = {}
        for part, hidden in ABOUT_COLUMNS.items():
            shown[part] = {k: v for k, v in (shown.get(part) or {}).items() if k not in hidden}
    return shown


def _dataset(given: dict[str, Any], known: dict[str, Dataset]) -> dict[str, Any]:
    hidden = "dataset" in given and given["dataset"] not in known
    return given | {"title": None} if hidden else given


def _may_know_columns(
    version: ModelVersion, viewer: Any, data: list[dict[str, Any]], known: dict[str, Dataset]
) -> bool:
    datasets = [known.get(given.get("dataset", "")) for given in data]
    if all(dataset is not None and dataset.access == "public" for dataset in datasets):
        return True
    return isinstance(viewer, User) and can_view_project(viewer, version.model.project)


def curves(version: ModelVersion) -> list[dict[str, Any]]:
    """Return the ROC curves that the run wrote: `[{family, points: [[false positive, true positive] rates]}]`.

    A job may write anything, so whatever is no list of pairs between 0 and 1 is passed over.
    """
    told = document(version.attempt, "roc.json").get("curves")
    listed = told if isinstance(told, list) else []
    return [curve for curve in listed if isinstance(curve, dict) and _is_curve(curve.get("points"))]


def _is_curve(points: Any) -> bool:
    return (
        isinstance(points, list)
        and 2 <= len(points) <= 1000
        and all(
            isinstance(point, list)
            and len(point) == 2
            and all(isinstance(rate, int | float) and 0 <= rate <= 1 for rate in point)
            for point in points
        )
    )


def statement(version: ModelVersion) -> dict[str, Any] | None:
    """Return the signed in-toto statement when its signature holds under the factory's keys, else None."""
    try:
        keys = get(Signer).public_keys()
        return verify_envelope(version.provenance, keys, payload_type=STATEMENT_TYPE)
    except BadSignature:
        return None
