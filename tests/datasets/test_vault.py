"""Restricted bytes rest sealed; where they are opened, and what is left when the key is destroyed."""

import base64
import json

import pytest
from django.core import serializers

from aifactory.adapters.keys.data_keys import FolderKeyStore
from aifactory.agent.staging import InputIsNotWhatWasInspected, Staging
from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.datasets import actions, downloads
from aifactory.datasets.guards import NeedsAnotherSteward
from aifactory.datasets.models import DutyStatement
from aifactory.datasets.permissions import Permission
from aifactory.datasets.vault import opening
from aifactory.datasets.vault.actions import destroy_key
from aifactory.datasets.vault.lifecycle import DATA_KEY, DataIsStillShared
from aifactory.datasets.vault.models import DataKey
from aifactory.kit.errors import Invalid, NotAllowed, NotFound
from aifactory.kit.sealed import sealed_size
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role
from aifactory.ports.desk import Input, InputFile, RunOrder
from aifactory.ports.engine import Limits
from aifactory.ports.key_store import KeyDoesNotOpen, KeyStore, NoSuchKey
from aifactory.ports.registry import get
from tests.datasets import factories as make
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


@pytest.fixture
def shared():
    """A published, restricted dataset with an agreement that asks for the key to be destroyed."""
    dataset = make.published()
    agreement = make.in_force(make.offer(dataset, duties=["attribute", "destroy-key"]))
    return dataset, agreement


def bytes_at_rest(store, file) -> bytes:
    return (store.root / file.key).read_bytes()


def test_the_life_of_a_key():
    assert DATA_KEY.reachable() == set(DATA_KEY.states)


def test_restricted_bytes_rest_sealed_and_are_read_opened(store, shared):
    dataset, _ = shared
    (file,) = dataset.versions.get().files.all()
    at_rest = bytes_at_rest(store, file)
    assert len(at_rest) == sealed_size(len(make.CSV))
    assert make.CSV[:40] not in at_rest
    _, content = downloads.open_file(file.pk, dataset.steward)
    assert b"".join(content) == make.CSV
    _, rest = downloads.open_file(file.pk, dataset.steward, 100)
    assert b"".join(rest) == make.CSV[100:]
    actions.verify_files(file.version, by=dataset.steward)


def test_open_data_rests_as_it_is_and_needs_no_key(store):
    dataset = make.published(access="public", contains_personal_data=False)
    (file,) = dataset.versions.get().files.all()
    assert (bytes_at_rest(store, file), file.salt, DataKey.objects.count()) == (make.CSV, "", 0)
    with pytest.raises(NotFound):
        destroy_key(dataset, by=dataset.steward, reason="It is time.")


def test_what_came_in_while_the_data_was_to_be_open_is_sealed_at_the_inspection(store):
    dataset = make.dataset(access="public", contains_personal_data=False)
    version = actions.new_version(dataset, by=dataset.steward)
    before = actions.add_file(version, [make.CSV], by=dataset.steward, name="cells.csv")
    facts = {name: getattr(dataset, name) for name in actions._FACTS} | {"access": "nonpublic"}
    actions.edit(dataset, by=dataset.steward, contains_personal_data=True, **facts)
    version.refresh_from_db()
    actions.inspect_version(version, by=dataset.steward)
    (file,) = version.files.all()
    assert (file.key != before.key, not (store.root / before.key).exists()) == (True, True)
    assert make.CSV[:40] not in bytes_at_rest(store, file)
    assert b"".join(opening.content(file)) == make.CSV
    assert actions.publish_version(version, by=dataset.steward).state == "published"


def test_files_of_two_datasets_cannot_be_exchanged(store, shared):
    (mine,) = shared[0].versions.get().files.all()
    (other,) = make.published().versions.get().files.all()
    (store.root / mine.key).write_bytes(bytes_at_rest(store, other))
    assert not opening.holds(mine)
    with pytest.raises(actions.FilesChanged):
        actions.verify_files(mine.version, by=shared[0].steward)


def test_a_destroyed_key_leaves_bytes_that_nobody_reads_and_a_duty_that_is_met(store, shared):
    dataset, agreement = shared
    steward, key = dataset.steward, DataKey.objects.get()
    (file,) = dataset.versions.get().files.all()
    with pytest.raises(DataIsStillShared):
        destroy_key(dataset, by=steward, reason="The term is over.")
    dataset = actions.withdraw_dataset(dataset, by=steward, reason="The term is over.")
    with pytest.raises(Invalid):
        destroy_key(dataset, by=steward, reason=" ")
    with pytest.raises(NotAllowed):
        destroy_key(dataset, by=make.steward(), reason="The term is over.")
    assert b"".join(opening.content(file)) == make.CSV

    done = destroy_key(dataset, by=steward, reason="The term is over.")

    assert (done.state, done.reason, done.destroyed_at is not None) == (
        "destroyed",
        "The term is over.",
        True,
    )
    said = DutyStatement.objects.get(agreement=agreement)
    assert (said.duty, said.met, said.reason, said.said_by) == (
        "destroy-key",
        True,
        "The term is over.",
        steward,
    )
    event = Event.objects.get(name="dataset:destroy_key")
    assert (event.actor, event.data) == (steward.pk, {"dataset": dataset.pk, "mandate": ""})
    assert bytes_at_rest(store, file)
    with pytest.raises(NoSuchKey):
        get(KeyStore).open(key.pk)
    for read in (
        lambda: opening.content(file),
        lambda: downloads.open_file(file.pk, steward),
        lambda: opening.openers(dataset.pk, [file]),
        lambda: actions.add_file(
            actions.new_version(dataset, by=steward), [make.CSV], by=steward, name="a.csv"
        ),
    ):
        with pytest.raises(opening.KeyIsDestroyed):
            read()
    with pytest.raises(NotPossibleNow):
        destroy_key(dataset, by=steward, reason="Once more.")


