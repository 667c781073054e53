"""What comes after the job: a signed model, advice, outcomes, the report, and the proof."""

import html
import json
import subprocess
from pathlib import Path
from typing import Any

from aifactory.demo.journey import Journey
from aifactory.demo.running import BIN, Browser, DemoFailed
from aifactory.expertise import actions as expertise
from aifactory.kit.units import human
from aifactory.registry import actions as registry
from aifactory.registry.cards import document
from aifactory.registry.models import ModelVersion
from aifactory.transparency import actions as transparency


def release_model(walk: Journey) -> ModelVersion:
    """Register what the job made, with card, provenance and signature, and release it through the gate."""
    walk.n.chapter("Results")
    noor, example = walk.cast["applicant"], walk.example
    attempt = walk.job.attempts.get()
    with walk.n.step("The report of the job", "compares the models on data that nobody trained on") as step:
        metrics = document(attempt, "metrics.json")
        for line in example.told(metrics):
            step.say(line)
    with walk.n.step(
        noor.name, "registers the model: card from the records, provenance signed (Ed25519)"
    ) as step:
        version: ModelVersion = step.made(
            registry.register(attempt, by=noor, name=example.model, intended_use=example.intended_use)
        )
        law = version.card["law"]
        step.say(
            f"digest {version.digest[:23]}…, {len(version.files)} files; AI Act: {law['result']}, later {law['later_result'] or '–'}"
        )
    with walk.n.step(noor.name, "releases it through the gate"):
        registry.release(version, by=noor)
    return version


def advise(walk: Journey) -> None:
    """An adviser takes a case and books hours on the award."""
    noor, adviser = walk.cast["applicant"], walk.cast["adviser"]
    with walk.n.step(noor.name, "asks the expertise centre a question") as step:
        case = step.made(
            expertise.ask(
                walk.project, by=noor, service="law", title="What changes when this becomes a medical device?",
                question="We stop at research now. Which duties come, and when should we start?",
            )
        )  # fmt: skip
    with walk.n.step(adviser.name, "takes the case, answers it, and books an hour and a half") as step:
        expertise.take(case, by=adviser)
        expertise.write(
            case,
            by=adviser,
            text="Went through Annex I and the risk file; start with the quality system.",
            seconds=5400,
        )
        line = walk.project.lines.get(resource="advice")
        step.say(f"{human('advice', line.drawn)} of {human('advice', line.amount)} used")


def report(walk: Journey, version: ModelVersion) -> None:
    """An outcome, and a final report drafted from the records."""
    noor, office = walk.cast["applicant"], walk.cast["office"]
    with walk.n.step(noor.name, "records an outcome") as step:
        step.made(
            transparency.record_outcome(
                walk.project,
                by=noor,
                kind="model",
                title=walk.example.outcome,
                evidence=f"Model version {version.pk}",
            )
        )
    with walk.n.step("The factory", "drafts the final report from its records") as step:
        draft = step.made(transparency.draft(walk.project, by=noor))
        energy = draft.figures["energy"]
        step.say(
            f"{energy['core_hours']:.3f} core-h, {energy['gpu_hours']:.0f} GPU-h, {energy['kwh']['value']:.5f} kWh, {energy['runs']} run(s)"
        )
    with walk.n.step(noor.name, "adds the words and submits it; the office accepts"):
        transparency.write(
            draft,
            by=noor,
            summary=f"{walk.example.outcome}.",
            unused="The work went faster than planned; the rest stays for a follow-up.",
        )
        transparency.submit(draft, by=noor)
        transparency.accept(draft, by=office)


def show_in_public(walk: Journey, citizen: Browser) -> None:
    """Anyone can read it: the register over HTTP, without an account."""
    walk.n.chapter("The register")
    with walk.n.step("A citizen", "opens the public register without an account") as step:
        page = html.unescape(citizen.page(f"/register/projects/{walk.project.pk}/"))
        for what in (walk.example.title, walk.cast.organisations["startup"].name):
            if what not in page:
                raise DemoFailed(f"The public page does not show {what!r}.")
        step.say(f"/register/projects/{walk.project.pk}/")


def prove(walk: Journey, home: Path) -> dict[str, Any]:
    """Export the log, verify it offline, and see that a tampered copy is named."""
    export, checkpoint = home / "export.jsonl", home / "checkpoint.txt"
    with walk.n.step(
        "An auditor", "exports the log and verifies it offline (aifactory verify EXPORT CHECKPOINT)"
    ) as step:
        _command("admin", "export", str(export), "--checkpoint", str(checkpoint), expect=0)
        found = _verify(export, checkpoint, expect=0)
        step.say(", ".join(f"{number} {what}" for what, number in found["checked"].items()))
    with walk.n.step("A forger", "changes one awarded amount in a copy, and is found out") as step:
        forged = home / "forged.jsonl"
        line = walk.project.lines.filter(resource="core").order_by("pk")[0]
        record = f"awards.awardline:{line.pk}"
        _forge(export, forged, record, line.amount)
        named = _verify(forged, checkpoint, expect=1)["problems"]
        if [problem["where"] for problem in named] != [record]:
            raise DemoFailed(f"The forgery was not named: {named}")
        step.say(f"{named[0]['where']}: {named[0]['message']}")
        forged.unlink()
    return dict(found["checked"])


def _forge(export: Path, forged: Path, record: str, amount: int) -> None:
    with export.open() as source, forged.open("w") as target:
        for text in source:
            line = json.loads(text)
            if line.get("thing") == record and line["type"] == "record":
                line["fields"]["amount"]["value"] = amount * 10
                target.write(
                    json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
                )
            else:
                target.write(text)


def _verify(export: Path, checkpoint: Path, *, expect: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        _command("verify", str(export), str(checkpoint), "--json", expect=expect)
    )
    return found


def _command(*words: str, expect: int) -> str:
    done = subprocess.run([str(BIN / "aifactory"), *words], capture_output=True, text=True, check=False)
    if done.returncode != expect:
        raise DemoFailed(
            f"aifactory {' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}"
        )
    return done.stdout
