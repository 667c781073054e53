"""Everything that a project owns, in one zip: read back, checked against its own metadata and checksums."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rocrate.rocrate import ROCrate

from aifactory.audit.models import Event
from aifactory.datasets.models import Dataset
from aifactory.kit.errors import NotAllowed
from aifactory.people.models import Role
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer.models import Attempt, Job
from aifactory.transparency import actions as transparency
from aifactory.transparency.crate.actions import export
from aifactory.transparency.crate.contents import not_public
from aifactory.transparency.crate.zipping import Written, zipped
from tests.people.factories import person
from tests.registry.factories import registered, trained
from tests.ro_crate_validator import problems

AT = datetime(2026, 11, 23, tzinfo=UTC)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text("abc/", min_size=1).filter(lambda p: p.strip("/") == p and "//" not in p),
                       st.lists(st.binary(max_size=3000), max_size=4), max_size=6), st.booleans())  # fmt: skip
def test_what_goes_in_comes_out(parts, packed):
    written = Written()
    chunks = list(
        zipped(
            [(path, lambda c=content: c) for path, content in parts.items()], written, at=AT, packed=packed
        )
    )
    with zipfile.ZipFile(io.BytesIO(b"".join(chunks))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path: b"".join(content) for path, content in parts.items()
        }
    assert written.parts == {
        path: (hashlib.sha256(b"".join(content)).hexdigest(), len(b"".join(content)))
        for path, content in parts.items()
    }


def test_a_large_part_is_given_away_as_it_comes():
    """Fifty chunks of a megabyte never lie in memory together: most are out before the last is read."""
    block, read, most = bytes(1 << 20), 0, 0

    def opened():
        nonlocal read
        for _ in range(50):
            read += len(block)
            yield block

    out = 0
    for chunk in zipped([("large", opened)], Written(), at=AT, packed=False):
        out += len(chunk)
        most = max(most, read - out)
    assert read == 50 << 20 <= out
    assert most <= 2 << 20


def crate(project, by) -> tuple[dict, dict[str, bytes], dict[str, dict]]:
    """Read a crate back: its metadata, its files, its entities by id."""
    with zipfile.ZipFile(io.BytesIO(b"".join(export(project, by=by)))) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    metadata = json.loads(files["ro-crate-metadata.json"])
    entities = {one["@id"]: one for one in metadata["@graph"]}
    assert len(entities) == len(metadata["@graph"])
    return metadata, files, entities


@pytest.fixture
def open_plant(plant):
    """A plant whose one dataset is public."""
    Dataset.objects.update(access="public", contains_personal_data=False)
    return plant


def _unpacked(files: dict[str, bytes], folder: Path) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def test_a_project_takes_everything_along(open_plant, tmp_path):
    plant = open_plant
    version = registered(plant)
    trained(plant)
    transparency.draft(plant.project, by=plant.user)
    transparency.record_outcome(
        plant.project, by=plant.user, kind="publication", title="A paper", evidence="doi"
    )
    metadata, files, entities = crate(plant.project, plant.user)
    assert metadata["@context"] == "https://w3id.org/ro/crate/1.2/context"
    assert entities["ro-crate-metadata.json"] == {
        "@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.2"},
    }  # fmt: skip
    root = entities["./"]
    assert (root["@type"], root["name"], root["identifier"]) == (
        "Dataset",
        plant.project.title,
        plant.project.pk,
    )
    parts = [one["@id"] for one in root["hasPart"]]
    assert {unquote(part) for part in parts} == set(files) - {"ro-crate-metadata.json", "manifest-sha256.txt"}
    for part in parts:
        told, content = entities[part], files[unquote(part)]
        assert (told["@type"], told["contentSize"], told["sha256"]) == (
            "File", str(len(content)), hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
    for line in files["manifest-sha256.txt"].decode().splitlines():
        sha, _, path = line.partition("  ")
        assert hashlib.sha256(files[path]).hexdigest() == sha
    assert json.loads(files["left-out.json"]) == []
    attempts = list(Attempt.objects.order_by("pk"))
    runs = {one["@id"]: one for one in entities.values() if one["@type"] == "CreateAction"}
    assert set(runs) == {f"#{attempt.pk}" for attempt in attempts}
    for attempt in attempts:
        run = runs[f"#{attempt.pk}"]
        assert run["object"] == [{"@id": f"#{plant.agreement.version_id}"}]
        assert run["actionStatus"] == {"@id": "http://schema.org/CompletedActionStatus"}
        assert ["sha256:" + entities[one["@id"]]["sha256"] for one in run["result"]] == [
            file["digest"] for file in attempt.outputs
        ]
        assert run["instrument"]["@id"] in entities
        assert run["agent"]["@id"] in entities
    assert (
        f"agreements: {plant.agreement.pk}"
        in entities[f"#{plant.agreement.version_id}"]["conditionsOfAccess"]
    )
    model = entities[f"#{version.pk}"]
    assert (model["identifier"], len(model["hasPart"])) == (version.digest, 6)
    assert {"project.json", "awards.json", "outcomes.json", "report.json"} <= set(files)
    assert json.loads(files["outcomes.json"])[0]["title"] == "A paper"
    read = ROCrate(_unpacked(files, tmp_path / "crate"))
    assert (read.version, len(read.data_entities)) == ("1.2", len(parts))
    assert {one.id for one in read.get_by_type("CreateAction")} == set(runs)
    assert read.get(f"#{version.pk}")["hasPart"][0].id in entities
    dangling = _pointed(metadata["@graph"]) - set(entities)
    assert all(one.startswith(("http://schema.org/", "https://w3id.org/")) for one in dangling)
    assert Event.objects.get(name="project:export").data == {
        "project": plant.project.pk,
        "files": 16,
        "left_out": 0,
    }


def _pointed(value) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_pointed, value))
    if isinstance(value, dict):
        if set(value) == {"@id"}:
            return {value["@id"]}
        return set().union(*(_pointed(v) for k, v in value.items() if k != "@id"))
    return set()


def test_what_was_made_from_restricted_data_stays(plant):
    attempt = trained(plant)
    _metadata, files, entities = crate(plant.project, plant.user)
    left = json.loads(files["left-out.json"])
    assert [(one["digest"], one["why"]) for one in left] == [
        (file["digest"], "made from data that is not public") for file in attempt.outputs
    ]
    assert entities[f"#{attempt.pk}"]["result"] == []
    job = json.loads(files[f"jobs/{attempt.job_id}/job.json"])
    assert (job["parameters"], "malignant" in json.dumps(job)) == ({}, False)


def test_results_of_results_of_restricted_data_are_restricted(plant):
    first, second = trained(plant), trained(plant)
    Job.objects.filter(pk=second.job_id).update(inputs=[{"role": "model", "attempt": first.pk, "files": []}])
    jobs, attempts = list(Job.objects.all()), list(Attempt.objects.select_related("job"))
    assert not_public(jobs, attempts) == {first.pk, second.pk}
    Dataset.objects.update(access="public", contains_personal_data=False)
    assert not_public(jobs, attempts) == set()
    assert not_public(jobs, [one for one in attempts if one.pk == second.pk]) == {second.pk}


def test_what_is_no_longer_stored_is_named(open_plant):
    plant, attempt = open_plant, trained(open_plant)
    get(ObjectStore).delete(attempt.outputs[0]["key"])
    _metadata, files, _entities = crate(plant.project, plant.user)
    assert [one["why"] for one in json.loads(files["left-out.json"])] == ["no longer stored"]


@pytest.mark.thorough
def test_rocrate_validator_accepts_what_a_project_takes_along(open_plant, tmp_path):
    plant = open_plant
    registered(plant)
    trained(plant)
    _metadata, files, _entities = crate(plant.project, plant.user)
    assert problems(_unpacked(files, tmp_path / "crate"), tmp_path) == []


def test_a_path_that_leads_elsewhere_is_flattened(open_plant):
    plant, attempt = open_plant, trained(open_plant)
    outputs = [file | {"path": "../../etc/passwd"} for file in attempt.outputs[:1]]
    Attempt.objects.filter(pk=attempt.pk).update(outputs=outputs)
    _metadata, files, _entities = crate(plant.project, plant.user)
    assert f"jobs/{attempt.job_id}/{attempt.pk}/file-0" in files
    assert not [name for name in files if ".." in name]


def test_only_its_people_take_it_along(client, plant):
    trained(plant)
    colleague = person(Role.OFFICE, organisation=plant.project.organisation)
    with pytest.raises(NotAllowed):
        export(plant.project, by=colleague)
    for address in (f"/projects/{plant.project.pk}/export/", f"/api/v1/projects/{plant.project.pk}/export"):
        client.force_login(colleague)
        assert client.get(address).status_code == 403
        client.force_login(plant.user)
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
        content = b"".join(answer.streaming_content)
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
