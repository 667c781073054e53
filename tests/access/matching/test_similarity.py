"""Expertise from texts: what it must do whatever the texts are, and the files of the tool."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from aifactory.access.matching import embedding, similarity
from aifactory.access.matching.files import LinesAreWrong, read_items, read_people
from aifactory.access.matching.similarity import Item, Model, Person, Text, score_rows, scores, words
from aifactory.access.matching.words import language_of, stem
from aifactory.cli.match import app

BLIGHT = Text("Potato blight", "Seeing rot on leaves with convolutional networks.")
FLOWS = Text("Minimum cost flows", "Augmenting paths and linear programs.")
PEOPLE = [
    Person("plants", (Text("Leaf disease in potatoes", "Networks that see blight."), Text("Soil", "Water."))),
    Person("maths", (Text("Linear programs", "Duality and flows."),)),
    Person("nothing"),
]
ITEMS = [Item("a", BLIGHT), Item("b", FLOWS), Item("c", Text("", ""))]


@pytest.mark.parametrize("model", Model)
def test_the_nearer_person_scores_higher_and_silence_scores_nothing(model):
    table = scores(PEOPLE, ITEMS, model)
    assert table.shape == (3, 3)
    assert table[0, 0] > table[1, 0]
    assert table[1, 1] > table[0, 1]
    assert table[2].tolist() == [0.0, 0.0, 0.0]
    assert table[:, 2].tolist() == [0.0, 0.0, 0.0]


def test_a_score_is_the_cosine_of_weights_worked_out_by_hand():
    # The word counts 2 and 3 times, its pair with itself 1 and 2 times; both terms are in 2 of 3 texts, so the
    # same factor cancels: (1.69315 * 2.09861 + 1 * 1.69315) / (|1.69315, 1| * |2.09861, 1.69315|).
    person = Person("p", (Text("", "rot rot"),))
    table = scores([person], [Item("i", Text("", "rot rot rot")), Item("j", Text("", "cow"))])
    assert table.tolist() == [[pytest.approx(0.98945, abs=1e-5), 0.0]]


def test_three_nearest_works_count():
    near, far = Text("potato blight", ""), Text("bridges", "of steel")
    item = [Item("i", Text("potato blight", ""))]
    other = [Text(f"potato blight {word}", "") for word in ("spores", "photos", "drones")]
    few, many = Person("few", (near,)), Person("many", (near, *other, far))
    table = scores([few, many, Person("far", (far,))], item)
    assert table[0, 0] == pytest.approx(1.0)
    assert 0.4 < table[1, 0] < 1.0
    assert table[2, 0] == 0.0


def test_a_work_listed_twice_counts_once():
    once, twice = (
        Person("p", (BLIGHT, FLOWS)),
        Person("p", (BLIGHT, FLOWS, BLIGHT, Text("POTATO blight", BLIGHT.abstract))),
    )
    assert scores([once], ITEMS).tolist() == scores([twice], ITEMS).tolist()


texts = st.builds(Text, st.text(max_size=30), st.text(max_size=60))
people = st.lists(st.builds(Person, st.text(min_size=1), st.lists(texts, max_size=5).map(tuple)), max_size=5)
items = st.lists(st.builds(Item, st.text(min_size=1), texts), max_size=5)


@given(people, items)
def test_any_text_gets_scores_from_0_to_1(who, what):
    table = scores(who, what)
    assert table.shape == (len(who), len(what))
    assert ((table >= 0) & (table <= 1)).all()


def test_many_items_are_scored_a_person_at_a_time():
    many = [Item(str(n), Text(f"subject {n % 7}", f"of kind {n % 11}")) for n in range(10_000)]
    row = next(iter(score_rows(PEOPLE, many)))
    assert row.shape == (10_000,)


@pytest.mark.parametrize(
    ("word", "cut"),
    [("networks", "network"), ("studies", "study"), ("classes", "class"), ("genes", "gene"), ("bus", "bus"),
     ("analysis", "analysis"), ("loss", "loss"), ("boxes", "box"), ("gas", "gas")],
)  # fmt: skip
def test_plurals_are_cut(word, cut):
    assert stem(word) == cut


def test_words_lose_case_accents_and_emptiness():
    assert words("The Café's PATCHES, and één koe!") == ["cafe", "patch", "koe"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We look at the rot of the potatoes that are in the field and not on the farm.", "en"),
        ("Wij kijken naar de rot van het gewas dat op het veld staat en niet bij de boer.", "nl"),
        ("Rot", None),
        ("", None),
    ],
)
def test_the_language_of_a_text_is_told_where_it_is_clear(text, language):
    assert language_of(text) == language


def test_a_model_file_that_is_another_is_refused(monkeypatch):
    monkeypatch.setitem(embedding.DIGESTS, embedding.WEIGHTS, "0" * 64)
    with pytest.raises(embedding.ModelFileIsAnother, match="not the file that was examined"):
        embedding._held(embedding.WEIGHTS)


def test_a_missing_library_is_named():
    with pytest.raises(similarity.MatchingIsNotInstalled, match="needs no_such_library, which"):
        similarity.require("numpy", "no_such_library")


def lines(path, *facts):
    path.write_text("".join(fact if isinstance(fact, str) else json.dumps(fact) + "\n" for fact in facts))
    return path


def test_the_tool_reads_lines_and_writes_a_table(tmp_path):
    who = lines(
        tmp_path / "people.jsonl",
        {"id": "p", "works": [{"title": "Potato rot", "abstract": None}]},
        "\n",
        {"id": 7},
    )
    what = lines(
        tmp_path / "items.jsonl",
        {"id": "i", "title": "Rot", "abstract": "Potatoes rot."},
        {"id": "j", "title": None},
    )
    out = tmp_path / "scores.csv"
    told = CliRunner().invoke(
        app, ["similarity", "--people", str(who), "--items", str(what), "--out", str(out), "--json"]
    )
    assert json.loads(told.stdout) == {"people": 2, "items": 2, "model": "tfidf", "out": str(out)}
    rows = list(csv.reader(out.open()))
    assert rows[0] == ["person", "item", "score"]
    assert [row[:2] for row in rows[1:]] == [["p", "i"], ["p", "j"], ["7", "i"], ["7", "j"]]
    assert 0 < float(rows[1][2]) < 1
    assert [row[2] for row in rows[2:]] == ["0.000000"] * 3


def test_each_bad_line_is_named(tmp_path):
    who = lines(
        tmp_path / "people.jsonl",
        {"id": "p"}, "no json\n", [1], {"works": []}, {"id": "p"}, {"id": "q", "works": {}},
        {"id": "r", "works": ["x"]}, {"id": "s", "works": [{"title": 3}]},
    )  # fmt: skip
    with pytest.raises(LinesAreWrong) as refused:
        read_people(who)
    assert [(p.file, p.line) for p in refused.value.problems] == [("people.jsonl", n) for n in range(2, 9)]
    assert "people.jsonl:5: the id 'p' is on line 1 already" in refused.value.message
    last = "people.jsonl:8: `works[0].title` has to be a text, or null where there is none"
    assert str(refused.value.problems[-1]) == last
    with pytest.raises(LinesAreWrong, match=r"items\.jsonl:1: this is not JSON"):
        read_items(lines(tmp_path / "items.jsonl", "{"))
