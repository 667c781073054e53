"""What an agent talks to: the portal's desk, in the same process or over HTTPS.

The agent pulls what should be (`orders`), does it, and reports what is. It never learns more than an order.
"""

from dataclasses import dataclass, field
from typing import Protocol

from aifactory.ports.engine import Limits, Status


@dataclass(frozen=True)
class InputFile:
    """One file of an input: its place in the object store, and the digest and size (bytes) that were inspected.

    Where its bytes rest sealed, `opener` opens this one file (base64): it goes to the machine that brings the file to
    the attempt, with the order, and is kept nowhere.
    """

    path: str
    key: str
    digest: str
    size: int
    opener: str = field(default="", repr=False)


@dataclass(frozen=True)
class Grant:
    """The signed permission to mount one dataset version for one attempt (a DSSE envelope as JSON text)."""

    envelope: str


@dataclass(frozen=True)
class Input:
    """A dataset or model version mounted under a role; `grant` is None for files that the project owns."""

    role: str
    files: tuple[InputFile, ...]
    grant: Grant | None


@dataclass(frozen=True)
class RunOrder:
    """Run this attempt. `recipe` is a recipe's id, `recipe_digest` what its folder must hash to.

    With a `sealer` (a key in base64, kept nowhere) what the attempt wrote is sealed before it leaves the machine; every
    order that its results may come with brings it.
    """

    attempt: str
    recipe: str
    recipe_digest: str
    parameters: dict[str, object]
    inputs: tuple[Input, ...]
    limits: Limits
    restricted: bool
    project: str = ""
    sealer: str = field(default="", repr=False)


@dataclass(frozen=True)
class CancelOrder:
    """Stop this attempt, and say why."""

    attempt: str
    reason: str
    sealer: str = field(default="", repr=False)


@dataclass(frozen=True)
class WatchOrder:
    """Keep reporting on this attempt: the portal believes that it runs.

    `grants` by role renew the permission to use its data; without them it runs out.
    """

    attempt: str
    grants: dict[str, Grant] = field(default_factory=dict)
    sealer: str = field(default="", repr=False)


@dataclass(frozen=True)
class ForgetOrder:
    """The portal has everything it needs of this attempt; its files may go."""

    attempt: str


Order = RunOrder | CancelOrder | WatchOrder | ForgetOrder


@dataclass(frozen=True)
class OutputFile:
    """One result, stored by the agent before it reports the end. With a `salt` (hex) its bytes rest sealed.

    Digest and size are those of the result itself either way.
    """

    path: str
    key: str
    digest: str
    size: int
    salt: str = ""


@dataclass(frozen=True)
class Report:
    """What is true of one attempt now. `outputs` come with the first report of an ended phase.

    `refused` is set (with `status` None) when the attempt was never started and never will be; `problem` when an
    order could not be carried out this time, with `verb` what it was: it is tried again in the next turn.
    `log_tail` is the end of what it printed, `log_end` how many characters that was in all; `progress` the
    last progress line, parsed.
    """

    attempt: str
    status: Status | None
    refused: str = ""
    problem: str = ""
    verb: str = ""
    outputs: tuple[OutputFile, ...] = ()
    progress: dict[str, object] = field(default_factory=dict)
    log_tail: str = ""
    log_end: int = 0
    facts: dict[str, object] = field(default_factory=dict)


class Desk(Protocol):
    """Both verbs may be repeated at will: orders state a wish, reports state a fact."""

    def orders(self, engine: str) -> list[Order]: ...

    def report(self, engine: str, reports: list[Report]) -> None: ...
