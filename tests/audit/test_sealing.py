"""Sealing the log and exporting it."""

import pytest
from django.db import connection, transaction

from aifactory.audit import export, sealing
from aifactory.audit.actions import fire, note
from aifactory.audit.models import Checkpoint, Event, Seal, Unsealed
from aifactory.audit.verify import verify_export
from aifactory.awards.models import Project
from aifactory.people.actors import PUBLIC, SystemActor
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