def test_the_office_needs_a_mandate_for_just_that(shared):
    dataset = actions.withdraw_dataset(shared[0], by=shared[0].steward, reason="The term is over.")
    office = person(Role.OFFICE)
    with pytest.raises(NotAllowed):
        destroy_key(dataset, by=office, reason="The holder is gone.")
    mandate = give_mandate(office, by=INSTALLER, subject=Permission.DESTROY_KEY, holder_title="Head of data")
    destroy_key(dataset, by=office, reason="The holder is gone.")
    assert Event.objects.get(name="dataset:destroy_key").data["mandate"] == mandate.pk


def test_no_key_is_in_the_database_and_without_the_folder_of_keys_nothing_opens(tmp_path, shared):
    dataset, _ = shared
    (file,) = dataset.versions.get().files.all()
    record = DataKey.objects.get()
    secret = get(KeyStore).open(record.pk)
    rows = serializers.serialize("json", [record, dataset, file])
    assert not any(shown in rows for shown in (secret.hex(), base64.b64encode(secret).decode()))
    get(KeyStore).folder = tmp_path / "restored without keys"
    with pytest.raises(opening.KeyIsMissing, match="can't be read"):
        opening.content(file)


def test_the_gate_gives_what_opens_each_file_of_this_version_and_the_agent_brings_it_open(
    store, shared, tmp_path
):
    dataset, _ = shared
    (file,) = dataset.versions.get().files.all()
    (opener,) = opening.openers(dataset.pk, [file])
    staging = Staging(tmp_path / "staging", store)

    def bring(given: InputFile) -> bytes:
        order = RunOrder(
            "att-1", "r", "", {}, (Input("table", (given,), None),), Limits(1, 1, 1), restricted=True
        )
        staging.begin("att-1")
        folder = staging.bring(order)["table"]
        assert [path.name for path in folder.iterdir()] == ["cells.csv"]
        return (folder / "cells.csv").read_bytes()

    given = InputFile(file.path, file.key, file.digest, file.size, opener)
    assert opener not in repr(given)
    assert bring(given) == make.CSV
    with pytest.raises(InputIsNotWhatWasInspected):
        bring(InputFile(file.path, file.key, file.digest, file.size, base64.b64encode(bytes(32)).decode()))
    with pytest.raises(InputIsNotWhatWasInspected):
        bring(InputFile(file.path, file.key, file.digest, file.size))


def test_keys_lie_wrapped_in_files_that_only_the_owner_reads(tmp_path):
    keys = FolderKeyStore(tmp_path / "keys")
    keys.make("dky_one")
    keys.make("dky_two")
    one = keys.open("dky_one")
    keys.make("dky_one")
    assert (keys.open("dky_one"), len(one), one != keys.open("dky_two")) == (one, 32, True)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in keys.folder.iterdir()}
    assert modes == dict.fromkeys(("factory.key", "dky_one.wrapped", "dky_two.wrapped"), "0o600")
    assert one not in b"".join(path.read_bytes() for path in keys.folder.iterdir())
    wrapped = (keys.folder / "dky_two.wrapped").read_bytes()
    (keys.folder / "dky_one.wrapped").write_bytes(wrapped)
    with pytest.raises(KeyDoesNotOpen):
        keys.open("dky_one")
    keys.destroy("dky_two")
    keys.destroy("dky_two")
    for name in ("dky_two", "dky_never", "../factory", "factory.key"):
        with pytest.raises(NoSuchKey):
            keys.open(name)


def test_where_the_factory_asks_for_two_people_another_steward_publishes(settings):
    settings.SECOND_STEWARD = True
    dataset = make.dataset()
    steward = dataset.steward
    version = actions.new_version(dataset, by=steward)
    actions.add_file(version, [make.CSV], by=steward, name="cells.csv")
    version.refresh_from_db()
    version = actions.inspect_version(version, by=steward)
    with pytest.raises(NeedsAnotherSteward):
        actions.publish_version(version, by=steward)
    colleague = make.steward(dataset.holder)
    assert actions.publish_version(version, by=colleague).state == "published"


def test_an_event_tells_nothing_that_opens_anything(shared):
    secret = get(KeyStore).open(DataKey.objects.get().pk)
    told = json.dumps(list(Event.objects.values_list("data", flat=True)))
    assert secret.hex() not in told
