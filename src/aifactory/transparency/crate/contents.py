"""What goes into a project's crate: its files by path, and what they are in the words of RO-Crate 1.2.

Results of jobs that ran on data which is not public stay in the factory, however far down a chain of jobs: they are
named with their digest and the reason. Of a job in the secure environment only what was checked and released is known.
Datasets are named by version, digest and agreement, never brought along.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from aifactory.audit.record import plain
from aifactory.awards.models import Project
from aifactory.awards.queries import line_facts, project_facts
from aifactory.datasets.models import Agreement, DatasetVersion
from aifactory.people.models import User
from aifactory.people.rules import visible
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.registry import get
from aifactory.registry import queries as registry
from aifactory.registry.models import ModelVersion
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.queries import attempt_facts, job_facts
from aifactory.supercomputer.uploads.models import Upload
from aifactory.transparency.models import Outcome, Report
from aifactory.transparency.queries import outcome_facts, report_facts

Entity = dict[str, Any]
NOT_PUBLIC = "made from data that is not public"
GONE = "no longer stored"


@dataclass(frozen=True)
class File:
    """One file of the crate: its path, what opens it, and what it is called."""

    path: str
    opened: Callable[[], Iterable[bytes]]
    name: str
    kind: str = "application/octet-stream"

    @property
    def reference(self) -> Entity:
        """Point at the file."""
        return {"@id": quote(self.path)}


@dataclass(frozen=True)
class Contents:
    """All files, what is said about the project beside them, and what was left out: `[{path, digest, size, why}]`."""

    project: Project
    files: list[File]
    entities: list[Entity]
    left_out: list[dict[str, Any]]


def contents(project: Project, viewer: User) -> Contents:
    """Gather what a project owns, as this person may take it along."""
    jobs = list(Job.objects.filter(project=project).order_by("pk"))
    attempts = list(
        Attempt.objects.filter(job__project=project).select_related("usage", "job").order_by("pk")
    )
    closed = not_public(jobs, attempts)
    files, entities, left_out = [], [*_people(project)], []
    by_attempt: dict[str, list[File]] = {}
    for attempt in attempts:
        folder = f"jobs/{attempt.job_id}/{attempt.pk}"
        # Of a job in the secure environment these are the files that people checked and released.
        stays = attempt.pk in closed and not attempt.job.secure
        kept, without = _results(folder, attempt.outputs, NOT_PUBLIC if stays else "")
        by_attempt[attempt.pk] = kept
        files += kept
        left_out += without
    for upload in Upload.objects.filter(project=project).order_by("pk"):
        kept, without = _results(f"uploads/{upload.pk}", upload.files, "")
        files += kept
        left_out += without
    for job in jobs:
        mine = [attempt for attempt in attempts if attempt.job_id == job.pk]
        files.append(_json(f"jobs/{job.pk}/job.json", _told(job, mine, closed), f"Job: {job.title}"))
        entities += [_run(attempt, by_attempt[attempt.pk]) for attempt in mine]
    entities += _recipes(jobs)
    for version in ModelVersion.objects.filter(model__project=project).select_related(
        "model__project__organisation"
    ):
        made, about = _model(version, by_attempt[version.attempt_id])
        files += made
        entities.append(about)
    entities += _datasets(project, viewer)
    files += _records(project)
    return Contents(project, files, entities, left_out)


def not_public(jobs: list[Job], attempts: list[Attempt]) -> set[str]:
    """Return the attempts whose results may hold data that is not public: by their own inputs, or by those of a job
    whose results they took.
    """
    used = {given["dataset_version"] for job in jobs for given in job.inputs if given.get("dataset_version")}
    public = set(
        DatasetVersion.objects.filter(pk__in=used, dataset__access="public").values_list("pk", flat=True)
    )
    inputs = {job.pk: job.inputs for job in jobs}
    known = {attempt.pk for attempt in attempts}
    closed = {
        attempt.pk
        for attempt in attempts
        if any(
            g.get("dataset_version") and g["dataset_version"] not in public for g in inputs[attempt.job_id]
        )
        # Another project's results can't be looked into from here.
        or any(g.get("attempt") and g["attempt"] not in known for g in inputs[attempt.job_id])
    }
    while more := {
        attempt.pk
        for attempt in attempts
        if attempt.pk not in closed and any(g.get("attempt") in closed for g in inputs[attempt.job_id])
    }:
        closed |= more
    return closed


def _results(
    folder: str, stored: list[dict[str, Any]], why_not: str
) -> tuple[list[File], list[dict[str, Any]]]:
    """Return the files that can be had and those that can't; a path that would leave the folder is flattened."""
    kept: list[File] = []
    without = []
    store = get(ObjectStore)
    for number, file in enumerate(stored):
        path = PurePosixPath(file["path"])
        safe = file["path"] if _is_plain(path) else f"file-{number}"
        why = why_not or ("" if _is_there(store, file["key"]) else GONE)
        if why:
            without.append(
                {"path": f"{folder}/{safe}", "digest": file["digest"], "size": file["size"], "why": why}
            )
        else:
            key = file["key"]
            kept.append(File(f"{folder}/{safe}", lambda key=key: store.open(key), path.name))  # type: ignore[misc]
    return kept, without


def _is_plain(path: PurePosixPath) -> bool:
    text = str(path)
    return not path.is_absolute() and ".." not in path.parts and text.isprintable() and "\\" not in text


def _is_there(store: ObjectStore, key: str) -> bool:
    try:
        next(iter(store.open(key)), b"")
    except NoSuchObject:
        return False
    return True


