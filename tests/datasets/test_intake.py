"""Large files in parts: resumed, checked as a whole, given up, from the command and from the store."""

import base64
import hashlib
import threading
from datetime import timedelta

import pytest
from django.conf import settings as django_settings

from aifactory.api.intake import CHUNK, _body
from aifactory.audit.actions import ChangedMeanwhile
from aifactory.audit.models import Event
from aifactory.cli import sending
from aifactory.cli.admin.rounds import Beside
from aifactory.cli.remote import Remote
from aifactory.datasets import actions as datasets
from aifactory.datasets.intake import actions, queries
from aifactory.datasets.intake.models import SentFile
from aifactory.datasets.manifest import tree
from aifactory.datasets.models import DatasetFile, DatasetVersion
from aifactory.datasets.vault import opening
from aifactory.kit import clock
from aifactory.kit.content import TooLarge, TypeLies, UnsafeName
from aifactory.kit.errors import Invalid, NotAllowed, Refused
from aifactory.kit.sealed import SEGMENT, seal
from aifactory.people.actions import issue_token
from aifactory.ports.object_store import SMALLEST_PART, ObjectStore
from aifactory.ports.registry import provide
from tests.datasets import factories as make
from tests.people.factories import person
from tests.services.s3 import new_bucket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
PART = 2 * SEGMENT
DATA = b"n,m\n" + b"".join(b"%d,%d\n" % (n, n % 7) for n in range(40_000))
DIGEST = "sha256:" + hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(actions, "PART", PART)


@pytest.fixture
def version(request) -> DatasetVersion:
    """A draft of data that rests sealed; of open data, which does not, where a test asks for it."""
    dataset = make.dataset(
        access=getattr(request, "param", "nonpublic"), contains_personal_data=False, licence="CC-BY-4.0"
    )
    return datasets.new_version(dataset, by=dataset.steward)


def begin(version, **changes) -> SentFile:
    said = {"name": "table.csv", "size": len(DATA), "digest": DIGEST} | changes
    return actions.begin(version, by=version.dataset.steward, **said)


def part(sent: SentFile, number: int, data: bytes = DATA) -> bytes:
    """Return a part as its sender sends it, from what the factory tells the sender."""
    plain = data[(number - 1) * PART : number * PART]
    told = queries.sending_facts(sent, sent.sender)["seal"]
    if told is None:
        return plain
    first = (number - 1) * PART // told["segment"]
    return b"".join(seal([plain], base64.b64decode(told["key"]), first=first, last=number == sent.part_count))


def send(sent: SentFile, data: bytes = DATA) -> SentFile:
    for number in range(sent.part_count, 0, -1):
        actions.put_part(sent, number, [part(sent, number, data)], by=sent.sender)
    return actions.finish(sent, by=sent.sender)


def stored(store) -> list:
    return [path for path in store.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("version", ["nonpublic", "public"], indirect=True)
def test_a_file_in_parts_is_taken_in_once_it_is_whole(version, store):
    sent = begin(version)
    assert (sent.part_count, bool(sent.salt)) == (-(-len(DATA) // PART), version.dataset.restricted)
    send(sent)
    assert not DatasetFile.objects.exists()

    assert [actions.take_in_sent(), actions.take_in_sent()] == [1, 0]

    sent.refresh_from_db()
    version.refresh_from_db()
    file = DatasetFile.objects.get()
    found = tree([DATA], SEGMENT)
    assert (sent.state, file.path, file.size, file.digest) == ("kept", "table.csv", len(DATA), DIGEST)
    assert (file.blake3, file.groups, file.added_by) == (found.blake3, "".join(found.groups), sent.sender_id)
    assert b"".join(opening.content(file)) == DATA
    assert b"".join(opening.content(file, 70_000, 200_000)) == DATA[70_000:200_000]
    (bytes_at_rest,) = stored(store)
    assert (DATA[1_000:1_100] in bytes_at_rest.read_bytes()) is not version.dataset.restricted
    assert datasets.inspect_version(version, by=sent.sender).state == "inspected"
    names = Event.objects.filter(thing=sent.thing).order_by("pk").values_list("name", flat=True)
    assert list(names) == ["intake:begin", "intake:finish", "intake:keep"]


def test_the_same_announcement_goes_on_and_a_part_sent_again_replaces_the_first(version):
    sent = begin(version)
    actions.put_part(sent, 1, [bytes(actions.stored_size(sent, 1))], by=sent.sender)
    actions.put_part(sent, 2, [part(sent, 2)], by=sent.sender)
    assert begin(version) == sent
    assert [p.number for p in actions.arrived(sent)] == [1, 2]
    with pytest.raises(actions.PartsAreMissing, match="of 3 parts are missing; the first is 3"):
        actions.finish(sent, by=sent.sender)
    send(sent)
    assert actions.take_in_sent() == 1


def test_bytes_that_are_not_the_announced_ones_are_refused_and_leave_nothing(version, store):
    other = DATA[:-2] + b"9\n"
    sent = send(begin(version), other)
    assert actions.take_in_sent() == 0
    sent.refresh_from_db()
    assert sent.state == "refused"
    assert sent.reason == "The file that arrived is not the one that was announced: its checksum differs."
    assert (stored(store), DatasetFile.objects.count()) == ([], 0)
    again = send(begin(version))
    assert (actions.take_in_sent(), again != sent) == (1, True)


def test_what_a_name_promises_is_checked_on_the_whole_file(version, store):
    lie = b"\0" * len(DATA)
    sent = send(begin(version, digest="sha256:" + hashlib.sha256(lie).hexdigest()), lie)
    assert actions.take_in_sent() == 0
    sent.refresh_from_db()
    assert (sent.state, sent.reason.startswith("table.csv should be text/csv")) == ("refused", True)
    assert stored(store) == []


def test_a_file_that_is_sealed_wrongly_is_refused():
    dataset = make.dataset()
    sent = begin(datasets.new_version(dataset, by=dataset.steward))
    for number in range(1, sent.part_count + 1):
        actions.put_part(sent, number, [bytes(actions.stored_size(sent, number))], by=sent.sender)
    actions.finish(sent, by=sent.sender)
    assert actions.take_in_sent() == 0
    sent.refresh_from_db()
    assert sent.reason == "The sealed bytes were altered or cut off, in or after byte 0."


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"size": 0}, Invalid),
        ({"size": -1}, Invalid),
        ({"size": 10**12}, TooLarge),
        ({"digest": "md5:1"}, Invalid),
        ({"name": "///"}, UnsafeName),
        ({"name": "run.exe"}, TypeLies),
    ],
)
def test_what_can_never_be_taken_in_is_refused_before_it_is_sent(version, store, changes, error):
    with pytest.raises(error):
        begin(version, **changes)
    assert (SentFile.objects.count(), stored(store)) == (0, [])


