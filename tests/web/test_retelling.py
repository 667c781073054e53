"""What was written down in one language is said in the reader's, with the same names and figures."""

import re
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory.datasets.contracts import NoValidAgreement, why_stopped
from aifactory.datasets.models import Agreement
from aifactory.supercomputer.energy import LOAD_UNKNOWN
from aifactory.web.retelling import PLACE, _pairs, retold

SOURCE = Path(__file__).parents[2] / "src/aifactory"
ENDED = "The data agreement %(agreement)s ended: %(why)s"
NEXT = "Open the page of the dataset and ask for a new agreement."


def in_dutch(message: str, **values: object) -> str:
    with translation.override("nl"):
        return gettext(message) % values if values else gettext(message)


def test_a_refusal_that_the_worker_wrote_is_said_in_dutch_and_back():
    stopped = Agreement(state="ended", reason="The study is over")
    english = ENDED % {"agreement": "agr_01", "why": why_stopped(stopped)}
    with translation.override("nl"):
        dutch = gettext(ENDED) % {"agreement": "agr_01", "why": why_stopped(stopped)}
    assert dutch.endswith("(The study is over)")
    assert "ended" not in dutch
    assert (retold(english, "nl"), retold(dutch, "en")) == (dutch, english)
    assert (retold(english, "en"), retold(dutch, "nl")) == (english, dutch)
    refusal = NoValidAgreement("The holder has withdrawn this data.", next_step=NEXT)
    assert retold(refusal, "nl") == f"{in_dutch(refusal.message)} {in_dutch(NEXT)}"
    placed = "The agreement %(id)s is not in force: %(why)s."
    said = f"{placed % {'id': 'agr_01', 'why': why_stopped(stopped)}} {NEXT}"
    assert retold(retold(said, "nl"), "en") == said
    assert retold(said, "nl").endswith(f"(The study is over). {in_dutch(NEXT)}")


def test_what_an_engine_says_and_what_is_to_be_done_are_said_together():
    said = "The file a b.csv of the input table is no longer in the store."
    assert retold(said, "nl") == "Het bestand a b.csv van de invoer table is niet meer in de opslag."
    assert (
        retold(f"Our own word: stop! {said} {NEXT}", "nl")
        == f"Our own word: stop! {retold(said, 'nl')} {in_dutch(NEXT)}"
    )
    assert retold("It ended with code 137.", "nl-nl") == "Het eindigde met code 137."
    assert retold(LOAD_UNKNOWN, "nl").endswith("belasting onbekend")
    assert retold("C: measured by the engine's meter", "nl") == "C: gemeten met de meter van de engine"


@pytest.mark.parametrize("text", ["", None, "Not a doctor.", "dst_01", "Open %(x)s", "{code}", "a: b; c? d"])
def test_what_people_wrote_stays_as_it_is(text):
    assert retold(text, "nl") == retold(text, "en") == (text or "")


@settings(max_examples=25)
@given(
    st.integers(0, 10**6),
    st.text(st.characters(categories=["L", "N"], include_characters="._-/"), min_size=1),
)
def test_names_and_figures_come_through(number, name):
    assert retold(f"It asks for {number} cores; this engine has {name}.", "nl") == (
        f"Het vraagt {number} cores; deze engine heeft er {name}."
    )
    told = f"The file {name} of the input table is no longer in the store."
    assert retold(retold(told, "nl"), "en") == told


def test_every_sentence_of_an_engine_is_one_that_it_says():
    """Agents and engines know no translations, so their sentences stand twice: here each is held to its source."""
    files = [path for folder in ("agent", "adapters") for path in (SOURCE / folder).rglob("*.py")]
    code = " ".join(path.read_text() for path in [*files, SOURCE / "supercomputer/energy.py"])
    spoken = list(_pairs())[: (SOURCE / "web/retelling.toml").read_text().count("[[sentence]]")]
    assert len(spoken) >= 20
    for english, dutch in spoken:
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(dutch))
        for piece in PLACE.split(english)[::3]:
            words = piece.strip()
            assert re.sub(r"\s+", " ", words) in code, words
