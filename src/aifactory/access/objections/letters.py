"""What an objector is written: that the objection came in, and what was decided on it and why.

Letters are data, in the objector's language, kept as they were sent, in the form of decision letters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date

from aifactory.access.deadlines import objection_ends
from aifactory.access.decisions.standing import amount
from aifactory.access.modes import Mode
from aifactory.kit.bilingual import Text


@dataclass(frozen=True)
class Ruling:
    """What was decided on an objection; amounts in base units by resource."""

    reference: str
    decided_on: date
    outcome: str
    effect: str
    in_time: bool
    excused: bool
    hearing: str
    not_heard: str
    reasons: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    mode: Mode
    person: str
    capacity: str


T = {
    "received": Text(
        en="We received your objection about {reference}",
        nl="Wij hebben uw bezwaar over {reference} ontvangen",
    ),
    "came": Text(
        en="It came on {day}. The term to object runs until {until}.",
        nl="Het kwam op {day}. De termijn om bezwaar te maken loopt tot en met {until}.",
    ),
    "late": Text(
        en="That is after the term. We first look whether you could help that; if so, your objection counts.",
        nl="Dat is na de termijn. Wij kijken eerst of u daar iets aan kon doen; zo niet, dan telt uw bezwaar mee.",
    ),
    "pro_forma": Text(
        en="You did not give your grounds yet. Send them by {grounds}; without them we may have to leave your"
        " objection aside.",
        nl="U gaf uw gronden nog niet. Stuur ze uiterlijk {grounds}; zonder gronden kunnen wij uw bezwaar niet"
        " behandelen.",
    ),
    "next": Text(en="What happens now", nl="Wat er nu gebeurt"),
    "next_text": Text(
        en="Somebody who had no part in the decision looks at it again, and hears you if you want that."
        " You have an answer by {due}. Until then, what you asked for is kept back from the budget.",
        nl="Iemand die niets met het besluit te maken had, bekijkt het opnieuw, en hoort u als u dat wilt."
        " U hebt uiterlijk {due} antwoord. Tot dan houden wij wat u vroeg apart van het budget.",
    ),
    "inadmissible": Text(
        en="Your objection about {reference} is not considered",
        nl="Uw bezwaar over {reference} is niet-ontvankelijk",
    ),
    "unfounded": Text(
        en="Your objection about {reference} is unfounded", nl="Uw bezwaar over {reference} is ongegrond"
    ),
    "founded": Text(
        en="Your objection about {reference} is well founded", nl="Uw bezwaar over {reference} is gegrond"
    ),
    "about": Text(
        en="This is the decision on your objection to the decision of {decided}, under “{mode}”, version {version}.",
        nl="Dit is de beslissing op uw bezwaar tegen het besluit van {decided}, binnen “{mode}”, versie {version}.",
    ),
    "means": Text(en="What this means", nl="Wat dit betekent"),
    "kept": Text(en="The decision stays as it was.", nl="Het besluit blijft zoals het was."),
    "changed": Text(en="The decision is changed. You now get:", nl="Het besluit is gewijzigd. U krijgt nu:"),
    "replaced": Text(
        en="The decision is revoked. In its place, you get:",
        nl="Het besluit is herroepen. In plaats daarvan krijgt u:",
    ),
    "amount": Text(en="{after} (before: {before})", nl="{after} (was: {before})"),
    "why": Text(en="Why", nl="Waarom"),
    "excused": Text(
        en="Your objection came after the term, but you could not help that (Awb 6:11).",
        nl="Uw bezwaar kwam na de termijn, maar daar kon u niets aan doen (Awb 6:11).",
    ),
    "heard": Text(en="You were heard before this was decided.", nl="U bent gehoord voordat dit is beslist."),
    "not_inadmissible": Text(
        en="You were not heard: the objection can plainly not be considered (Awb 7:3 a).",
        nl="U bent niet gehoord: het bezwaar is kennelijk niet-ontvankelijk (Awb 7:3 onder a).",
    ),
    "not_unfounded": Text(
        en="You were not heard: the objection is plainly unfounded (Awb 7:3 b).",
        nl="U bent niet gehoord: het bezwaar is kennelijk ongegrond (Awb 7:3 onder b).",
    ),
    "not_waived": Text(
        en="You were not heard: you said that you did not want to be (Awb 7:3 c).",
        nl="U bent niet gehoord: u wilde dat niet (Awb 7:3 onder c).",
    ),
    "not_no_reply": Text(
        en="You were not heard: you did not say in time that you wanted to be (Awb 7:3 d).",
        nl="U bent niet gehoord: u liet niet op tijd weten dat u dat wilde (Awb 7:3 onder d).",
    ),
    "not_granted": Text(
        en="You were not heard: you get all that you asked for (Awb 7:3 e).",
        nl="U bent niet gehoord: u krijgt alles wat u vroeg (Awb 7:3 onder e).",
    ),
    "not_not_asked": Text(
        en="The published rules of this mode ask for no hearing.",
        nl="De gepubliceerde regels van deze toegang vragen geen hoorzitting.",
    ),
    "further": Text(en="If you still do not agree", nl="Als u het er nog niet mee eens bent"),
    "court": Text(
        en="You can appeal to the administrative law section of the district court until {until}.",
        nl="U kunt tot en met {until} in beroep bij de rechtbank, sector bestuursrecht.",
    ),
    "no_court": Text(
        en="The factory decides under its own published rules and not as an authority; there is no further"
        " objection. You can complain to its supervisory board.",
        nl="De fabriek beslist volgens haar eigen gepubliceerde regels en niet als bestuursorgaan; verder bezwaar"
        " is er niet. U kunt een klacht indienen bij haar raad van toezicht.",
    ),
    "signed": Text(
        en="Decided by {person}, {capacity}, who had no part in the first decision.",
        nl="Beslist door {person}, {capacity}, die niets met het eerste besluit te maken had.",
    ),
}


def _say(key: str, language: str, **values: object) -> str:
    return T[key].of(language).format(**values)


def _day(day: date, language: str) -> str:
    return str(format_date(day, "d MMMM y", locale="nl" if language.startswith("nl") else "en"))


def receipt(
    *, reference: str, filed: date, until: date, due: date, grounds_until: date | None, language: str
) -> dict[str, Any]:
    """Write that an objection came in (Awb 6:14), with the terms that run now."""
    opening = [_say("came", language, day=_day(filed, language), until=_day(until, language))]
    if filed > until:
        opening.append(_say("late", language))
    if grounds_until:
        opening.append(_say("pro_forma", language, grounds=_day(grounds_until, language)))
    following = _say("next_text", language, due=_day(due, language))
    return {
        "language": language,
        "subject": _say("received", language, reference=reference),
        "opening": " ".join(opening),
        "sections": [{"heading": _say("next", language), "paragraphs": [following], "items": []}],
        "closing": "",
    }


def write(ruling: Ruling, now: datetime, language: str) -> dict[str, Any]:
    """Write the decision on an objection as JSON: `language`, `subject`, `opening`, `sections`, `closing`."""
    mode = ruling.mode
    return {
        "language": language,
        "subject": _say(ruling.outcome, language, reference=ruling.reference),
        "opening": _say(
            "about",
            language,
            decided=_day(ruling.decided_on, language),
            mode=mode.title.of(language),
            version=mode.version,
        ),
        "sections": [_means(ruling, language), _why(ruling, language), _further(mode, now, language)],
        "closing": _say("signed", language, person=ruling.person, capacity=ruling.capacity),
    }


def _means(ruling: Ruling, language: str) -> dict[str, Any]:
    items = [
        _say(
            "amount",
            language,
            after=amount(r, given, language),
            before=amount(r, ruling.before.get(r, 0), language),
        )
        for r, given in sorted(ruling.after.items())
    ]
    return {
        "heading": _say("means", language),
        "paragraphs": [_say(ruling.effect, language)],
        "items": items if ruling.effect != "kept" else [],
    }


def _why(ruling: Ruling, language: str) -> dict[str, Any]:
    items = [_say("excused", language)] if not ruling.in_time and ruling.excused else []
    items.append(_say("heard" if ruling.hearing == "held" else f"not_{ruling.not_heard}", language))
    return {"heading": _say("why", language), "paragraphs": [ruling.reasons], "items": items}


def _further(mode: Mode, now: datetime, language: str) -> dict[str, Any]:
    terms, timer = mode.objecting, mode.clock
    if terms.next_remedy:
        words = terms.next_remedy.of(language)
    elif terms.authority:
        until = objection_ends(now, terms.appeal_weeks, timer.time_zone, timer.holidays)
        words = _say("court", language, until=_day(until, language))
    else:
        words = _say("no_court", language)
    return {"heading": _say("further", language), "paragraphs": [words], "items": []}
