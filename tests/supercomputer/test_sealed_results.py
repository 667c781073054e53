"""What a job left inside rests sealed; every reader opens it, until its key is destroyed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aifactory.agent.loop import Agent
from aifactory.audit.models import Event
from aifactory.datasets import actions as data
from aifactory.datasets.queries import is_over
from aifactory.datasets.vault.actions import destroy_key
from aifactory.datasets.vault.opening import KeyIsDestroyed
from aifactory.kit import clock
from aifactory.ports.desk import RunOrder, WatchOrder
from aifactory.ports.key_store import KeyStore, NoSuchKey
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer import actions, gate
from aifactory.supercomputer.desk import PortalDesk
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.secure import actions as secure
from aifactory.supercomputer.secure import keys
from aifactory.supercomputer.secure.guards import CannotBeReleased
from aifactory.supercomputer.secure.models import Withheld
from aifactory.transparency.retention.actions import keep_and_delete
from tests.supercomputer.secure_factories import ROWS, inside

WHY = "Groups of more than a hundred people."
NOTHING = {"sealed": 0, "destroyed": 0}


def at_rest() -> dict[str, bytes]:
    """Return every object of an attempt that lies in the store, names and all."""
    root = get(ObjectStore).root
    return {str(p.relative_to(root)): p.read_bytes() for p in (root / "attempts").rglob("*") if p.is_file()}


def plain_agent(agent: Agent, monkeypatch) -> None:
    """Make it an agent of before results were sealed: it knows nothing of the key."""
    orders = agent.desk.orders
    old = lambda engine: [  # noqa: E731
        replace(one, sealer="") if hasattr(one, "sealer") else one for one in orders(engine)
    ]
    monkeypatch.setattr(agent.desk, "orders", old)


def test_neither_bytes_nor_names_of_what_a_job_wrote_and_printed_rest_readable(plant):
    written = {"table.csv": ROWS, "metrics.json": b'{"auc": 0.9}', "checkpoint/state.bin": b"half way"}
    kept = inside(plant).kept(written)
    stored = at_rest()
    assert sorted(stored) == sorted(file["key"] for file in kept.files)
    assert kept.state == "sealed"
    for secret in (ROWS[:20], b"auc", b"epoch 1", b"half way", b"table", b"metrics", b"log"):
        assert not [name for name, content in stored.items() if secret in content or secret in name.encode()]
    table = kept.file("table.csv")
    assert (table["size"], table["digest"]) == (len(ROWS), f"sha256:{table['salt']}")
    attempt = Attempt.objects.get(pk=kept.attempt_id)
    follows = Attempt(job=attempt.job, continues=attempt, name="next", engine="simulated", number=2)
    (file,) = next(one.files for one in gate.ordered_inputs(follows) if one.role == "checkpoint")
    assert (file.path, file.size, bool(file.opener)) == ("state.bin", 8, True)


def test_an_order_brings_the_key_and_shows_it_to_nobody(plant):
    here = inside(plant)
    plant.behaviour |= {"seconds": 500.0}
    attempt = here.run()
    (order,) = PortalDesk().orders("simulated")
    assert (isinstance(order, WatchOrder), attempt.state) == (True, "running")
    assert order.sealer
    assert order.sealer not in repr(order)
    (get(KeyStore).folder / f"{attempt.pk}.wrapped").write_bytes(bytes(60))
    assert PortalDesk().orders("simulated") == []  # what it writes could not be sealed, so nobody asks for it
    job = actions.start(plant.submit(), by=plant.user)
    assert [order.sealer for order in PortalDesk().orders("simulated")] == [""], job.secure


def test_another_job_of_the_project_reads_what_was_sealed(plant):
    kept = inside(plant).kept()
    wish = {
        "recipe": "batch-inference",
        "inputs": {"model": kept.attempt_id, "table": plant.agreement.version_id},
    }
    job = actions.start(plant.submit(**wish, parameters={}), by=plant.user)
    (order,) = (one for one in PortalDesk().orders("simulated") if isinstance(one, RunOrder))
    plant.agent.staging.begin(order.attempt)
    brought = plant.agent.staging.bring(order)["model"]
    assert {p.name: p.read_bytes() for p in brought.iterdir()} == {
        "table.csv": ROWS, "metrics.json": b'{"auc": 0.9}', "log.txt": b"epoch 1\n",
    }  # fmt: skip
    get(KeyStore).destroy(kept.attempt_id)
    assert not [one for one in PortalDesk().orders("simulated") if isinstance(one, RunOrder)]
    job.refresh_from_db()
    assert job.reason == (
        "The key of what this run wrote is missing, so it can't be read. "
        "Tell the factory office: the keys are kept apart from other backups."
    )


@pytest.mark.thorough
def test_what_was_changed_in_the_store_is_neither_checked_nor_released(plant):
    here = inside(plant)
    kept = here.kept()
    file = secure.ask_release(kept, ["table.csv"], by=plant.user, reason=WHY).files.get()
    place = get(ObjectStore).root / kept.file("table.csv")["key"]
    place.write_bytes(place.read_bytes()[:-1] + b"!")
    with pytest.raises(CannotBeReleased, match="not the one that was asked for"):
        secure.decide_file(file, "release", by=here.steward, reason="All groups are large.")
    with pytest.raises(secure.NotFound, match="no longer kept as it was"):
        secure.ask_release(kept, ["table.csv", "log.txt"], by=plant.user, reason=WHY)


@pytest.mark.thorough
def test_what_came_plain_is_sealed_by_the_next_round_and_what_was_released_stays(plant, monkeypatch):
    here = inside(plant)
    plain_agent(plant.agent, monkeypatch)
    kept = here.kept({"table.csv": ROWS, "other.csv": b"a,b\n1,2\n"})
    attempt = Attempt.objects.get(pk=kept.attempt_id)
    released, waits = f"attempts/{attempt.name}/table.csv", f"attempts/{attempt.name}/other.csv"
    assert (kept.state, at_rest()[released]) == ("plain", ROWS)
    table = secure.ask_release(kept, ["table.csv"], by=plant.user, reason=WHY).files.get()
    secure.decide_file(table, "release", by=here.steward, reason="All groups are large.")
    other = secure.ask_release(kept, ["other.csv"], by=plant.user, reason=WHY).files.get()

    store, delete = get(ObjectStore), type(get(ObjectStore)).delete
    with monkeypatch.context() as patch:
        patch.setattr(type(store), "delete", lambda *_: (_ for _ in ()).throw(OSError("killed here")))
        with pytest.raises(OSError, match="killed here"):
            keys.keep_sealed()
    half = Withheld.objects.get(pk=kept.pk)
    assert (half.state, all(file["salt"] for file in half.files), waits in at_rest()) == ("plain", True, True)
    assert b"".join(secure.look(other, by=here.steward).chunks) == b"a,b\n1,2\n"
    assert type(store).delete is delete

    assert keys.keep_sealed() == {"sealed": 1, "destroyed": 0}
    assert keys.keep_sealed() == NOTHING
    kept.refresh_from_db()
    assert (kept.state, [set(file) for file in kept.files]) == (
        "sealed",
        [{"path", "key", "digest", "size", "salt"}] * 3,
    )
    stored = at_rest()
    assert (stored.pop(released), waits in stored) == (ROWS, False)
    assert not [name for name, content in stored.items() if ROWS in content or b"a,b" in content]
    secure.decide_file(other, "release", by=here.steward, reason="It is made up.")
    assert at_rest()[waits] == b"a,b\n1,2\n"


def readers(kept: Withheld, file, plant, steward):
    """Return every way to read what a job left inside."""
    return (
        lambda: secure.look(file, by=steward),
        lambda: secure.decide_file(file, "release", by=steward, reason="All groups are large."),
        lambda: secure.ask_release(kept, ["log.txt"], by=plant.user, reason=WHY),
        lambda: gate._brought(kept.attempt, kept.files),
    )


@pytest.mark.thorough
def test_it_is_unreadable_once_the_key_of_the_data_was_destroyed(plant):
    here = inside(plant)
    kept = here.kept()
    file = secure.ask_release(kept, ["table.csv"], by=plant.user, reason=WHY).files.get()
    read = readers(kept, file, plant, here.steward)
    dataset = data.withdraw_dataset(
        here.agreement.offer.dataset, by=here.steward, reason="The study is over."
    )
    assert keys.keep_sealed() == NOTHING
    assert b"".join(read[0]().chunks) == ROWS
    destroy_key(dataset, by=here.steward, reason="The study is over.")
    assert keys.keep_sealed() == {"sealed": 0, "destroyed": 1}
    assert keys.keep_sealed() == NOTHING
    kept.refresh_from_db()
    file.refresh_from_db()
    file.release.withheld = kept
    assert (kept.state, kept.destroyed_at is not None) == ("destroyed", True)
    with pytest.raises(NoSuchKey):
        get(KeyStore).open(kept.attempt_id)
    assert Event.objects.get(name="output:destroy_key").data == {"attempt": kept.attempt_id}
    for number in (0, 3):
        with pytest.raises(KeyIsDestroyed, match="Nobody can read it any more"):
            read[number]()
    assert at_rest()  # the bytes stay, and say nothing


@pytest.mark.thorough
def test_the_key_goes_at_the_end_of_an_agreement_that_owes_it_and_not_before(plant):
    owed = inside(plant, duties=["destroy-key"])
    kept = owed.kept()
    assert keys.keep_sealed() == NOTHING
    with clock.frozen(owed.agreement.valid_until + timedelta(minutes=1)):
        assert is_over(owed.agreement)
    data.suspend_agreement(owed.agreement, by=owed.steward, reason="A leak is looked into")
    assert keys.keep_sealed() == NOTHING
    owed.agreement.refresh_from_db()
    data.end_agreement(owed.agreement, by=owed.steward, reason="The study is over")
    assert keys.keep_sealed() == {"sealed": 0, "destroyed": 1}
    kept.refresh_from_db()
    assert kept.state == "destroyed"


@pytest.mark.thorough
def test_it_goes_with_the_data_of_a_project_whose_term_is_over(plant):
    here = inside(plant)
    kept = here.kept()
    file = secure.ask_release(kept, ["table.csv"], by=plant.user, reason=WHY).files.get()
    secure.decide_file(file, "release", by=here.steward, reason="All groups are large.")
    ends = max([plant.project.ends_at, *plant.project.lines.values_list("ends_at", flat=True)])
    with clock.frozen(ends + timedelta(days=1)):
        keep_and_delete()
    with clock.frozen(ends + timedelta(days=92)):
        assert keep_and_delete()["deleted"] == 1
    kept.refresh_from_db()
    assert (kept.state, at_rest()) == ("destroyed", {})
    with pytest.raises(NoSuchKey):
        get(KeyStore).open(kept.attempt_id)
