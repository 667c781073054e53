"""Where a model comes from: an in-toto statement with a SLSA provenance predicate, signed by the factory."""

from typing import Any

from aifactory.audit.record import plain
from aifactory.datasets.models import DatasetVersion
from aifactory.kit.signing import STATEMENT_TYPE, statement
from aifactory.ports.keys import Signer
from aifactory.ports.registry import get
from aifactory.registry.cards import energy
from aifactory.supercomputer.models import Attempt

PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "https://aifactory.example/recipe-run/v1"


def signed(attempt: Attempt) -> str:
    """Return the DSSE envelope over the statement about all results of an attempt."""
    subjects = {file["path"]: file["digest"] for file in attempt.outputs}
    return get(Signer).sign_envelope(statement(subjects, PREDICATE, predicate(attempt)), STATEMENT_TYPE)


def predicate(attempt: Attempt) -> dict[str, Any]:
    """Return the SLSA v1 predicate: what was asked, what went in by digest, who ran it, what it took."""
    job = attempt.job
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {
                "recipe": job.recipe,
                "version": job.recipe_version,
                "parameters": job.parameters,
            },
            "internalParameters": {
                "cores": job.cores,
                "gpus": job.gpus,
                "nodes": job.nodes,
                "tasks": job.tasks,
                "memory_bytes": job.memory_bytes,
                "wall_seconds": job.wall_seconds,
            },
            "resolvedDependencies": [
                {"name": "recipe", "digest": {"sha256": _hex(job.recipe_digest)}},
                *(dependency for given in job.inputs for dependency in _dependencies(given)),
                *_checkpoint(attempt),
            ],
        },
        "runDetails": {
            "builder": {"id": f"aifactory:engine:{attempt.engine}"},
            "metadata": {
                "invocationId": attempt.name,
                "startedOn": plain(attempt.started_at),
                "finishedOn": plain(attempt.ended_at),
            },
            "byproducts": [{"name": "energy", "annotations": energy(attempt)}],
        },
    }


def _checkpoint(attempt: Attempt) -> list[dict[str, Any]]:
    """Return what the attempt went on from, by digest."""
    if attempt.continues is None:
        return []
    return [
        {
            "name": f"{file['path']} of {attempt.continues.name}",
            "digest": {"sha256": _hex(file["digest"])},
        }
        for file in attempt.continues.outputs
        if file["path"].startswith("checkpoint/")
    ]


def _dependencies(given: dict[str, Any]) -> list[dict[str, Any]]:
    if "dataset_version" in given:
        version = DatasetVersion.objects.get(pk=given["dataset_version"])
        return [
            {
                "name": given["role"],
                "uri": f"aifactory:dataset:{version.dataset_id}:{version.number}",
                "digest": {"sha256": _hex(version.digest)},
                "annotations": {"agreement": given["agreement"]},
            }
        ]
    return [
        {"name": f"{given['role']}/{file['path']}", "digest": {"sha256": _hex(file["digest"])}}
        for file in given.get("files", ())  # what stays in the secure environment has no names out here
    ]


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")
