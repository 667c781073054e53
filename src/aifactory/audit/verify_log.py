"""The events of an export held against their seals, and the seals against signed checkpoints."""

from binascii import unhexlify
from dataclasses import dataclass
from typing import Any, NamedTuple

from aifactory.audit.export_format import EVENT_FIELDS, GENESIS, Malformed, chain, event_line, parse
from aifactory.audit.findings import Findings
from aifactory.kit.canonical import canonical
from aifactory.kit.checkpoint import Checkpoint, VerifierKey, parse_and_verify
from aifactory.kit.merkle import Frontier, leaf_hash
from aifactory.kit.signing import BadSignature


class Seen(NamedTuple):
    """What the log last said about a thing."""

    id: int | str
    thing: str
    digest: str
    position: int | None

    @property
    def name(self) -> str:
        """Return how findings call the event."""
        return f"event {self.id}"


@dataclass(frozen=True)
class Break:
    """A checkpoint that does not agree: its size, that of the last one that did, and the events between."""

    size: int
    good: int
    first: Seen | None
    last: Seen | None


class LogCheck:
    """Follows events and checkpoints in order, with a few hashes in memory."""

    def __init__(self, findings: Findings, key: VerifierKey, origin: str) -> None:
        self.findings = findings
        self.key = key
        self.origin = origin
        self.earlier: Checkpoint | None = None
        self.earlier_size = -1
        self.frontier = Frontier()
        self.link = GENESIS
        self.next = 0  # the position that comes next
        self.loose = 0  # events that are not sealed
        self.hidden = 0  # events of which only the leaf is shown
        self.holds = -1  # the largest size at which a signed checkpoint agrees with the events
        self.broken: Break | None = None  # at the first that does not
        self.since: Seen | None = None  # the first event after the last checkpoint that agrees
        self.last: Seen | None = None
        self.earlier_holds = False

    def expect(self, note: str | None) -> None:
        """Take the checkpoint obtained earlier, if it is a true one of this log."""
        if note is None:
            self.findings.notes.append(
                "Without a checkpoint obtained earlier, a log that its keeper rewrote looks true."
            )
            return
        self.earlier = self._open("your checkpoint", note)
        if self.earlier:
            self.earlier_size = self.earlier.size
        if self.earlier_size == 0:
            self._reach()

    def _open(self, where: str, note: str) -> Checkpoint | None:
        try:
            point = parse_and_verify(note, [self.key])
        except BadSignature as problem:
            self.findings.add("signature", where, str(problem))
            return None
        if point.origin != self.origin:
            message = f"It is a checkpoint of {point.origin}, and the export is of {self.origin}."
            self.findings.add("another-log", where, message)
            return None
        return point

    def sealed(self, link: bytes, content: bytes, leaf: bytes, place: bytes) -> Seen:
        """Check a sealed event (groups of `SEALED_LINE`) against its seal. Raises `Malformed`."""
        computed, position = leaf_hash(content), int(place)
        event = _event(parse(content))
        seen = Seen(event["id"], event["thing"], event["digest"], position)
        return self._place(seen, computed, unhexlify(leaf), unhexlify(link), position)

    def blind(self, link: bytes, leaf: bytes, place: bytes) -> None:
        """Check an event that is kept back (groups of `BLIND_LINE`): its leaf is taken as it stands."""
        self.hidden += 1
        position, stored = int(place), unhexlify(leaf)
        self._place(
            Seen(f"kept back at {position}", "", "", position), stored, stored, unhexlify(link), position
        )

    def _place(self, seen: Seen, computed: bytes, leaf: bytes, stored: bytes, position: int) -> Seen:
        if position != self.next or self.loose:
            self._say_out_of_order(seen.name, position)
        elif leaf != computed:
            message = (
                f"The {seen.name} at position {position} was altered: it has not the hash it was sealed with."
            )
            self.findings.add("event-altered", seen.name, message)
        elif chain(self.link, computed) != stored:
            self._say_unchained(seen.name, position)
        self.link = stored  # and not what it should have been, so that one change is reported once
        self.frontier.append(computed)
        self.next = position + 1
        self.since, self.last = self.since or seen, seen
        if self.next == self.earlier_size:
            self._reach()
        return seen

    def unsealed(self, raw: bytes, line: dict[str, Any]) -> Seen:
        """Count an event without a seal. Raises `Malformed`."""
        event = _event(line.get("event"))
        try:
            same = event_line(canonical(event), None, "", "") == raw
        except (ValueError, RecursionError) as problem:
            raise Malformed(f"This cannot be canonical JSON: {problem}.") from problem
        if not same:
            raise Malformed("This is no event line as an export writes it, neither sealed nor unsealed.")
        self.loose += 1
        return Seen(event["id"], event["thing"], event["digest"], None)

    def _say_unchained(self, name: str, position: int) -> None:
        message = (
            f"The seal of {name} at position {position} does not follow from the one before it: "
            "an event was added, removed or moved here, or the seal was altered."
        )
        self.findings.add("chain", name, message)

    def _say_out_of_order(self, name: str, position: int) -> None:
        if self.loose and position == self.next:
            message = f"The sealed {name} comes after events that are not sealed: it was moved."
        elif position > self.next:
            gap = f"{self.next}" if position == self.next + 1 else f"{self.next} to {position - 1}"
            message = f"No event at position {gap}: removed or moved before {name} at position {position}."
        else:
            message = f"The {name} at position {position} follows position {self.next - 1}: added or moved."
        self.findings.add("order", name, message)

    def checkpoint(self, where: str, note: str) -> None:
        """Hold one of the export's own checkpoints against the events so far."""
        point = self._open(where, note)
        if point is None:
            return
        if point.size > self.next:
            message = (
                f"The log was cut off: this checkpoint covers {point.size} events, but {self.next} are here."
            )
            self.findings.add("cut-off", where, message)
        elif point.size < self.next:
            self.findings.add("order", where, f"The checkpoint of size {point.size} is not in its place.")
        else:
            self._hold(point)

    def _reach(self) -> None:
        if self.earlier:
            self.earlier_holds = self._hold(self.earlier)

    def _hold(self, point: Checkpoint) -> bool:
        if self.frontier.size != point.size:
            return False  # gaps or additions, named already; comparing roots would accuse the key wrongly
        agrees = self.frontier.root() == point.root
        if agrees:
            self.holds = max(self.holds, point.size)
            self.since = None
        elif self.broken is None:
            self.broken = Break(point.size, max(self.holds, 0), self.since, self.last)
        return agrees

    def finish(self) -> None:
        """Say what the checkpoints proved and what they could not."""
        covered = self.earlier.size if self.earlier and self.earlier_holds else 0
        self.findings.checked |= {"sealed": self.next, "unsealed": self.loose, "covered": covered}
        if self.broken and self.broken.size <= self.holds:
            self._say_two_histories(self.broken.size)
        elif self.broken:
            self._say_where_it_broke(self.broken)
        if self.earlier:
            self._say_what_the_earlier_one_proved(self.earlier)
        notes = self.findings.notes
        if self.next > max(self.holds, 0):
            beyond = self.next - max(self.holds, 0)
            notes.append(f"Sealed events that no signed checkpoint covers and agrees with: {beyond}.")
        if self.hidden:
            notes.append(
                "Events that are kept back until a decision is published, of which only the leaf is here: "
                f"{self.hidden}."
            )
        if self.loose:
            notes.append(f"Events that are not sealed yet, so nothing protects them: {self.loose}.")

    def _say_two_histories(self, size: int) -> None:
        # A root covers all that came before it, so a true log agrees with every smaller checkpoint too.
        message = (
            "The log's key signed two histories that clash: the export agrees with the checkpoint "
            f"of size {self.holds}, which contradicts the one of size {size}. Keep both as proof."
        )
        self.findings.add("two-histories", f"positions 0 to {max(size - 1, 0)}", message)

    def _say_where_it_broke(self, broken: Break) -> None:
        place = f"positions {broken.good} to {max(broken.size - 1, broken.good)}"
        named = f" ({broken.first.name} to {broken.last.name})" if broken.first and broken.last else ""
        message = (
            f"Among {place}{named} something was altered, added, removed, moved: "
            f"the checkpoint of size {broken.size} does not agree with the events."
        )
        if broken.good:
            message += f" The one of size {broken.good} does: what it covers is intact if the key is safe."
        self.findings.add("root", place, message)

    def _say_what_the_earlier_one_proved(self, earlier: Checkpoint) -> None:
        if self.next < earlier.size:
            message = (
                f"The log was cut off: your checkpoint covers {earlier.size} events, {self.next} are here."
            )
            self.findings.add("cut-off", "end of the log", message)
        elif self.earlier_holds:
            self.findings.notes.append(
                f"The {earlier.size} events that your checkpoint covers are unchanged. "
                "Whether later ones were cut off can only be seen with a later checkpoint."
            )
            if self.holds > earlier.size:
                self.findings.notes.append(
                    "Events after your checkpoint that only the export's own checkpoints cover: "
                    f"{self.holds - earlier.size}."
                )
        else:
            message = f"Your checkpoint of size {earlier.size} does not agree with the events in the export."
            self.findings.add("checkpoint", "your checkpoint", message)


def _event(event: Any) -> dict[str, Any]:
    if type(event) is not dict or event.keys() != EVENT_FIELDS:
        raise Malformed(f"An event has the fields {', '.join(sorted(EVENT_FIELDS))}, and no others.")
    number, thing = event["id"], event["thing"]
    if type(thing) is not str or type(event["digest"]) is not str or type(number) not in {int, str}:
        raise Malformed("An event's id is a number or text; its thing and digest are text (or empty).")
    if not thing.isprintable() or (type(number) is str and not number.isprintable()):
        raise Malformed("An event's id or thing has characters that cannot be shown.")
    return event
