"""The invented people, organisations and applications of a call: the same seed gives the same crowd.

Nothing here is random twice: each figure is drawn from a digest of the seed and the name of what it is for,
so that adding an applicant changes no other one.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from math import cos, log, pi, sqrt
from typing import Any

from aifactory.demo.call.topics import TOPICS, Topic

FIRST = ("Aafke", "Bas", "Chantal", "Dirk", "Elif", "Femke", "Gijs", "Hanna", "Ilse", "Jurre", "Karim", "Lieke",
         "Milan", "Nienke", "Olaf", "Puck", "Quinten", "Rosa", "Sanne", "Thijs", "Umar", "Veerle", "Wessel",
         "Xenia", "Yara", "Zef")  # fmt: skip
LAST = ("Aalberts", "Blom", "Castelein", "Drenth", "Eising", "Fokkema", "Groen", "Hoving", "Idema", "Jansma", "Kamp",
        "Loman", "Meinders", "Nauta", "Oosting", "Pol", "Reitsma", "Sikkema", "Tuinstra", "Venema", "Wolters",
        "Zijlstra")  # fmt: skip
SOUND = (
    "Vela",
    "Noro",
    "Lumi",
    "Terra",
    "Aqua",
    "Mira",
    "Sola",
    "Kern",
    "Wad",
    "Delta",
    "Ijs",
    "Klei",
    "Zand",
    "Heide",
)
TRADE = ("zicht", "logic", "werk", "stroom", "data", "lab", "sense", "veld", "net", "wijs")
TOWNS = ("Groningen", "Assen", "Emmen", "Leeuwarden", "Zwolle", "Enschede", "Utrecht", "Eindhoven")
REGION = {"Groningen": "Groningen", "Assen": "Drenthe", "Emmen": "Drenthe", "Leeuwarden": "Fryslân", "Zwolle": "Overijssel",
          "Enschede": "Overijssel", "Utrecht": "Utrecht", "Eindhoven": "Noord-Brabant"}  # fmt: skip
#: what is not eligible, by the number of the application: the rule that it breaks
BREAKS = {
    11: "country",
    23: "size",
    37: "contract",
    52: "size",
    68: "civil_use",
    85: "country",
    101: "contract",
}


@dataclass(frozen=True)
class Firm:
    """An organisation with the facts that its registration asks."""

    key: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Someone:
    """A person with an account; `works` (title, abstract) where they review."""

    name: str
    email: str
    firm: str
    language: str
    works: tuple[tuple[str, str], ...] = ()
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True)
class Plan:
    """One application as it will be filled in; `quality` (0-5) is what reviewers try to see."""

    number: int
    applicant: Someone
    title: str
    topic: Topic
    answers: dict[str, str]
    quality: float
    breaks: str = ""


@dataclass(frozen=True)
class Crowd:
    """Everybody in a call."""

    seed: str
    firms: tuple[Firm, ...]
    plans: tuple[Plan, ...]
    reviewers: tuple[Someone, ...]
    offsets: dict[str, float] = field(default_factory=dict)


class Dice:
    """Draws that depend on the seed and on what they are for alone."""

    def __init__(self, seed: str) -> None:
        self.seed = seed

    def share(self, *what: object) -> float:
        """Return a number from 0 up to 1."""
        digest = sha256("\x1f".join([self.seed, *map(str, what)]).encode()).digest()
        return int.from_bytes(digest[:7]) / 2**56

    def one(self, options: tuple[Any, ...], *what: object) -> Any:
        """Return one of the options."""
        return options[int(self.share(*what) * len(options))]

    def bell(self, mean: float, spread: float, *what: object) -> float:
        """Return a normal draw (Box and Muller 1958)."""
        u, v = 1 - self.share(*what, "u"), self.share(*what, "v")
        return mean + spread * sqrt(-2 * log(u)) * cos(2 * pi * v)


def gather(seed: str, applications: int = 120, reviewers: int = 36) -> Crowd:
    """Return the crowd of a seed."""
    dice = Dice(seed)
    firms = tuple(_firm(dice, n) for n in range(applications))
    plans = tuple(_plan(dice, n, firms[n]) for n in range(applications))
    panel = tuple(_reviewer(dice, n) for n in range(reviewers))
    homes = tuple(_institute(n) for n in range(8))
    offsets = {someone.email: dice.bell(0, 0.5, "offset", someone.email) for someone in panel}
    return Crowd(seed, firms + homes, plans, panel, offsets)


def _firm(dice: Dice, n: int) -> Firm:
    kind = (
        "company"
        if dice.share("kind", n) < 0.72
        else dice.one(("research", "hospital", "public"), "public kind", n)
    )
    town = dice.one(TOWNS, "town", n)
    broken = BREAKS.get(n, "")
    if broken == "size":
        kind, staff = "company", 2600
    else:
        staff = (
            int(2 ** dice.bell(4, 1.6, "staff", n)) + 1
            if kind == "company"
            else 300 + int(dice.share("staff", n) * 4000)
        )
        staff = min(staff, 240) if kind == "company" else staff
    turnover = staff * int(60_000 + 90_000 * dice.share("turnover", n))
    name = {
        "company": f"{dice.one(SOUND, 'sound', n)}{dice.one(TRADE, 'trade', n)} {n + 1} B.V.",
        "research": f"Institute {n + 1} of {town}",
        "hospital": f"Hospital {n + 1} of {town}",
        "public": f"Municipality {n + 1} near {town}",
    }[kind]
    return Firm(
        f"firm{n}",
        {
            "name": f"{name} (example)",
            "country": "US" if broken == "country" else "NL",
            "kind": kind,
            "registration_number": f"9{n:07d}",
            "region": REGION[town],
            "sector": _topic(dice, n).field,
            "staff": staff,
            "turnover_eur": turnover,
            "balance_eur": turnover // 2,
        },
    )


def _institute(n: int) -> Firm:
    facts = {"name": f"Research school {n + 1} (example)", "country": "NL" if n < 5 else "DE", "kind": "research",
             "registration_number": f"8{n:07d}", "region": "", "sector": "", "staff": 900, "turnover_eur": 80_000_000,
             "balance_eur": 60_000_000}  # fmt: skip
    return Firm(f"home{n}", facts)


def _name(n: int) -> str:
    """Return a name of its own for each of the first 572 people."""
    return f"{FIRST[n % len(FIRST)]} {LAST[(n // len(FIRST) + n) % len(LAST)]}"


def _topic(dice: Dice, n: int) -> Topic:
    chosen: Topic = dice.one(TOPICS, "topic", n)
    return chosen


def _plan(dice: Dice, n: int, firm: Firm) -> Plan:
    topic, broken = _topic(dice, n), BREAKS.get(n, "")
    town = dice.one(TOWNS, "town", n)
    applicant = Someone(_name(n), f"applicant{n + 1}@crowd.example", firm.key, "nl" if n % 2 else "en")
    quality = min(max(dice.bell(3.1, 0.8, "quality", n), 0.3), 4.9)
    gpu = round(2 ** dice.bell(9.5, 1.6, "gpu", n) / 50) * 50
    answers = {
        "need": f"{topic.problem}. In and around {town} we see it every week.",
        "approach": f"We will {topic.method}. We use {topic.data}. {_depth(quality)}",
        "field": topic.field,
        "gpu_hours": str(min(max(gpu, 0), 20_000)),
        "core_hours": str(round(dice.share("core", n) * 40) * 100),
        "storage_gb": str(10 + round(dice.share("storage", n) * 400) * 10),
        "advice_hours": str(round(dice.share("advice", n) * 10) * 4),
        "estimate": f"{1 + n % 7} training runs on {2 ** (n % 4)} GPUs, and twice as much for trials.",
        "leader": applicant.name,
        "contract_until": "2027-02-01" if broken == "contract" else "2099-12-31",
        "others": "",
        "civil_use": "no" if broken == "civil_use" else "yes",
        "value": f"What it brings: {topic.gain}. {_measured(quality)}",
    }
    return Plan(n, applicant, f"{topic.title}, {town}", topic, answers, quality, broken)


def _depth(quality: float) -> str:
    if quality > 3.8:
        return "A first trial on a tenth of the data worked, and a simpler model is our yardstick."
    return "We compare with a simpler model." if quality > 2.6 else "Details follow."


def _measured(quality: float) -> str:
    return (
        "We measure it before and after, with those who use it."
        if quality > 3.2
        else "We expect a lot of it."
    )


def _reviewer(dice: Dice, n: int) -> Someone:
    first = TOPICS[n % len(TOPICS)]
    near = tuple(t for t in TOPICS if t.field == first.field and t is not first)
    topics = (first, dice.one(near, "second", n), dice.one(TOPICS, "third", n))
    works = tuple(
        (f"On {t.title[0].lower()}{t.title[1:]}", f"{t.problem}. We {t.method}, on {t.data}.") for t in topics
    )
    return Someone(_name(n + 400), f"reviewer{n + 1}@crowd.example", f"home{n % 8}", "en", works, topics)


def score(crowd: Crowd, plan: Plan, reviewer: Someone, criterion: str) -> int:
    """Return what a reviewer gives (0-5): the quality, seen through the reviewer's own offset and some noise."""
    dice = Dice(crowd.seed)
    seen = (
        plan.quality
        + crowd.offsets[reviewer.email]
        + dice.bell(0, 0.5, "score", plan.number, reviewer.email, criterion)
    )
    return min(max(round(seen), 0), 5)
