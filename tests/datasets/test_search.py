from collections import Counter
from itertools import pairwise

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aifactory.datasets import actions
from aifactory.datasets.models import Card, CatalogueSource, FoundDataset
from aifactory.datasets.search import index, queries
from aifactory.datasets.search.models import Tally
from aifactory.datasets.search.queries import Wish, search
from aifactory.datasets.search.words import LONGEST, alternatives, dutch, english, split, stems
from aifactory.kit import clock
from tests.datasets import factories as make
from tests.people.factories import organisation, person


@pytest.mark.parametrize(
    "family",
    [
        "ziekenhuis ziekenhuizen", "brief brieven", "school scholen", "kat katten", "meting metingen",
        "mogelijkheid mogelijkheden", "gewas gewassen", "patient patienten", "boom bomen",
    ],
)  # fmt: skip
def test_dutch_words_of_one_family_meet(family):
    assert len({dutch(word) for word in family.split()}) == 1


@pytest.mark.parametrize(
    "family",
    ["hospital hospitals", "study studies", "train trains training trained", "plan planning planned"],
)
def test_english_words_of_one_family_meet(family):
    assert len({english(word) for word in family.split()}) == 1


@pytest.mark.parametrize("pair", ["zee zeen", "bos boos", "data date"])
def test_words_of_different_families_stay_apart_in_one_of_both(pair):
    one, other = pair.split()
    assert english(one) != english(other)


def test_accents_case_and_the_emptiest_words_do_not_count():
    assert split("De Patiënten van het UMC-Oost, 2020!") == ["patienten", "umc", "oost", "2020"]


@given(st.text(max_size=80))
def test_what_was_indexed_is_found_by_its_own_words(text):
    for language in ("en", "nl", ""):
        kept = set(stems(text, language).split())
        assert all(kept & set(alternatives(word)) for word in split(text))
        assert all(len(word) <= LONGEST for word in kept)


@pytest.fixture
def found(db):
    """Datasets of another catalogue that cards can be of, by number."""
    source = CatalogueSource.objects.create(
        id="src_1", created_at=clock.now(), name="Elsewhere", address="https://x.example/", kind="dcat",
        added_by=person(),
    )  # fmt: skip
    rows = [
        FoundDataset(pk=n + 1, source=source, identifier=str(n), facts={}, shown=True, seen_at=clock.now())
        for n in range(140)
    ]
    FoundDataset.objects.bulk_create(rows)


def card(n, title, title_nl="", keywords="", text="", **facts):
    made = {"theme": "health", "access": "public", "summary": text} | facts
    return Card(
        key=f"fnd_{n:04}",
        found_id=n + 1,
        title=title,
        title_nl=title_nl,
        title_stems=f"{stems(title, 'en')} {stems(title_nl, 'nl')}",
        keyword_stems=f"{stems(keywords, 'en')} {stems(keywords, 'nl')}",
        text_stems=f"{stems(text, 'en')} {stems(text, 'nl')}",
        **made,
    )


@pytest.fixture
def cards(found):
    Card.objects.bulk_create(
        [
            card(1, "Hospital admissions", "Opnames in ziekenhuizen", text="Every admission since 2010."),
            card(
                2,
                "Air near roads",
                "Lucht langs wegen",
                "hospital",
                "Measured at 40 places.",
                theme="environment",
            ),
            card(
                3, "Energy of buildings", "Energie van gebouwen", text="Also of one hospital.", theme="energy"
            ),
            card(4, "Costs of hospitals", "Kosten van ziekenhuizen", access="nonpublic"),
            card(5, "Ziekenhuisdata", text="Training data", theme="health", access="restricted"),
        ]
    )


def keys(found):
    return [card.key[-1] for card in found.cards]


@pytest.mark.parametrize(
    ("text", "best", "others"),
    [
        ("hospital", "1", "23"),
        ("ziekenhuis", "1", "5"),
        ("ziekenhuizen", "1", "5"),
        ("HOSPITALS admissions", "1", ""),
        ("train", "5", ""),
        ("wegen lucht", "2", ""),
        ("nothing-like-this", "", ""),
        ("of the", "5", "4321"),
    ],
)
def test_the_title_counts_most_then_keywords_then_text(cards, text, best, others):
    found = keys(search(Wish(text), signed_in=False))
    assert found[:1] == list(best)
    assert set(found[1:]) == set(others) - {"4"}


@pytest.mark.parametrize(
    "text", ['"', "a' OR 1=1", "*", "NEAR(", "title_stems:x", "-", "(((", "a\x00b", "%", "😀", "' | 'x"]
)
def test_no_wish_breaks_the_index(cards, text):
    assert search(Wish(text), signed_in=True).count in range(6)


def test_what_may_not_be_seen_is_not_counted_and_not_suggested(cards):
    nobody, somebody = (search(Wish("hospital"), signed_in=signed_in) for signed_in in (False, True))
    assert (nobody.count, somebody.count) == (3, 4)
    assert dict(nobody.facets["access"]) == {"public": 3}
    assert dict(somebody.facets["access"]) == {"public": 3, "nonpublic": 1}
    assert search(Wish("hospital", access="nonpublic"), signed_in=False).cards == []


def test_figures_beside_a_facet_hold_under_the_other_facets(cards):
    found = search(Wish(theme="health"), signed_in=True)
    assert keys(found) == ["5", "4", "1"]
    assert dict(found.facets["theme"]) == {"health": 3, "energy": 1, "environment": 1}
    assert dict(found.facets["access"]) == {"public": 1, "nonpublic": 1, "restricted": 1}
    assert dict(found.facets["source"]) == {"here": 3}
    assert found.count == 3


