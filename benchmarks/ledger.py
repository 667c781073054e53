"""The log as pure code: growing it, verifying a whole export offline, and proofs, beside pymerkle.

pymerkle (GPL, a development dependency) builds the same RFC 6962 tree from entries that are bytes already.
Full verification does more in its time: it reads the file, parses, writes each event canonically, hashes it,
follows the chain of seals, holds the checkpoints and checks the records. `ledger_verify` is our verified
events a second over pymerkle's appended entries a second. Rates are per second of processor time, one core.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pymerkle import InmemoryTree, verify_inclusion

from aifactory.audit.export_format import GENESIS, Entry, chain, event_content, write_export
from aifactory.audit.verify import verify_export
from aifactory.kit import disclosure, merkle
from aifactory.kit.checkpoint import Checkpoint, sign_checkpoint, verifier_key
from aifactory.kit.merkle import Frontier, Tree, leaf_hash
from benchmarks import ratio, table

SIZES = (10_000, 100_000, 1_000_000)
ORIGIN = "bench.example/log"
CHECKPOINT_EVERY = 10_000
PROOFS = 200
_SALT = bytes(32)


def events(count: int) -> Iterator[dict[str, Any]]:
    """Yield events as a factory writes them; each tenth is the last about its record."""
    for number in range(count):
        thing = f"access.application:app_{number // 10:026}"
        yield {
            "id": number,
            "at": f"2026-01-01T00:00:00.{number % 1_000_000:06}Z",
            "name": "application:submit",
            "actor": f"usr_{number % 97:026}",
            "thing": thing,
            "source": "draft",
            "target": "submitted",
            "digest": disclosure.commit(_document(number), _SALT) if number % 10 == 9 else "",
            "data": {"call": "call_0000000000000000000000001", "amount": number * 3600},
        }


def _document(number: int) -> dict[str, Any]:
    return {"id": f"app_{number // 10:026}", "state": "submitted", "amount": number * 3600}


def write(path: Path, count: int, key: Ed25519PrivateKey) -> tuple[str, list[bytes]]:
    """Write an export of `count` sealed events; return its last checkpoint and the leaf hashes."""
    leaves = [leaf_hash(event_content(event)) for event in events(count)]
    notes, frontier = [], Frontier()
    for size in range(CHECKPOINT_EVERY, count + 1, CHECKPOINT_EVERY):
        frontier.extend(leaves[frontier.size : size])
        notes.append(sign_checkpoint(Checkpoint(ORIGIN, size, frontier.root()), key))
    records = (
        (
            f"access.application:app_{number // 10:026}",
            disclosure.disclose(_document(number), _SALT, {"id", "state"}),
        )
        for number in range(9, count, 10)
    )
    with path.open("wb") as stream:
        write_export(
            stream,
            origin=ORIGIN,
            vkey=verifier_key(ORIGIN, key),
            at="2026-01-02T00:00:00.000000Z",
            entries=sealed(leaves),
            records=records,
            checkpoints=notes,
        )
    return notes[-1], leaves


def sealed(leaves: list[bytes]) -> Iterator[Entry]:
    """Yield the events with the seals that a factory would have stored."""
    link = GENESIS
    for position, (event, leaf) in enumerate(zip(events(len(leaves)), leaves, strict=True)):
        link = chain(link, leaf)
        yield Entry(event, position, leaf.hex(), link.hex())


def rate(count: int, start: float) -> float:
    """Return how many a second of processor time since `start`."""
    return count / (time.process_time() - start)


def ours(count: int) -> dict[str, float]:
    """Measure this log: rates per second, proof in bytes."""
    key = Ed25519PrivateKey.generate()
    with tempfile.TemporaryDirectory(prefix="aifactory-ledger-") as folder:
        path = Path(folder) / "export.jsonl"
        note, leaves = write(path, count, key)
        contents = [event_content(event) for event in events(count)]
        start = time.process_time()
        frontier = Frontier()
        for content in contents:
            frontier.append(leaf_hash(content))
        root = frontier.root()
        figures = {"append": rate(count, start)}
        del contents
        start = time.process_time()
        findings = verify_export(path, note, verifier_key(ORIGIN, key))
        figures["full verify"] = rate(count, start)
        if not findings.ok or findings.checked["covered"] != count:
            raise RuntimeError(f"The export that was just written does not verify: {findings}")
    tree = Tree(leaves)
    wanted = range(0, count, count // PROOFS)
    start = time.process_time()
    proofs = [tree.inclusion_proof(index) for index in wanted]
    figures["prove"] = rate(len(wanted), start)
    start = time.process_time()
    held = [
        merkle.verify_inclusion(leaves[index], index, count, proof, root)
        for index, proof in zip(wanted, proofs, strict=True)
    ]
    figures["check proof"] = rate(len(wanted), start)
    if not all(held):
        raise RuntimeError("A proof that was just made does not hold.")
    return figures | {"proof bytes": max(len(b"".join(proof)) for proof in proofs)}


def peer(count: int) -> dict[str, float]:
    """Measure pymerkle on the same entries."""
    contents = [event_content(event) for event in events(count)]
    tree = InmemoryTree(algorithm="sha256")
    start = time.process_time()
    for content in contents:
        tree.append_entry(content)
    root = tree.get_state()
    figures = {"append": rate(count, start)}
    wanted = range(1, count + 1, count // PROOFS)
    start = time.process_time()
    proofs = [tree.prove_inclusion(index) for index in wanted]
    figures["prove"] = rate(len(wanted), start)
    start = time.process_time()
    for index, proof in zip(wanted, proofs, strict=True):
        verify_inclusion(tree.get_leaf(index), root, proof)
    figures["check proof"] = rate(len(wanted), start)
    size = max(sum(len(bytes.fromhex(node)) for node in proof.serialize()["path"]) for proof in proofs)
    return figures | {"proof bytes": size}


def main() -> None:
    """Print the table and the ratios at the largest size measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max", type=int, default=SIZES[-1], help="the largest log, in events")
    largest = parser.parse_args().max
    rows, mine, theirs = [], {}, {}
    columns = ("append", "full verify", "prove", "check proof", "proof bytes")
    for count in (size for size in SIZES if size <= max(largest, SIZES[0])):
        mine, theirs = ours(count), peer(count)
        for name, figures in (("this log", mine), ("pymerkle", theirs)):
            shown = (f"{figures[column]:,.0f}" if column in figures else "-" for column in columns)
            rows.append([name, f"{count:,}", *shown])
    head = ["", "events", "append/s", "full verify/s", "prove/s", "check proof/s", "proof bytes"]
    table(head, rows)
    ratio("ledger_verify", mine["full verify"] / theirs["append"], 1.0)
    ratio("ledger_append", mine["append"] / theirs["append"], 1.0)


if __name__ == "__main__":
    main()
