"""Verify an export of the log offline, against a checkpoint obtained earlier.

What it can prove: no event that the checkpoint covers was altered, added, removed or moved, and each record
is what its last event says it is. What it cannot: events after the checkpoint rest on later checkpoints in
the export itself, those not sealed on nothing; an end cut off later shows only in a later checkpoint. Of an
event that is kept back until a decision is published only the leaf is here: its place and its hash are proved,
what it says can be checked once it is public.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from aifactory.audit.export_format import BLIND_LINE, FILE, FORMAT, SEALED_LINE, Malformed, parse
from aifactory.audit.findings import Findings, Problem
from aifactory.audit.verify_log import LogCheck
from aifactory.audit.verify_records import RecordCheck
from aifactory.kit.canonical import canonical
from aifactory.kit.checkpoint import VerifierKey
from aifactory.kit.signing import BadSignature

__all__ = ["Findings", "Problem", "verify_export"]

_LONGEST_LINE = 4 * 1024 * 1024


def verify_export(path: Path, checkpoint_text: str | None, trusted_vkey: str | None = None) -> Findings:
    """Check an export (`.jsonl`, a folder or a zip that holds `export.jsonl`) and return what was found.

    `checkpoint_text`: a signed checkpoint obtained earlier; without one only the export's own are held to.
    `trusted_vkey`: the log's verifier key, obtained elsewhere than in the export.
    Raises nothing for what the file holds: every flaw is a finding.
    """
    findings = Findings()
    lines = _lines(path, findings)
    header = _header(lines, findings)
    if header is None:
        return findings
    key = _key(header, trusted_vkey, findings)
    if key is None:
        return findings
    log = LogCheck(findings, key, header["origin"])
    log.expect(checkpoint_text)
    records = RecordCheck(findings)
    _read(lines, log, records, findings)
    log.finish()
    records.finish(log)
    return findings


def _lines(path: Path, findings: Findings) -> Iterator[tuple[int, bytes]]:
    """Yield the lines with their numbers; what cannot be read becomes a problem."""
    try:
        with ExitStack() as stack:
            stream: IO[bytes]
            if path.is_file() and zipfile.is_zipfile(path):
                stream = stack.enter_context(stack.enter_context(zipfile.ZipFile(path)).open(FILE))
            else:
                stream = stack.enter_context((path / FILE if path.is_dir() else path).open("rb"))
            number = 0
            while raw := stream.readline(_LONGEST_LINE + 1):
                number += 1
                if len(raw) > _LONGEST_LINE:
                    findings.add(
                        "malformed", f"line {number}", "This line is over 4 MiB; reading stops here."
                    )
                    return
                yield number, raw
    except (OSError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error) as problem:
        findings.add("unreadable", str(path), f"The export cannot be read: {problem}")


def _exactly(raw: bytes, line: dict[str, Any], **kinds: type) -> None:
    """Require these fields of these kinds and nothing else, in canonical form so that nothing can hide."""
    if line.keys() != {"type", *kinds} or any(type(line[name]) is not kind for name, kind in kinds.items()):
        raise Malformed(f"A {line['type']} line has the fields {', '.join(kinds)}, and no others.")
    try:
        same = canonical(line) + b"\n" == raw
    except (ValueError, RecursionError) as problem:
        raise Malformed(f"This cannot be canonical JSON: {problem}.") from problem
    if not same:
        raise Malformed("This line is not in canonical form, so it was not written by an export.")


def _header(lines: Iterator[tuple[int, bytes]], findings: Findings) -> dict[str, Any] | None:
    _, raw = next(lines, (0, b""))
    where = "line 1"
    if not raw:
        if findings.ok:
            findings.add("malformed", where, "The export is empty.")
        return None
    try:
        line = parse(raw)
        if line.get("type") == "header" and line.get("format") == FORMAT:
            _exactly(raw, line, format=str, origin=str, vkey=str, at=str)
            return line
        findings.add("malformed", where, f"An export starts with a header of format {FORMAT}.")
    except Malformed as problem:
        findings.add("malformed", where, str(problem))
    return None


def _key(header: dict[str, Any], trusted: str | None, findings: Findings) -> VerifierKey | None:
    if trusted is None:
        findings.notes.append(
            "The signing key was taken from the export itself, so signatures do not prove who made it. "
            "Give the log's key, obtained in another way."
        )
    elif trusted.strip() != header["vkey"]:
        findings.add("key", "header", "The export names another signing key than the one you trust.")
    try:
        return VerifierKey.parse(trusted or header["vkey"])
    except BadSignature as problem:
        findings.add("key", "header" if trusted is None else "the key given", str(problem))
        return None


def _read(
    lines: Iterator[tuple[int, bytes]], log: LogCheck, records: RecordCheck, findings: Findings
) -> None:
    counts = findings.checked = {"events": 0, "records": 0, "checkpoints": 0}
    for number, raw in lines:
        try:
            if sealed := SEALED_LINE.fullmatch(raw):
                counts["events"] += 1
                records.seen(log.sealed(*sealed.groups()))
                continue
            if blind := BLIND_LINE.fullmatch(raw):
                counts["events"] += 1
                log.blind(*blind.groups())
                continue
            line = parse(raw)
            where = f"line {number}"
            match line.get("type"):
                case "event":
                    counts["events"] += 1
                    records.seen(log.unsealed(raw, line))
                case "checkpoint":
                    counts["checkpoints"] += 1
                    _exactly(raw, line, note=str)
                    log.checkpoint(where, line["note"])
                case "record":
                    counts["records"] += 1
                    _exactly(raw, line, thing=str, fields=dict, withheld=dict)
                    records.record(line)
                case "end":
                    _exactly(raw, line, events=int, records=int, checkpoints=int)
                    _compare_counts(where, line, counts, findings)
                    break
                case _:
                    findings.add("malformed", where, "This is not a line of this format.")
        except Malformed as problem:
            findings.add("malformed", f"line {number}", str(problem))
    else:
        findings.add("cut-off", "end", "The file has no end line: it was cut off, or is still being written.")
    for number, _ in lines:
        findings.add("malformed", f"line {number}", "There is more after the end of the export.")
        return


def _compare_counts(where: str, line: dict[str, Any], counts: dict[str, int], findings: Findings) -> None:
    for kind, count in counts.items():
        if line[kind] != count:
            message = f"The export says it has {line[kind]} {kind}, but {count} were found."
            findings.add("count", where, message)