def test_only_the_sender_sends_and_only_stewards_begin(version):
    sent = begin(version)
    colleague = make.steward(version.dataset.holder)
    for act in (
        lambda: actions.begin(version, by=person(), name="a.csv", size=1, digest=DIGEST),
        lambda: actions.put_part(sent, 1, [b""], by=colleague),
        lambda: actions.part_address(sent, 1, by=colleague),
        lambda: actions.finish(sent, by=colleague),
        lambda: actions.give_up(sent, by=person()),
    ):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(datasets.FileExists):
        actions.begin(version, by=colleague, name="table.csv", size=len(DATA), digest=DIGEST)
    assert queries.sending_facts(sent, colleague)["seal"] is None
    assert actions.give_up(sent, by=colleague).state == "abandoned"
    with pytest.raises(actions.PartRefused, match="Given up"):
        actions.put_part(sent, 1, [b""], by=sent.sender)


@pytest.mark.parametrize("number", [0, 4, 10_001])
def test_a_part_of_another_number_or_size_is_refused(version, number):
    sent = begin(version)
    with pytest.raises(actions.PartRefused):
        actions.put_part(sent, number, [b"x"], by=sent.sender)
    with pytest.raises(actions.PartRefused):
        actions.put_part(sent, 1, [b"x"], by=sent.sender)
    assert actions.arrived(sent) == []


def test_a_worker_that_was_killed_after_putting_it_together_goes_on(version, store):
    sent = send(begin(version))
    store.finish(sent.key, sent.sending)
    assert actions.take_in_sent() == 1


def test_a_worker_that_comes_late_removes_nothing(version):
    sent = send(begin(version))
    late = SentFile.objects.select_related("version__dataset", "sender").get(pk=sent.pk)
    assert actions.take_in_sent() == 1
    with pytest.raises(ChangedMeanwhile):
        actions.take_in(late)
    assert b"".join(opening.content(DatasetFile.objects.get())) == DATA


def test_a_silent_store_is_asked_again_and_nothing_is_refused(version, store, monkeypatch):
    sent = send(begin(version))
    with monkeypatch.context() as patch:
        patch.setattr(store, "finish", lambda *_: (_ for _ in ()).throw(RuntimeError("away")))
        assert actions.take_in_sent() == 0
    sent.refresh_from_db()
    assert (sent.state, actions.take_in_sent()) == ("checking", 1)


def test_what_nobody_finishes_is_swept_after_the_stated_time(version, store):
    hours = django_settings.INTAKE_PATIENCE
    sent, orphan = begin(version), store.begin("datasets/nobody/knows")
    actions.put_part(sent, 1, [part(sent, 1)], by=sent.sender)
    with clock.frozen(clock.now() + timedelta(hours=hours, minutes=-1)):
        assert actions.sweep() == 0
    with clock.frozen(clock.now() + timedelta(hours=hours, minutes=1)):
        fresh = begin(version, name="new.csv")
        assert [actions.sweep(), actions.sweep()] == [2, 0]
    sent.refresh_from_db()
    assert (sent.state, sent.reason) == ("abandoned", "It was not finished in time.")
    assert orphan not in {one.sending for one in store.unfinished()}
    assert [one.sending for one in store.unfinished()] == [fresh.sending]


