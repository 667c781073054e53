"""The records of an export held against the last event about each."""

from typing import Any

from aifactory.audit.export_format import ERASED, Malformed
from aifactory.audit.findings import Findings
from aifactory.audit.verify_log import LogCheck, Seen
from aifactory.kit.disclosure import MalformedDisclosure, digest_of


class RecordCheck:
    """Holds each record against the last event about it: one short entry a thing in memory."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.last: dict[str, Seen] = {}
        self.checked: set[str] = set()

    def seen(self, event: Seen) -> None:
        """Remember what an event says about its thing; events without a digest say nothing."""
        if event.thing and event.digest:
            self.last[event.thing] = event

    def record(self, line: dict[str, Any]) -> None:
        """Recompute a record's digest from what is shown of it. Raises `Malformed`."""
        thing = line["thing"]
        if not thing.isprintable():
            raise Malformed("The name of this record has characters that cannot be shown.")
        event = self.last.get(thing)
        if thing in self.checked:
            self.findings.add("record", thing, f"The record {thing} occurs twice.")
            return
        self.checked.add(thing)
        if event is None:
            self.findings.add(
                "record", thing, f"The record {thing} is in no event: it was added outside the log."
            )
            return
        if event.digest == ERASED:
            self.findings.add(
                "record", thing, f"The record {thing} was erased by {event.name}, yet it is here."
            )
            return
        try:
            agrees = digest_of({"fields": line["fields"], "withheld": line["withheld"]}) == event.digest
        except MalformedDisclosure as problem:
            raise Malformed(str(problem)) from problem
        if not agrees:
            message = (
                f"The record {thing} was changed outside the log: it is not what {event.name} says it is."
            )
            self.findings.add("record", thing, message)

    def finish(self, log: LogCheck) -> None:
        """Name records that are missing, and count those whose last event nothing signed covers."""
        erased = uncovered = 0
        for thing, event in self.last.items():
            if event.digest == ERASED:
                erased += 1
            elif thing not in self.checked:
                self.findings.add("record-missing", thing, f"The record {thing} of {event.name} is not here.")
            uncovered += event.position is None or event.position >= log.holds
        self.findings.checked["erased"] = erased
        if erased:
            self.findings.notes.append(f"Records that were erased, as the log says: {erased}.")
        if uncovered:
            self.findings.notes.append(
                f"Records and erasures that rest on an event which no signed checkpoint covers: {uncovered}."
            )
