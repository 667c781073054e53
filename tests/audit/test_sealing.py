"""Sealing the log and exporting it."""

import pytest
from django.db import connection, transaction

from aifactory.audit import confidential, export, sealing
from aifactory.audit.actions import fire, note
from aifactory.audit.models import Checkpoint, Event, Seal, Unsealed
from aifactory.audit.verify import verify_export
from aifactory.awards.models import Project
from aifactory.people.actions import register_person
from aifactory.people.actors import PUBLIC, SystemActor
from aifactory.people.models import User
from tests.awards.factories import project

pytestmark = pytest.mark.django_db
ORIGIN = "test.example/log"
MANAGER = SystemActor("manager", frozenset({"project:manage"}))


@pytest.fixture(autouse=True)
def keys(tmp_path):
    from aifactory.adapters.keys.folder import FolderSigner
    from aifactory.ports.keys import Signer
    from aifactory.ports.registry import provide

    provide(Signer, FolderSigner(tmp_path / "keys"))


def exported(path, **kwargs):
    with path.open("wb") as file:
        export.write(file, origin=ORIGIN, **kwargs)
    return path


def test_sealing_empties_the_queue_in_order_and_signs_a_checkpoint():
    for _ in range(3):
        note("test:event", by=PUBLIC)
    assert sealing.seal(ORIGIN, batch=2) == 2
    assert sealing.seal_all(ORIGIN) == 1
    assert sealing.seal(ORIGIN) == 0
    assert list(Seal.objects.order_by("position").values_list("position", "event_id")) == [
        (n, pk) for n, pk in enumerate(Event.objects.order_by("pk").values_list("pk", flat=True))
    ]
    assert (
        Unsealed.objects.count(),
        list(Checkpoint.objects.order_by("size").values_list("size", flat=True)),
    ) == (0, [2, 3])


@pytest.mark.parametrize("whole", [False, True])
def test_an_export_holds_against_an_earlier_checkpoint(tmp_path, whole):
    thing = project()
    sealing.seal_all(ORIGIN)
    earlier = Checkpoint.objects.latest("size").note
    fire(thing, "suspend", by=MANAGER)
    sealing.seal_all(ORIGIN)
    note("test:tail", by=PUBLIC)
    findings = verify_export(exported(tmp_path / "export.jsonl", whole=whole), earlier, None)
    assert findings.problems == []


def test_a_record_changed_behind_the_log_is_named(tmp_path):
    thing = project(title="Honest")
    sealing.seal_all(ORIGIN)
    checkpoint = Checkpoint.objects.latest("size").note
    Project.objects.filter(pk=thing.pk).update(title="Forged")
    findings = verify_export(exported(tmp_path / "export.jsonl"), checkpoint, None)
    assert [problem.where for problem in findings.problems] == [thing.thing]


def test_the_public_export_shows_no_withheld_value(tmp_path):
    thing = project()
    sealing.seal_all(ORIGIN)
    public = exported(tmp_path / "public.jsonl").read_text()
    whole = exported(tmp_path / "whole.jsonl", whole=True).read_text()
    assert thing.leader.email not in public
    assert thing.leader.name not in public
    assert thing.leader.email in whole


def test_a_seal_cannot_be_changed():
    note("test:event", by=PUBLIC)
    sealing.seal_all(ORIGIN)
    with (
        pytest.raises(Exception, match="audit_seal is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE audit_seal SET leaf = 'x'")


def test_what_is_kept_back_is_a_leaf_that_verifies_and_says_nothing(tmp_path, monkeypatch):
    user = register_person(email="hidden@example.org", name="Hidden Name")
    shown = register_person(email="shown@example.org", name="Shown Name")
    sealing.seal_all(ORIGIN)
    monkeypatch.setattr(confidential, "_kept_back", {User: lambda _viewer: User.objects.filter(pk=user.pk)})
    path = exported(tmp_path / "export.jsonl", whole=True)
    findings = verify_export(path, Checkpoint.objects.latest("size").note)
    assert findings.problems == []
    hidden = Event.objects.filter(thing=user.thing).count()
    assert (
        f"Events that are kept back until a decision is published, of which only the leaf is here: {hidden}."
        in (findings.notes)
    )
    text = path.read_text()
    assert (user.pk in text, shown.pk in text) == (False, True)
    assert text.count('"type":"blind"') == hidden


def test_a_blind_leaf_can_not_be_altered_or_left_out(tmp_path, monkeypatch):
    user = register_person(email="hidden@example.org", name="Hidden Name")
    register_person(email="shown@example.org", name="Shown Name")
    sealing.seal_all(ORIGIN)
    monkeypatch.setattr(confidential, "_kept_back", {User: lambda _viewer: User.objects.filter(pk=user.pk)})
    path = exported(tmp_path / "export.jsonl")
    lines = path.read_text().splitlines(keepends=True)
    blind = next(i for i, line in enumerate(lines) if '"type":"blind"' in line)
    other = lines[blind].replace('"leaf":"', '"leaf":"0', 1)
    other = other[: other.index('"leaf":"') + 72] + other[other.index('"leaf":"') + 73 :]
    path.write_text("".join([*lines[:blind], other, *lines[blind + 1 :]]))
    assert "chain" in {problem.kind for problem in verify_export(path, None).problems}
    path.write_text("".join([*lines[:blind], *lines[blind + 1 :]]))
    assert "order" in {problem.kind for problem in verify_export(path, None).problems}
