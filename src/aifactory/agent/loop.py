"""The agent: beside an engine, it pulls what should be, does it, and reports what is.

It keeps nothing in memory between turns. Every step may be repeated, so an agent that is killed at
any point does the right thing when it is started again: what the engine knows is never submitted
twice, and what it does not know is staged afresh.
"""

import base64
import codecs
import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from aifactory.adapters.engine.outputs import ResultFile, list_results, read_tail
from aifactory.agent.environments import Environments
from aifactory.agent.grants import VerifyGrant
from aifactory.agent.recipes import Recipe, copy_recipe
from aifactory.agent.staging import Staging
from aifactory.kit.errors import Refused
from aifactory.kit.sealed import hidden_name, sealed_alike, sealed_size
from aifactory.ports.desk import (
    CancelOrder,
    Desk,
    ForgetOrder,
    Order,
    OutputFile,
    Report,
    RunOrder,
    WatchOrder,
)
from aifactory.ports.engine import ENDED, Attempt, Engine, EngineRefused, Phase, Status
from aifactory.ports.object_store import Shelf

LOG_TAIL = 64_000
LOG_PIECE = 1_000_000
log = structlog.get_logger()


class Agent:
    """One engine's agent. `root` holds the staged inputs; `recipes_root` the recipes this engine has."""

    def __init__(
        self,
        desk: Desk,
        engine: Engine,
        store: Shelf,
        environments: Environments,
        *,
        recipes_root: Path,
        verify_grant: VerifyGrant,
        root: Path,
    ) -> None:
        self.desk, self.engine, self.store = desk, engine, store
        self.environments, self.recipes_root, self.verify_grant = environments, recipes_root, verify_grant
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.staging = Staging(root / "staging", store)

    def turn(self) -> int:
        """Carry out every order once and report; return how many reports went out.

        Something unforeseen with one attempt (a full disk, a store out of reach) is logged and tried
        again next turn; it does not hold up the others.
        """
        orders = self.desk.orders(self.engine.name)
        if not orders:
            return 0
        known, at_once = self._known(orders), min(self.engine.at_once, len(orders))
        if at_once == 1:
            reports = [self._tried(order, known) for order in orders]
        else:
            with ThreadPoolExecutor(at_once, thread_name_prefix="order") as pool:
                begun = [pool.submit(copy_context().run, self._tried, order, known) for order in orders]
                reports = [report.result() for report in begun]
        self.desk.report(self.engine.name, reports)
        return len(reports)

    def _known(self, orders: list[Order]) -> dict[str, Status] | None:
        """Ask the engine about all attempts at once; None where that fails, and each has to be asked about."""
        try:
            return self.engine.status([order.attempt for order in orders])
        except Exception:
            log.exception("status_failed", attempts=len(orders))
            return None

    def _tried(self, order: Order, known: dict[str, Status] | None) -> Report:
        try:
            told = self.engine.status([order.attempt]) if known is None else known
            return self._carry_out(order, told.get(order.attempt))
        except Exception as trouble:
            verb = type(order).__name__.removesuffix("Order").lower()
            log.exception("order_failed", attempt=order.attempt, order=verb)
            return Report(order.attempt, None, problem=f"{type(trouble).__name__}: {trouble}", verb=verb)

    def _carry_out(self, order: Order, known: Status | None) -> Report:
        """Do what is ordered, where `known` is what the engine said of the attempt when this turn began."""
        match order:
            case ForgetOrder():
                return self._forget(order, known)
            case RunOrder() if known is None:
                if refused := self._start(order):
                    return Report(order.attempt, None, refused=refused)
            case CancelOrder() if known is None:
                return Report(order.attempt, Status(order.attempt, Phase.CANCELLED, order.reason))
            case CancelOrder():
                self.engine.cancel(order.attempt, order.reason)
            case WatchOrder() if known is None:
                reason = "This engine does not know the attempt."
                return Report(order.attempt, Status(order.attempt, Phase.LOST, reason))
            case RunOrder() | WatchOrder() if known is not None:
                if known.phase not in ENDED:
                    self.staging.keep_grants(order.attempt, _envelopes(order))
                return self._describe(known, order.sealer)
        return self._describe(self.engine.status([order.attempt])[order.attempt], order.sealer)

    def _start(self, order: RunOrder) -> str:
        """Check, bring and submit. Returns why it was refused, empty when the engine has it."""
        try:
            code = self.staging.begin(order.attempt)
            recipe = copy_recipe(order.recipe, self.recipes_root, code, order.recipe_digest)
            for given in order.inputs:
                self.verify_grant(given, order)
            inputs = self.staging.bring(order)
            permitted = self.staging.keep_grants(order.attempt, _envelopes(order))
            environment = self._environment(recipe, code, inputs)
            python = "python" if environment else "python3"
            argv = tuple(python if word == "python" else word for word in recipe.entry)
            self.engine.submit(
                Attempt(
                    order.attempt,
                    argv,
                    code,
                    environment,
                    inputs,
                    order.limits,
                    restricted=order.restricted,
                    project=order.project,
                    grants=permitted,
                    grant_keys=self.verify_grant.public() if permitted else {},
                )
            )
        except (Refused, EngineRefused) as refusal:
            self.staging.clear(order.attempt)
            return str(refusal)
        return ""

    def _environment(self, recipe: Recipe, code: Path, inputs: dict[str, Path]) -> Path | None:
        """Return the environment that was given to the recipe, else what its lock asks for; None: the system's."""
        required = inputs.get(recipe.requirements)
        if required and (required / "requirements.txt").is_file():
            return self.environments.required(required / "requirements.txt")
        if (code / "uv.lock").is_file():
            return self.environments.ready(code)
        return None

    def _forget(self, order: ForgetOrder, known: Status | None) -> Report:
        """Remove the inputs first, then everything; a running attempt is not forgotten."""
        if known is None or known.phase in ENDED:
            self.staging.clear(order.attempt)
            self.engine.forget(order.attempt)
        gone = self.engine.outputs(order.attempt) is None
        return Report(order.attempt, known, facts={"forgotten": gone})

    def _describe(self, status: Status, sealer: str) -> Report:
        said, end = self._log_tail(status.name)
        report = Report(status.name, status, log_tail=said, log_end=end)
        folder = self.engine.outputs(status.name)
        if folder is not None:
            report = replace(report, progress=_last_progress(folder))
        if status.phase not in ENDED:
            return report
        if folder is not None:
            outputs, left_out = self._keep(status.name, folder, base64.b64decode(sealer))
            report = replace(report, outputs=outputs, facts={"left_out": left_out} if left_out else {})
        self.staging.clear(status.name)  # nobody needs the copies any more
        return report

    def _keep(
        self, attempt: str, folder: Path, sealer: bytes
    ) -> tuple[tuple[OutputFile, ...], dict[str, str]]:
        """Put results into the store, before the end is reported, so that a reported end has its results."""
        results = list_results(folder)
        put = partial(self._put_sealed, sealer) if sealer else self._put
        return tuple(put(f"attempts/{attempt}", file) for file in results.files), results.left_out

    def _put(self, place: str, file: ResultFile) -> OutputFile:
        stored = self.store.put(f"{place}/{file.path}", file.chunks(), limit=file.size)
        return OutputFile(file.path, stored.key, stored.digest, stored.size)

    def _put_sealed(self, key: bytes, place: str, file: ResultFile) -> OutputFile:
        """Put a result so that the store learns neither its bytes nor its name; killed and done again, alike."""
        place = f"{place}/{hidden_name(key, file.path)}"
        sealed = sealed_alike(file.chunks, key, place)
        self.store.put(place, sealed.chunks, limit=sealed_size(sealed.size))
        return OutputFile(file.path, place, f"sha256:{sealed.salt}", sealed.size, sealed.salt)

    def _log_tail(self, attempt: str) -> tuple[str, int]:
        """Return the end of what it printed and how many characters that was in all; the same text at every turn."""
        read, tail, after, end = codecs.getincrementaldecoder("utf-8")("replace"), "", 0, 0
        while piece := self.engine.log(attempt, after=after):
            after += len(piece)
            said = read.decode(piece).replace("\0", "\N{REPLACEMENT CHARACTER}")  # no database keeps a NUL
            end += len(said)
            tail = (tail + said)[-LOG_TAIL:]
        return tail, end


def _envelopes(order: RunOrder | WatchOrder) -> dict[str, str]:
    """Return the signed permissions that an order brings, by role."""
    if isinstance(order, WatchOrder):
        return {role: grant.envelope for role, grant in order.grants.items()}
    return {given.role: given.grant.envelope for given in order.inputs if given.grant}


def _last_progress(folder: Path) -> dict[str, Any]:
    """Return the last line of `progress.jsonl` that is a JSON object; a job writes it, so expect anything."""
    lines = read_tail(folder, "progress.jsonl", LOG_TAIL).splitlines()
    for line in reversed(lines):
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict):
            return told
    return {}
