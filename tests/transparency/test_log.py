"""The public log: standing, history, proofs, and an export that verifies."""

from django.conf import settings

from aifactory.audit.models import Event
from aifactory.audit.queries import latest_checkpoint
from aifactory.audit.sealing import seal_all
from aifactory.audit.verify import verify_export
from aifactory.kit.merkle import verify_inclusion
from aifactory.people.models import Role
from aifactory.transparency import exports, log
from tests.awards import factories as awards
from tests.people.factories import person

ORIGIN = settings.LOG_ORIGIN


def test_standing_counts_what_no_checkpoint_covers(plant):
    before = log.standing(ORIGIN)
    assert (before["size"], before["checkpoint"], before["unsealed"]) == (0, None, Event.objects.count())
    sealed = seal_all(ORIGIN)
    awards.project()
    after = log.standing(ORIGIN)
    assert (after["size"], after["unsealed"] > 0, after["checkpoint"]) == (
        sealed,
        True,
        latest_checkpoint().note,
    )
    assert after["oldest_unsealed_seconds"] >= 0


def test_every_sealed_event_comes_with_a_proof_that_holds(plant):
    assert log.event(Event.objects.first().pk)["proof"] is None
    seal_all(ORIGIN)
    for event in Event.objects.all():
        told = log.event(event.pk)
        proof = told["proof"]
        assert proof["holds"] is True
        path = [bytes.fromhex(node) for node in proof["path"]]
        assert verify_inclusion(
            bytes.fromhex(told["leaf"]), told["position"], proof["size"], path, bytes.fromhex(proof["root"])
        )
    assert log.event(10**9) is None


def test_the_history_of_a_record_in_order(plant):
    seal_all(ORIGIN)
    told = log.history(plant.project.thing)
    assert [(event["name"], event["thing"]) for event in told] == [("project:open", plant.project.thing)]


def test_the_export_verifies_and_is_written_once_a_minute(plant, tmp_path):
    seal_all(ORIGIN)
    path = exports.public(tmp_path, ORIGIN)
    found = verify_export(path, latest_checkpoint().note, log.standing(ORIGIN)["key"])
    assert (found.ok, found.problems) == (True, [])
    written = path.stat().st_mtime_ns
    awards.project()
    assert exports.public(tmp_path, ORIGIN).stat().st_mtime_ns == written


def test_the_whole_export_has_what_the_public_one_withholds(plant, tmp_path):
    seal_all(ORIGIN)
    public = exports.public(tmp_path, ORIGIN).read_bytes()
    with exports.whole(ORIGIN, person(Role.AUDITOR)) as file:
        whole = file.read()
    secret = plant.user.email.encode()
    assert (secret in public, secret in whole) == (False, True)