def _json(path: str, content: Any, name: str) -> File:
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True).encode()
    return File(path, lambda: [text], name, "application/json")


def _told(job: Job, attempts: list[Attempt], closed: set[str]) -> dict[str, Any]:
    """Return a job with its runs; the parameters and progress of one on closed data may name what is in it."""
    hidden = any(attempt.pk in closed for attempt in attempts)
    facts = job_facts(job) | ({"parameters": {}} if hidden else {})
    runs = [
        attempt_facts(attempt) | ({"progress": {}, "reason": ""} if hidden else {}) for attempt in attempts
    ]
    for run in runs:
        run["outputs"] = [
            {name: file[name] for name in ("path", "digest", "size")} for file in run["outputs"]
        ]
    return facts | {"attempts": runs}


def _people(project: Project) -> Iterator[Entity]:
    yield {
        "@id": f"#{project.organisation_id}",
        "@type": "Organization",
        "name": project.organisation.name,
        "address": project.organisation.country,
    }
    for user in User.objects.filter(project_memberships__project=project).distinct().order_by("pk"):
        yield {
            "@id": f"#{user.pk}",
            "@type": "Person",
            "name": user.name,
            "affiliation": {"@id": f"#{project.organisation_id}"},
        }


def _run(attempt: Attempt, results: list[File]) -> Entity:
    """A run is an action: with a recipe, on datasets, with these results."""
    status = {
        "completed": "CompletedActionStatus",
        "running": "ActiveActionStatus",
        "ordered": "PotentialActionStatus",
    }
    given = [one.get("dataset_version") or one.get("attempt") for one in attempt.job.inputs]
    return {
        "@id": f"#{attempt.pk}",
        "@type": "CreateAction",
        "name": attempt.job.title,
        "instrument": {"@id": _recipe_id(attempt.job)},
        "agent": {"@id": f"#{attempt.job.submitted_by_id}"},
        "object": [{"@id": f"#{one}"} for one in given if one],
        "result": [file.reference for file in results],
        "actionStatus": {"@id": f"http://schema.org/{status.get(attempt.state, 'FailedActionStatus')}"},
        **({"startTime": plain(attempt.started_at)} if attempt.started_at else {}),
        **({"endTime": plain(attempt.ended_at)} if attempt.ended_at else {}),
    }


def _recipe_id(job: Job) -> str:
    return f"#recipe-{quote(job.recipe)}-{quote(job.recipe_version)}"


def _recipes(jobs: list[Job]) -> list[Entity]:
    found = {
        _recipe_id(job): {
            "@id": _recipe_id(job),
            "@type": "SoftwareApplication",
            "name": job.recipe,
            "version": job.recipe_version,
            "url": _by_digest(job.recipe_digest),
            "identifier": job.recipe_digest,
        }
        for job in jobs
    }
    return list(found.values())


def _by_digest(digest: str) -> str:
    """Return the address of what is known by its SHA-256 alone (RFC 6920, section 3)."""
    sha = bytes.fromhex(digest.removeprefix("sha256:"))
    return f"ni:///sha-256;{urlsafe_b64encode(sha).decode().rstrip('=')}"


def _model(version: ModelVersion, files: list[File]) -> tuple[list[File], Entity]:
    """A model with the card as everybody may read it, and its signed statement."""
    folder = f"models/{version.pk}"
    made = [
        _json(f"{folder}/card.json", registry.card(version, None), f"Model card: {version.model.name}"),
        File(
            f"{folder}/provenance.dsse.json",
            lambda: [version.provenance.encode()],
            "Provenance",
            "application/json",
        ),
    ]
    return made, {
        "@id": f"#{version.pk}",
        "@type": "CreativeWork",
        "name": f"{version.model.name} {version.number}",
        "description": version.model.intended_use,
        "creativeWorkStatus": version.state,
        "identifier": version.digest,
        "hasPart": [file.reference for file in [*made, *files]],
    }


def _datasets(project: Project, viewer: User) -> Iterator[Entity]:
    """Datasets by version and agreement; a title only where this person sees it in the catalogue."""
    agreements = (
        Agreement.objects.filter(project=project.pk)
        .exclude(valid_from=None)
        .select_related("version__dataset")
    )
    under: dict[str, list[Agreement]] = {}
    for agreement in agreements.order_by("pk"):
        under.setdefault(agreement.version_id, []).append(agreement)
    seen = set(visible(DatasetVersion, viewer).filter(pk__in=under).values_list("pk", flat=True))
    for version_id, found in under.items():
        version = found[0].version
        titled = version_id in seen
        yield {
            "@id": f"#{version_id}",
            "@type": "CreativeWork",
            "additionalType": "http://www.w3.org/ns/dcat#Dataset",
            "name": version.dataset.title if titled else version_id,
            "version": str(version.number),
            "identifier": [version.digest, version.dataset_id],
            "conditionsOfAccess": f"{version.dataset.access}; agreements: {', '.join(a.pk for a in found)}",
        }


def _records(project: Project) -> list[File]:
    lines = [line_facts(line) for line in project.lines.order_by("pk")]
    files = [
        _json("project.json", project_facts(project), "The project"),
        _json("awards.json", lines, "What was awarded and used"),
        _json(
            "outcomes.json",
            [outcome_facts(o) for o in Outcome.objects.filter(project=project).order_by("pk")],
            "Results",
        ),
    ]
    report = Report.objects.filter(project=project).first()
    return [*files, *([_json("report.json", report_facts(report), "Final report")] if report else [])]