def test_parts_of_any_file_are_whole_segments_and_at_most_ten_thousand():
    for size in (1, PART, 10**9, 160 * 10**9, 5 * 10**12):
        length = actions.part_size(size)
        assert (length % SEGMENT, -(-size // length) <= 10_000) == (0, True)


def test_the_web_process_never_asks_for_more_than_a_piece_of_a_part():
    asked = []

    class Request:
        def read(self, size):
            asked.append(size)
            return b"x" * size if len(asked) < 100 else b""

    assert sum(map(len, _body(Request()))) == 99 * CHUNK
    assert set(asked) == {CHUNK}


class Line:
    """Counts what is put, and breaks where a test says so."""

    def __init__(self, monkeypatch) -> None:
        self.put, self.breaks_at, self.through = [], 0, sending._put
        monkeypatch.setattr(sending, "_put", self)
        monkeypatch.setattr(sending, "AT_ONCE", 100)
        # While the command waits, the worker works.
        monkeypatch.setattr(sending, "sleep", lambda _seconds: actions.take_in_sent())

    def __call__(self, remote, straight, sent, number, part) -> None:
        if number == self.breaks_at:
            raise sending.PartDidNotArrive("The line broke.")
        self.put.append(number)
        self.through(remote, straight, sent, number, part)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["folder", pytest.param("nanio", marks=pytest.mark.thorough)])
def test_the_command_goes_on_where_it_stopped(kind, request, live_server, monkeypatch, tmp_path):
    data, part = DATA, PART
    if kind == "nanio":
        part = SMALLEST_PART
        provide(ObjectStore, new_bucket(request.getfixturevalue("nanio_address"), part=part))
        data = b"n\n" + b"123456789\n" * ((2 * part + 100) // 10)
        monkeypatch.setattr(actions, "PART", part)
    dataset = make.dataset()
    monkeypatch.setenv("AIFACTORY_URL", live_server.url)
    monkeypatch.setenv("AIFACTORY_TOKEN", issue_token(dataset.steward, label="test")[1])
    big, small = tmp_path / "big.csv", tmp_path / "small.csv"
    big.write_bytes(data)
    small.write_bytes(b"a,b\n1,2\n")
    line = Line(monkeypatch)

    def send() -> str:
        return sending.send_files(Remote(), dataset.pk, [small, big], version="", silent=True)

    line.breaks_at = 3
    with pytest.raises(Refused, match="The line broke"):
        send()
    line.breaks_at = 0
    version = send()

    assert line.put == [1, 2, 3]
    assert (dataset.versions.count(), send()) == (1, version)
    files = DatasetFile.objects.order_by("path")
    assert [(f.path, b"".join(opening.content(f))) for f in files] == [
        ("big.csv", data),
        ("small.csv", b"a,b\n1,2\n"),
    ]


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
def test_a_part_that_was_spoilt_on_the_way_is_sent_again_and_a_refused_file_is_told(
    live_server, monkeypatch, tmp_path
):
    dataset = make.dataset()
    monkeypatch.setenv("AIFACTORY_URL", live_server.url)
    monkeypatch.setenv("AIFACTORY_TOKEN", issue_token(dataset.steward, label="test")[1])
    version = datasets.new_version(dataset, by=dataset.steward)
    sent = begin(version)
    actions.put_part(sent, 1, [bytes(actions.stored_size(sent, 1))], by=sent.sender)
    actions.put_part(sent, 2, [part(sent, 2)], by=sent.sender)
    path = tmp_path / "table.csv"
    path.write_bytes(DATA)
    line = Line(monkeypatch)
    assert sending.send_files(Remote(), dataset.pk, [path], version="", silent=True) == version.pk
    assert line.put == [1, 3]
    lie = tmp_path / "lie.csv"
    lie.write_bytes(bytes(1_000))
    with pytest.raises(sending.FileWasNotTakenIn, match=r"lie\.csv should be text/csv"):
        sending.send_files(Remote(), dataset.pk, [lie], version=version.pk, silent=True)


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
def test_a_broken_download_goes_on_too(live_server, monkeypatch, tmp_path):
    dataset = make.published()
    (file,) = dataset.versions.get().files.all()
    monkeypatch.setenv("AIFACTORY_URL", live_server.url)
    monkeypatch.setenv("AIFACTORY_TOKEN", issue_token(dataset.steward, label="test")[1])
    to = tmp_path / "cells.csv"
    for begun in (0, 1, len(make.CSV) - 1, len(make.CSV)):
        (tmp_path / "cells.csv.part").write_bytes(make.CSV[:begun])
        Remote().download_on(f"/dataset-files/{file.pk}", to)
        assert (to.read_bytes(), [path.name for path in tmp_path.iterdir() if path.is_file()]) == (
            make.CSV,
            ["cells.csv"],
        )


def test_a_long_check_does_not_hold_up_the_rounds_and_never_runs_twice():
    begun, done, runs = threading.Event(), threading.Event(), []

    def long_step():
        runs.append(1)
        begun.set()
        done.wait(10)

    beside = Beside(lambda: True, long_step)
    beside()
    assert begun.wait(10)
    beside()
    done.set()
    beside.wait()
    assert len(runs) == 1
    Beside(lambda: False, long_step)()
    assert len(runs) == 1
    beside()
    beside.wait()
    assert len(runs) == 2
