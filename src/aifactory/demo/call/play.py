"""`script/demo --example call`: 120 applications from the opening of a call to their letters, and the proof."""

import json
import subprocess
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from rich.markup import escape

from aifactory.access.models import Application, Matching, Review
from aifactory.audit.sealing import seal_all
from aifactory.demo import cast
from aifactory.demo.call.crowd import BREAKS, gather
from aifactory.demo.call.faces import ByApi, ByWeb, citizen
from aifactory.demo.call.people import register
from aifactory.demo.call.round import Round
from aifactory.demo.narrator import Narrator
from aifactory.demo.running import BIN, DemoFailed
from aifactory.kit import clock
from aifactory.kit.units import human
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER

SEED = "north-2026"
#: how long ago the call opened, so that its last day is today
AGO = timedelta(days=23)


def play(home: Path) -> int:
    """Run the whole call. Returns the exit status."""
    narrator = Narrator()
    try:
        walk(home, narrator)
    except DemoFailed as failure:
        narrator.console.print(f"[bold red]The demonstration stopped:[/] {escape(str(failure))}")
        return 1
    narrator.console.print("\nLook at this factory: [bold]script/serve[/]")
    return 0


def walk(home: Path, n: Narrator, *, applications: int = 120, reviewers: int = 36) -> Round:
    """Walk through the call, telling each step; raise `DemoFailed` where one did not happen."""
    n.chapter("An embedded factory and a crowd")
    with n.step("The installer", "makes the database, the object store and the keys"):
        call_command("migrate", verbosity=0, interactive=False)
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    opens = clock.now() - AGO
    with (
        n.step("The installer", "registers the invented crowd") as step,
        clock.frozen(opens - timedelta(days=1)),
    ):
        people, crowd = cast.gather(), gather(SEED, applications, reviewers)
        registered = register(crowd, people.password)
        give_mandate(
            people["director"], by=INSTALLER, subject="application:decide", holder_title="Director of access",
            valid_until=opens + timedelta(days=365), basis="Decision of the board, example",
        )  # fmt: skip
        step.say(f"{len(registered.firms)} organisations, {len(registered.people)} people, seed {SEED!r}")
    cast.remember(home, people)
    round_ = Round(crowd, registered, people["office"], people["director"], opens)
    _until_the_cut_off(round_, n)
    _to_the_letters(round_, n, home)
    return round_


def _until_the_cut_off(round_: Round, n: Narrator) -> None:
    n.chapter("Open for two weeks (the clock of this process is set back, and walks from day to day)")
    with n.step("The office", "opens the call, states its budget and commits to a secret, on pages") as step:
        round_.open(ByWeb)
        step.made(round_.call)
        step.say(f"to give: {round_.budget()['gpu']} GPU-h, stated before anybody scores")
    with n.step("The reviewers", "say what they wrote, by script and on pages; two commit to a secret"):
        round_.prepare_reviewers()
    for kind, rest in ((ByApi, 0), (ByWeb, 1)):
        plans = [plan for plan in round_.crowd.plans if plan.number % 2 == rest]
        with n.step(
            f"{len(plans)} applicants", f"apply by {kind.name}: form, work plan, law, submission"
        ) as step:
            for plan in plans:
                round_.apply(plan)
            step.say(f"the last one is {Application.objects.latest('pk').reference}")


def _to_the_letters(round_: Round, n: Narrator, home: Path) -> None:
    n.chapter("From the cut-off to the letters")
    with n.step("The office", "closes the call and has every rule held to every application") as step:
        round_.screen(ByApi)
        states = Counter(Application.objects.values_list("state", flat=True))
        step.say(", ".join(f"{number} {state}" for state, number in sorted(states.items())))
        if states["ineligible"] != sum(plan.number in BREAKS for plan in round_.crowd.plans):
            raise DemoFailed(f"Other applications are ineligible than those that break a rule: {states}")
    with n.step("The secrets", "are shown, and the draw says who reads what") as step:
        round_.draw_reviewers(ByApi)
        step.say(drawn(Matching.objects.get(call=round_.call)))
    asked = round_.reviews()
    with n.step("The reviewers", "state to be free of conflicts, score and give reasons") as step:
        for review in asked:
            round_.review(review)
        step.say(f"{Review.objects.filter(state='submitted').count()} reviews")
    with n.step("The rule", "proposes a list, the director confirms it, all is published at once") as step:
        selection = round_.select(ByWeb)
        step.made(selection)
    with n.step(
        "A citizen", "downloads inputs and result, and replays the rule (aifactory selection replay)"
    ) as step:
        step.say(replayed(selection.pk, home))
    with n.step("The applicants", "read their letters, by script and on pages, in their language") as step:
        letters = [round_.letter(application) for application in Application.objects.order_by("pk")]
        if not all(letters):
            raise DemoFailed("A letter has no subject.")
        step.say(f"{letters[0]!r}, {letters[1]!r} … {len(letters)} in all")
    with n.step("The sealer", "seals the log") as step, clock.frozen(round_.cut_off + timedelta(days=8)):
        seal_all(settings.LOG_ORIGIN)
    n.summary(summary(selection.result))


def replayed(selection: str, home: Path) -> str:
    """Download what everybody may have, without an account, and run the published rule over it in another process."""
    files = {part: home / f"selection-{part}.json" for part in ("inputs", "result")}
    for part, path in files.items():
        answer = citizen().get(f"/api/v1/selections/{selection}/{part}")
        if not answer.is_success:
            raise DemoFailed(f"The {part} of the list are not public: {answer.status_code}.")
        path.write_bytes(answer.content)
    words = [
        "selection",
        "replay",
        "--inputs",
        str(files["inputs"]),
        "--result",
        str(files["result"]),
        "--json",
    ]
    done = subprocess.run([str(BIN / "aifactory"), *words], capture_output=True, text=True, check=False)
    if done.returncode or not json.loads(done.stdout)["same"]:
        raise DemoFailed(f"The list can't be replayed: {done.stdout}{done.stderr}")
    return f"the same {files['result'].stat().st_size:,} bytes, {json.loads(done.stdout)['result'][:23]}…"


def drawn(matching: Matching) -> str:
    """Say how good a draw is beside the best that there can be."""
    million = 1_000_000
    return (
        f"{matching.applications} applications, {matching.reviews} reviews; worst-served: best possible "
        f"{matching.level / million:.3f}, expected {matching.worst / million:.3f}, drawn {matching.drawn_worst / million:.3f}; "
        f"sum: expected {matching.total / million:.1f}, at most {matching.total_bound / million:.1f}, drawn {matching.drawn_total / million:.1f}"
    )


def summary(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what came of the call, as the narrator's table shows it."""
    standing = Counter(one["standing"] for one in result["applications"])
    ways = Counter(one["way"] or "no room" for one in result["applications"] if one["standing"] == "ranked")
    rows = [("Applications", ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in sorted(standing.items()))),
            ("Ranked ones", ", ".join(f"{n} {name}" for name, n in sorted(ways.items())))]  # fmt: skip
    for one in result["classes"]:
        spent, smes = one["spent"].get("gpu", 0), one["spent_on_smes"].get("gpu", 0)
        told = f"{one['awarded']} of {one['candidates']}: {human('gpu', spent)}, {human('gpu', smes)} of it to SMEs"
        rows.append((f"Class {one['id']}", told))
    return [
        *rows,
        ("Left", ", ".join(human(name, amount) for name, amount in result["left"].items()) or "nothing"),
    ]
