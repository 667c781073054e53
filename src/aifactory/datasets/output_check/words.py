"""Signs: what a machine saw in a file, in words for who checks it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aifactory.kit.bilingual import Text


@dataclass(frozen=True)
class Sign:
    """One thing to look at. What `blocks` can never be released, whatever a person says."""

    rule: str
    text: Text
    blocks: bool = False


@dataclass(frozen=True)
class Given:
    """A file of the data that the job ran on; without a path it is too large to be compared with, row by row."""

    path: Path | None
    name: str
    digest: str


def sign(rule: str, *, blocks: bool = False, **figures: Any) -> Sign:
    """Return the sign of a rule with its figures filled in. Raises `KeyError` for a rule that has no words."""
    return Sign(rule, WORDS[rule].fill(**figures), blocks)


WORDS = {
    "copy": Text(
        en="This file is a copy of the data itself. It can't be released.",
        nl="Dit bestand is een kopie van de gegevens zelf. Het kan niet worden vrijgegeven.",
    ),
    "large": Text(
        en="It is {size} MB: results are seldom so large.",
        nl="Het is {size} MB: resultaten zijn zelden zo groot.",
    ),
    "long": Text(
        en="It is a table of {rows} rows: do they stand for single people?",
        nl="Het is een tabel van {rows} rijen: staan die voor losse mensen?",
    ),
    "model": Text(
        en="It may be a trained model. A model can remember single records of the data: ask how it was trained, on how "
        "many records a decision rests at least, and whether somebody tried to get records out of it.",
        nl="Het kan een getraind model zijn. Een model kan losse gegevens onthouden: vraag hoe het getraind is, op "
        "hoeveel records een beslissing minstens rust, en of iemand heeft geprobeerd er records uit te halen.",
    ),
    "notebook": Text(
        en="{cells} cells of this notebook keep what they printed or drew, which may be rows of the data. Look at "
        "each, or refuse it and ask for the notebook without outputs.",
        nl="{cells} cellen van dit notebook bewaren wat ze afdrukten of tekenden; dat kunnen rijen van de gegevens "
        "zijn. Bekijk ze allemaal, of weiger het en vraag om het notebook zonder uitvoer.",
    ),
    "opaque": Text(
        en="The rules can't read this file. Look into it with its own program, or refuse it and ask for text.",
        nl="De regels kunnen dit bestand niet lezen. Bekijk het met het eigen programma, of weiger het.",
    ),
    "coded": Text(
        en="{characters} characters of it are no words or figures but a code, in which anything can be hidden: refuse "
        "it, or have it written out.",
        nl="{characters} tekens ervan zijn geen woorden of cijfers maar een code, waarin van alles verborgen kan zijn: "
        "weiger het, of laat het uitschrijven.",
    ),
    "shares": Text(
        en="“{column}” holds shares: with the total they are counts. Check that none of them stands for fewer than "
        "{below} people.",
        nl="‘{column}’ bevat aandelen: met het totaal zijn het aantallen. Kijk of er geen voor minder dan {below} "
        "mensen staat.",
    ),
    "small-cells": Text(
        en="Numbers from 1 to below {below} in “{column}”: {few}. If they count people, hide them, and {more} more "
        "from which they could be computed.",
        nl="Getallen van 1 tot onder de {below} in ‘{column}’: {few}. Als ze mensen tellen: verberg ze, en nog {more} "
        "waaruit ze te berekenen zijn.",
    ),
    "personal-data": Text(
        en="Signs of personal data in {where}: {kinds}.",
        nl="Tekenen van persoonsgegevens in {where}: {kinds}.",
    ),
    "rows": Text(
        en="{kept} of {all} rows hold what fewer than {below} rows of {name} have, in: {columns}.",
        nl="{kept} van {all} rijen bevatten wat minder dan {below} rijen van {name} hebben, in: {columns}.",
    ),
    "uncompared": Text(
        en="It was not compared with {name}, which is too large for that: look for rows of it yourself.",
        nl="Het is niet vergeleken met {name}; dat is daarvoor te groot. Kijk zelf of er rijen van in staan.",
    ),
    "lines": Text(
        en="{kept} rows of {name} stand in it, value for value.",
        nl="{kept} rijen van {name} staan erin, waarde voor waarde.",
    ),
}