@pytest.mark.parametrize("text", ["", "cell"])
def test_pages_follow_each_other_without_gap_or_repeat(found, text):
    Card.objects.bulk_create([card(n, "Cells " * (1 + n % 3)) for n in range(23)])
    seen, after = [], ""
    while True:
        found = search(Wish(text), signed_in=False, after=after, size=5)
        seen += [card.key for card in found.cards]
        if not (after := found.next):
            break
    whole = [card.key for card in search(Wish(text), signed_in=False, size=100).cards]
    assert seen == whole
    assert len(set(seen)) == 23


@pytest.mark.parametrize("after", ["x", "1.é", "9" * 90 + ".x", "NaN.a", "."])
def test_a_made_up_next_page_starts_anew_or_is_empty(cards, after):
    assert len(search(Wish(), signed_in=True, after=after).cards) in {0, 5}


@pytest.mark.usefixtures("store")
@pytest.mark.django_db
def test_the_index_follows_the_dataset():
    dataset = make.published()
    facts = {n: getattr(dataset, n) for n in ("title_nl", "description", "theme", "licence", "access")}
    assert [c.key for c in search(Wish("borstcel"), signed_in=False).cards] == [dataset.pk]
    actions.edit(dataset, by=dataset.steward, contains_personal_data=True, **facts, title="Nuclei")
    actions.tell_more(dataset, by=dataset.steward, said={"keywords": "oncologie"})
    assert search(Wish("breast"), signed_in=False).count == 0
    assert search(Wish("oncologie"), signed_in=False).count == 1
    before = list(Card.objects.values("key", "title_stems", "keyword_stems"))
    Card.objects.all().delete()
    assert index.show_all() == 1
    assert list(Card.objects.values("key", "title_stems", "keyword_stems")) == before
    actions.withdraw_dataset(dataset, by=dataset.steward, reason="Over")
    assert search(Wish(), signed_in=True).count == 0


def test_words_that_very_many_have_are_looked_for_among_the_newest(client, found, monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite ranks every hit")
    Card.objects.bulk_create(
        [card(n, f"Roads {n}", theme="energy" if n % 3 else "health", text="cell" if n < 12 else "")
         for n in range(60)]
    )  # fmt: skip
    monkeypatch.setattr(queries, "LOOKED", 30)
    monkeypatch.setattr(queries, "MANY", 10)
    roads = search(Wish("roads"), signed_in=False)
    assert (roads.looked, roads.count, dict(roads.facets["theme"])) == (30, 30, {"energy": 20, "health": 10})
    health = search(Wish("roads", theme="health"), signed_in=False)
    assert (health.looked, health.count, len(health.cards)) == (
        30,
        20,
        20,
    )  # all 20 are among their newest 30
    every = search(Wish("roads"), signed_in=False, every=True)
    assert (every.looked, every.count, dict(every.facets["theme"])) == (
        None,
        60,
        {"energy": 40, "health": 20},
    )
    rare = search(Wish("roads cell"), signed_in=False)  # few of the newest have both: every one is found
    assert (rare.looked, rare.count) == (None, 12)
    page, seen = search(Wish("roads"), signed_in=False, size=7), []
    while page.next:
        seen += [one.key for one in page.cards]
        assert page.count == 30
        page = search(Wish("roads"), signed_in=False, size=7, after=page.next)
    assert len({*seen, *(one.key for one in page.cards)}) == 30
    shown = client.get("/datasets/?text=roads").content.decode()
    assert "the newest 30 only" in shown
    assert "?text=roads&amp;all=1" in shown
    assert client.get("/api/v1/datasets?text=roads&limit=1").json()["looked"] == 30
    assert client.get("/api/v1/datasets?text=roads&limit=1&all=true").json()["count"] == 60


def tallied():
    rows = Tally.objects.filter(number__gt=0).values_list("theme", "access", "source", "number")
    return {row[:3]: row[3] for row in rows}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from("wud"), st.integers(0, 7), st.sampled_from(["health", "energy"])),
        max_size=9,
    )
)
def test_the_tally_is_that_of_the_cards(found, steps):
    Card.objects.all().delete()
    for step, n, theme in steps:
        rows = Card.objects.filter(found_id__gt=n)
        if step == "w":
            index.write([card(at, f"Card {at}", theme=theme) for at in range(n)], "found")
        elif step == "u":
            rows.update(theme=theme, title="Renewed")
        else:
            rows.delete()
    assert tallied() == Counter(Card.objects.values_list("theme", "access", "source"))


@pytest.mark.usefixtures("store")
def test_a_search_costs_few_queries_however_much_it_finds(client, cards, django_assert_num_queries):
    Card.objects.bulk_create([card(n, f"Hospital {n}") for n in range(100, 140)])
    more = connection.vendor == "postgresql"  # it asks first whether very many have the word
    with django_assert_num_queries(3 + more):
        client.get("/datasets/?text=hospital")
    with django_assert_num_queries(3 + 2 * more):
        client.get("/datasets/?text=hospital&theme=health")
    client.force_login(person(organisation=organisation()))
    with django_assert_num_queries(5 + more):
        client.get("/datasets/?text=hospital")
    with django_assert_num_queries(3 + more):
        found = client.get("/api/v1/datasets?text=hospital&limit=2", headers={"cookie": ""}).json()
    assert len(found["items"]) == 2
    assert all(a != b for a, b in pairwise(item["id"] for item in found["items"]))
