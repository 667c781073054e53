"""A log is built, exported and tampered with in every way; the verifier must see it and name it."""

import copy
import io
import json
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aifactory.audit.export_format import ERASED, GENESIS, Entry, chain, event_leaf, write_export
from aifactory.audit.verify import verify_export
from aifactory.kit import disclosure
from aifactory.kit.canonical import canonical
from aifactory.kit.checkpoint import Checkpoint, sign_checkpoint, verifier_key
from aifactory.kit.merkle import Frontier

ORIGIN = "factory.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VKEY = verifier_key(ORIGIN, KEY)
SALTS = {f"access.application:app_{n}": bytes([n]) * 32 for n in range(4)}
SEALED, EARLIER, OWN = 12, 10, (4, 8, 11)  # event 12 is not sealed; checkpoints in the export

each = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


def _document(n, state):
    return {"id": f"app_{n}", "state": state, "title": f"Wind model {n}", "conflict": n % 2 == 0}


def _events():
    """Thirteen events about four applications, of which the last was erased."""
    states = ["draft", "sent", "granted"]
    for number in range(SEALED + 1):
        n, state = number % 4, states[number // 4 % 3]
        thing = f"access.application:app_{n}"
        erased = n == 3 and state == "granted"
        yield {
            "id": 100 + number,
            "at": f"2026-01-01T00:00:{number:02}.000000Z",
            "name": "application:erase" if erased else "application:step",
            "actor": "usr_1",
            "thing": thing,
            "source": "",
            "target": state,
            "digest": ERASED if erased else disclosure.commit(_document(n, state), SALTS[thing]),
            "data": {"amount": 3600 * number},
        }


EVENTS = list(_events())


def seal(events):
    """Seal events as the factory does."""
    link = GENESIS
    for position, event in enumerate(events):
        leaf = event_leaf(event)
        link = chain(link, leaf)
        yield Entry(event, position, leaf.hex(), link.hex())


def note(size, events=EVENTS, key=KEY, origin=ORIGIN):
    frontier = Frontier()
    frontier.extend(map(event_leaf, events[:size]))
    return sign_checkpoint(Checkpoint(origin, size, frontier.root()), key)


def records():
    last = {event["thing"]: event for event in EVENTS}
    for thing, event in sorted(last.items()):
        if event["digest"] != ERASED:
            document = _document(int(thing[-1]), event["target"])
            yield thing, disclosure.disclose(document, SALTS[thing], {"id", "state"})


def export(entries=None, *, shown=None, notes=None):
    stream = io.BytesIO()
    write_export(
        stream,
        origin=ORIGIN,
        vkey=VKEY,
        at="2026-01-02T00:00:00.000000Z",
        entries=[*seal(EVENTS[:SEALED]), Entry(EVENTS[SEALED])] if entries is None else entries,
        records=records() if shown is None else shown,
        checkpoints=[note(size) for size in OWN] if notes is None else notes,
    )
    return stream.getvalue()


EXPORT = export()
EARLIER_NOTE = note(EARLIER)
LINES = EXPORT.splitlines(keepends=True)


@pytest.fixture
def verify(tmp_path):
    """Verify bytes, against the earlier checkpoint and the true key unless told otherwise."""

    def run(content, checkpoint=EARLIER_NOTE, vkey=VKEY):
        path = tmp_path / "export.jsonl"
        path.write_bytes(content)
        return verify_export(path, checkpoint, vkey)

    return run


def kinds(findings):
    return [problem.kind for problem in findings.problems]


def where(findings, kind):
    return [problem.where for problem in findings.problems if problem.kind == kind]


def test_an_untouched_export_holds_and_says_what_it_could_not_prove(verify):
    findings = verify(EXPORT)
    assert findings.problems == []
    assert findings.ok
    assert findings.checked == {
        "events": 13,
        "records": 3,
        "checkpoints": 3,
        "sealed": 12,
        "unsealed": 1,
        "covered": 10,
        "erased": 1,
    }
    assert findings.notes == [
        (
            "The 10 events that your checkpoint covers are unchanged. "
            "Whether later ones were cut off can only be seen with a later checkpoint."
        ),
        "Events after your checkpoint that only the export's own checkpoints cover: 1.",
        "Sealed events that no signed checkpoint covers and agrees with: 1.",
        "Events that are not sealed yet, so nothing protects them: 1.",
        "Records that were erased, as the log says: 1.",
        "Records and erasures that rest on an event which no signed checkpoint covers: 2.",
    ]
    assert json.loads(json.dumps(findings.to_json()))["ok"] is True


def test_an_export_is_read_from_a_folder_and_from_a_zip(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "export.jsonl").write_bytes(EXPORT)
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("export.jsonl", EXPORT)
    for name in ("folder", "export.zip"):
        findings = verify_export(tmp_path / name, note(EARLIER), VKEY)
        assert (findings.problems, findings.checked["sealed"]) == ([], 12)


def test_an_empty_log_can_be_verified(verify):
    assert verify(export([], shown=[], notes=[note(0)]), note(0)).problems == []


def test_whose_key_it_was_is_said(verify):
    findings = verify(EXPORT, vkey=None)
    assert findings.ok
    assert "taken from the export itself" in findings.notes[0]
    assert "without a checkpoint" in verify(EXPORT, checkpoint=None).notes[0].lower()


# -- events -------------------------------------------------------------------------------------------------

other_values = {
    "id": 999,
    "at": "2025-01-01T00:00:00.000000Z",
    "name": "application:refuse",
    "actor": "usr_2",
    "thing": "access.application:app_9",
    "source": "sent",
    "target": "refused",
    "digest": "sha256:" + "0" * 64,
    "data": {"amount": 1},
}


def _alter(entries, index, field, *, reseal):
    """Change one field of one event: leave the seals, mend its own leaf, or mend every seal after it."""
    entries = list(entries)
    event = {**entries[index].event, field: other_values[field]}
    old = entries[index]
    entries[index] = Entry(event, old.position, event_leaf(event).hex() if reseal else old.leaf, old.chain)
    if reseal == "all":
        entries = list(seal(entry.event for entry in entries))
    return entries


sealed_index = st.integers(0, SEALED - 1)


@each
@given(sealed_index, st.sampled_from(sorted(other_values)), st.sampled_from([None, "leaf"]))
def test_any_field_changed_in_any_sealed_event_is_named(verify, index, field, reseal):
    findings = verify(
        export([*_alter(seal(EVENTS[:SEALED]), index, field, reseal=reseal), Entry(EVENTS[12])])
    )
    name = f"event {999 if field == 'id' else 100 + index}"
    assert where(findings, "chain" if reseal else "event-altered") == [name]


@each
@given(st.integers(0, OWN[-1] - 1), st.sampled_from(sorted(other_values)))
def test_a_log_resealed_all_over_fails_its_checkpoints_and_the_stretch_is_named(verify, index, field):
    findings = verify(export([*_alter(seal(EVENTS[:SEALED]), index, field, reseal="all"), Entry(EVENTS[12])]))
    first, last = next((a, b) for a, b in [(0, 4), (4, 8), (8, 10), (10, 11)] if index < b)
    assert where(findings, "root") == [f"positions {first} to {last - 1}"]
    assert ("checkpoint" in kinds(findings)) == (index < EARLIER)


@each
@given(sealed_index, st.booleans())
def test_a_removed_event_is_named(verify, index, reseal):
    entries = [entry for entry in seal(EVENTS[:SEALED]) if entry.position != index]
    if reseal:
        entries = list(seal(entry.event for entry in entries))
    findings = verify(export([*entries, Entry(EVENTS[12])]))
    if reseal and index == SEALED - 1:
        # The last sealed event is beyond every checkpoint: only its record can tell, and it is an erasure.
        assert findings.checked["sealed"] == SEALED - 1
        assert "record-missing" in kinds(findings)
    elif reseal:
        assert not findings.ok
        assert {"root", "cut-off"} & set(kinds(findings))
    elif index == SEALED - 1:
        assert "record-missing" in kinds(findings)
    else:
        assert where(findings, "order")[0] == f"event {101 + index}"


@each
@given(sealed_index, st.booleans())
def test_an_inserted_event_is_named(verify, index, reseal):
    entries = list(seal(EVENTS[:SEALED]))
    forged = Entry({**EVENTS[index], "id": 999}, index, entries[index].leaf, entries[index].chain)
    entries.insert(index, forged)
    if reseal:
        entries = list(seal(entry.event for entry in entries))
    findings = verify(export([*entries, Entry(EVENTS[12])]))
    if not reseal:
        assert "event 999" in where(findings, "event-altered")
    elif index < OWN[-1]:
        assert "root" in kinds(findings)


@each
@given(
    st.lists(sealed_index, min_size=2, max_size=2, unique=True), st.sampled_from(["lines", "places", "seals"])
)
def test_events_that_changed_places_are_seen(verify, pair, how):
    entries = list(seal(EVENTS[:SEALED]))
    one, other = pair
    a, b = entries[one], entries[other]
    entries[one], entries[other] = b, a
    if how == "places":  # each takes the other's position, and keeps its own seal
        entries[one] = Entry(b.event, a.position, b.leaf, b.chain)
        entries[other] = Entry(a.event, b.position, a.leaf, a.chain)
    if how == "seals":
        entries = list(seal(entry.event for entry in entries))
    findings = verify(export([*entries, Entry(EVENTS[12])]))
    if how != "seals":
        named = {"lines": "order", "places": "chain"}[how]
        assert f"event {100 + max(pair)}" in where(findings, named)
    elif min(pair) < OWN[-1]:
        assert "root" in kinds(findings)


@each
@given(st.integers(0, len(LINES) - 1))
def test_a_file_cut_at_any_line_is_seen(verify, kept):
    findings = verify(b"".join(LINES[:kept]))
    assert not findings.ok
    assert kept == 0 or "cut-off" in kinds(findings)


@each
@given(st.integers(0, EARLIER - 1))
def test_a_log_cut_before_the_checkpoint_says_how_much_is_left(verify, kept):
    entries = list(seal(EVENTS[:kept]))
    findings = verify(export(entries, shown=[], notes=[note(size) for size in OWN if size <= kept]))
    message = f"The log was cut off: your checkpoint covers 10 events, {kept} are here."
    assert message in [problem.message for problem in findings.problems]


def test_an_unsealed_event_cannot_hide_among_sealed_ones(verify):
    entries = list(seal(EVENTS[:SEALED]))
    findings = verify(export([*entries[:5], Entry(EVENTS[12]), *entries[5:]]))
    assert "event 105" in where(findings, "order")


# -- records ------------------------------------------------------------------------------------------------


def _tampered_records(thing_index, change):
    shown = copy.deepcopy(list(records()))
    thing, disclosed = shown[thing_index]
    if change == "value":
        disclosed["fields"]["state"]["value"] = "granted!"
    elif change == "salt":
        disclosed["fields"]["state"]["salt"] = "0" * 64
    elif change == "commitment":
        disclosed["withheld"]["conflict"] = "0" * 64
    elif change == "dropped field":
        del disclosed["withheld"]["conflict"]
    elif change == "added field":
        disclosed["fields"]["more"] = {"salt": "0" * 64, "value": 1}
    elif change == "another's":
        shown[thing_index] = (thing, shown[thing_index - 1][1])
    elif change == "removed":
        del shown[thing_index]
    elif change == "twice":
        shown.append(shown[thing_index])
    return thing, shown


CHANGES = ["value", "salt", "commitment", "dropped field", "added field", "another's", "removed", "twice"]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("index", range(3))
def test_any_change_to_any_record_is_named(verify, index, change):
    thing, shown = _tampered_records(index, change)
    findings = verify(export(shown=shown))
    assert where(findings, "record-missing" if change == "removed" else "record") == [thing]


def test_a_record_that_no_event_knows_or_that_was_erased_is_named(verify):
    known = list(records())
    extra = [("access.application:app_9", known[0][1]), ("access.application:app_3", known[0][1])]
    findings = verify(export(shown=[*known, *extra]))
    assert [problem.message for problem in findings.problems] == [
        "The record access.application:app_9 is in no event: it was added outside the log.",
        "The record access.application:app_3 was erased by event 111, yet it is here.",
    ]


# -- checkpoints --------------------------------------------------------------------------------------------


def test_a_forged_checkpoint_is_refused(verify):
    stranger = Ed25519PrivateKey.generate()
    findings = verify(EXPORT, note(EARLIER, key=stranger))
    assert where(findings, "signature") == ["your checkpoint"]
    forged = export(notes=[note(4), note(8, key=stranger), note(11)])
    assert kinds(verify(forged)) == ["signature"]


def test_a_checkpoint_of_another_log_is_refused(verify):
    elsewhere = Checkpoint("factory.example/other", 10, bytes(32))
    findings = verify(EXPORT, sign_checkpoint(elsewhere, KEY, ORIGIN))
    assert where(findings, "another-log") == ["your checkpoint"]


def test_an_export_signed_by_a_stranger_is_refused(verify):
    trusted = verifier_key(ORIGIN, Ed25519PrivateKey.generate())
    findings = verify(EXPORT, vkey=trusted)
    assert kinds(findings)[:2] == ["key", "signature"]
    assert kinds(verify(EXPORT, vkey="nonsense")) == ["key", "key"]


def test_a_keeper_who_rewrites_and_signs_anew_is_caught_by_the_earlier_checkpoint(verify):
    rewritten = [{**event, "actor": "usr_2"} if event["id"] == 102 else event for event in EVENTS]
    entries = [*seal(rewritten[:SEALED]), Entry(EVENTS[12])]
    findings = verify(export(entries, notes=[note(size, rewritten) for size in OWN]))
    assert kinds(findings) == ["two-histories", "checkpoint"]
    assert "signed two histories" in findings.problems[0].message


def test_a_checkpoint_out_of_place_and_one_beyond_the_end_are_named(verify):
    findings = verify(export(notes=[note(4), note(4)]))
    assert findings.ok  # twice the same is no lie
    late = [*LINES[:5], *LINES[6:8], LINES[5], *LINES[8:]]
    assert kinds(verify(b"".join(late))) == ["order"]
    longer = [*EVENTS, *({**EVENTS[0], "id": n} for n in range(5))]
    assert kinds(verify(export(notes=[note(15, longer)]))) == ["cut-off"]


def test_renumbered_positions_do_not_accuse_the_key(verify):
    entries = list(seal(EVENTS[:SEALED]))
    entries[2] = Entry(entries[2].event, 3, entries[2].leaf, entries[2].chain)
    assert "two-histories" not in kinds(verify(export([*entries, Entry(EVENTS[12])])))


# -- hostile files ------------------------------------------------------------------------------------------


# All but the header and the one event that is not sealed.
protected = [number for number in range(len(LINES)) if number not in {0, 16}]


@each
@given(st.data())
def test_no_single_byte_of_what_is_protected_can_change(verify, data):
    number = data.draw(st.sampled_from(protected))
    place = data.draw(st.integers(0, len(LINES[number]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != LINES[number][place]))
    changed = bytearray(LINES[number])
    changed[place] = byte
    findings = verify(b"".join([*LINES[:number], bytes(changed), *LINES[number + 1 :]]))
    assert not findings.ok


@each
@given(st.data())
def test_whatever_the_file_holds_there_are_findings_and_no_traceback(verify, data):
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        line = data.draw(
            st.binary(max_size=40)
            | st.sampled_from([b"[" * 100_000, b"1" * 5000, b'"\\ud800"', b"{}", b"\xff"])
            | st.sampled_from(LINES)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "event", "position", "leaf", "chain", "note", "thing", "fields", "withheld"]
                ),
                st.sampled_from(
                    ["event", "record", "checkpoint", "end", "\n", "zz", None, 1, -1, True, {}, [], {"a": {}}]
                ),
            ).map(lambda fields: canonical({"type": "event", **fields}))
        )
        lines[number] = line + b"\n"
    verify(b"".join(lines))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"nothing\n", "This is not JSON"),
        (b"[]\n", "not a JSON object"),
        (b'{"type":"gift"}\n', "not a line of this format"),
        (b'{"type":"event"}\n', "An event has the fields"),
        (b'{"note":"x", "type":"checkpoint"}\n', "not in canonical form"),
        (b'{"note":"x","note":"x","type":"checkpoint"}\n', "not in canonical form"),
        (b'{"note":1,"type":"checkpoint"}\n', "has the fields note"),
        (LINES[1].replace(b'"position":0', b'"position":1e999'), "neither sealed nor unsealed"),
        (LINES[1].replace(b'"id":100', b'"id":"\\ud800"'), "cannot be shown"),
        (LINES[16].replace(b'"target":"', b'"target":"\\ud800'), "cannot be canonical JSON"),
        (LINES[1].replace(b'"thing":"', b'"thing":1,"x":"'), "An event has the fields"),
    ],
)
def test_a_malformed_line_is_named_by_its_number(verify, line, says):
    findings = verify(b"".join([LINES[0], line, *LINES[1:]]))
    problem = findings.problems[0]
    assert (problem.kind, problem.where) == ("malformed", "line 2")
    assert says in problem.message


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b'{"type":"header"}\n', b'{"format":"aifactory-export/1","type":"header"}\n']
)
def test_a_file_that_is_no_export_is_refused(verify, content):
    assert kinds(verify(content)) == ["malformed"]


def test_what_cannot_be_opened_is_a_finding(tmp_path):
    assert kinds(verify_export(tmp_path / "absent", None)) == ["unreadable"]
    assert kinds(verify_export(tmp_path, None)) == ["unreadable"]
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as packed:
        packed.writestr("something.txt", "else")
    assert kinds(verify_export(tmp_path / "other.zip", None)) == ["unreadable"]
    damaged = bytearray((tmp_path / "other.zip").read_bytes().replace(b"something.txt", b"export.jsonl\x00"))
    (tmp_path / "damaged.zip").write_bytes(damaged)
    assert not verify_export(tmp_path / "damaged.zip", None).ok


def test_lines_without_end_and_lines_after_the_end_are_refused(verify):
    assert "malformed" in kinds(verify(EXPORT + LINES[1]))
    assert "over 4 MiB" in verify(LINES[0] + b"x" * 5_000_000).problems[0].message


def test_problems_are_counted_beyond_the_first_thousand(verify):
    findings = verify(LINES[0] + b"x\n" * 1500)
    assert len(findings.problems) == 1000
    assert findings.unlisted > 500
