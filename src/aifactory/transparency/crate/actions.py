"""Giving a project what it owns: one RO-Crate 1.2 as a stream."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from aifactory.audit.actions import note
from aifactory.audit.record import plain
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.people.models import User
from aifactory.people.rules import require
from aifactory.transparency.crate.contents import Contents, Entity, File, contents
from aifactory.transparency.crate.zipping import Part, Written, manifest, zipped
from aifactory.transparency.permissions import Permission

METADATA, MANIFEST, LEFT_OUT = "ro-crate-metadata.json", "manifest-sha256.txt", "left-out.json"
CONTEXT, PROFILE = "https://w3id.org/ro/crate/1.2/context", "https://w3id.org/ro/crate/1.2"


def export(project: Project, *, by: User) -> Iterator[bytes]:
    """Return the zip of everything that the project owns, in chunks. Raises `NotAllowed` before the first one.

    The metadata comes after the files, with the digest and the size of what was truly written.
    """
    require(by, Permission.EXPORT, project)
    found = contents(project, by)
    data = {"project": project.pk, "files": len(found.files), "left_out": len(found.left_out)}
    note("project:export", by=by, data=data)
    return _stream(found, clock.now())


def _stream(found: Contents, at: datetime) -> Iterator[bytes]:
    written = Written()
    return zipped(_parts(found, written, at), written, at=at, packed=True)


def _parts(found: Contents, written: Written, at: datetime) -> Iterator[Part]:
    told = json.dumps(found.left_out, indent=2).encode()
    files = [
        *found.files,
        File(LEFT_OUT, lambda: [told], "What stays in the factory, and why", "application/json"),
    ]
    for file in files:
        yield file.path, file.opened
    metadata = json.dumps(described(found, files, written, at), indent=2, ensure_ascii=False).encode()
    yield METADATA, lambda: [metadata]
    lines = manifest(written)
    yield MANIFEST, lambda: [lines]


def described(found: Contents, files: list[File], written: Written, at: datetime) -> dict[str, Any]:
    """Return the crate's metadata: the descriptor, the root, every file, and everything around them."""
    project = found.project
    models = [one["@id"] for one in found.entities if one["@id"].startswith("#mov_")]
    runs = [{"@id": one["@id"]} for one in found.entities if one["@type"] == "CreateAction"]
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": project.title,
        "description": f"Everything that the project {project.pk} owns: jobs, results, models, report and outcomes.",
        "identifier": project.pk,
        "datePublished": plain(at),
        "license": {"@id": "#rights"},
        "author": {"@id": f"#{project.organisation_id}"},
        "hasPart": [file.reference for file in files],
        "mentions": [*runs, *({"@id": model} for model in models)],
    }
    descriptor: Entity = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": {"@id": PROFILE},
        "about": {"@id": "./"},
    }
    rights: Entity = {
        "@id": "#rights",
        "@type": "CreativeWork",
        "name": "The project's own results",
        "description": "Results belong to the project; use of the data behind them stays bound by its agreements.",
    }
    return {
        "@context": CONTEXT,
        "@graph": [descriptor, root, rights, *(_file(file, written) for file in files), *found.entities],
    }


def _file(file: File, written: Written) -> Entity:
    sha, size = written.parts[file.path]
    return {
        "@id": quote(file.path),
        "@type": "File",
        "name": file.name,
        "encodingFormat": file.kind,
        "contentSize": str(size),
        "sha256": sha,
    }
