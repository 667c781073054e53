"""Strangers' catalogues: read to the end or to the first fault, one list of errors a record, nothing trusted."""

import json
from contextlib import contextmanager

import pytest

from aifactory.adapters.dataspace.http import HttpCaller
from aifactory.datasets.harvesting import actions, ckan, dcat, fetching, rdf
from aifactory.datasets.harvesting.dcat import DCAT
from aifactory.datasets.harvesting.fetching import Limits
from aifactory.datasets.harvesting.models import FoundDataset
from aifactory.datasets.harvesting.rdf import CannotBeRead
from aifactory.datasets.models import Card
from aifactory.datasets.projections import PROJECTIONS, dcat_ap
from aifactory.datasets.projections.graph import Iri, turtle
from aifactory.datasets.search.queries import Wish, search
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role
from aifactory.ports import registry
from aifactory.ports.dataspace import Caller
from tests.datasets import factories as make
from tests.datasets.entries import OPEN, RESTRICTED
from tests.people.factories import person

AT = "https://data.example/catalogue.ttl"
PREFIXES = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n"


def one(n, title="Wind", more=""):
    return (
        f'<https://data.example/d/{n}> a dcat:Dataset ; dct:identifier "d{n}" ; dct:title "{title} {n}"@en ; '
        f'dct:description "Measured."@en {more} .\n'
    )


class Web:
    """Answers from a table; remembers what was asked."""

    def __init__(self, pages):
        self.pages, self.asked = pages, []

    @contextmanager
    def stream(self, address, headers):
        self.asked.append(address)
        page = self.pages.get(address)
        yield (404 if page is None else 200), iter([page or b""])


@pytest.fixture
def web():
    before = dict(registry._provided)
    made = Web({})
    registry.provide(Caller, made)
    yield made
    registry._provided.clear()
    registry._provided.update(before)


@pytest.fixture
def source(db):
    return actions.add_source(by=make.steward(), name="Elsewhere", address=AT, kind="dcat")


def figures(harvest):
    names = ("seen", "added", "changed", "same", "gone", "faulty")
    return {name: figure for name in names if (figure := getattr(harvest, name))}


def test_a_source_is_read_again_and_again(web, source):
    web.pages[AT] = (PREFIXES + one(1) + one(2) + one(3)).encode()
    assert figures(actions.harvest(source, by=source.added_by)) == {"seen": 3, "added": 3}
    web.pages[AT] = (PREFIXES + one(1) + one(2, "Sun") + one(4)).encode()
    again = actions.harvest(source, by=source.added_by)
    assert figures(again) == {"seen": 3, "added": 1, "changed": 1, "same": 1, "gone": 1}
    assert sorted(source.found.values_list("identifier", flat=True)) == ["d1", "d2", "d4"]
    assert [card.title for card in search(Wish("sun"), signed_in=False).cards] == ["Sun 2"]
    assert dict(search(Wish(), signed_in=False).facets["source"]) == {source.pk: 3}


def test_a_fault_in_the_middle_loses_nothing_that_stood_before_it_and_removes_nothing(web, source):
    web.pages[AT] = (PREFIXES + one(1) + one(2)).encode()
    actions.harvest(source, by=source.added_by)
    web.pages[AT] = (
        PREFIXES + one(1) + one(3) + "<https://data.example/d/4> a dcat:Dataset ; dct:title "
    ).encode()
    broken = actions.harvest(source, by=source.added_by)
    assert figures(broken) == {"seen": 3, "added": 2, "same": 1, "faulty": 1}
    assert broken.problem.startswith("The document breaks off:")
    assert broken.problem_nl.startswith("Het document breekt af:")
    assert sorted(source.found.filter(shown=True).values_list("identifier", flat=True)) == ["d1", "d2", "d3"]


def test_each_record_has_its_own_errors(web, source):
    web.pages[AT] = (
        PREFIXES + one(1) + one(2, more='; dct:issued "2021-01-28 GMT 01:51" ; dcat:theme "energy"')
        + '<https://data.example/d/3> a dcat:Dataset ; dct:identifier "d3" ; dct:description "No title"@en .'
    ).encode()  # fmt: skip
    assert figures(actions.harvest(source, by=source.added_by)) == {"seen": 3, "added": 3, "faulty": 2}
    wrong = {row.identifier: [error["en"] for error in row.errors] for row in source.found.all()}
    assert wrong == {
        "d1": [],
        "d2": [
            "The theme of the dataset must be an address.",
            "The date of publication of the dataset must be a date, written as 2026-01-31.",
        ],
        "d3": ["The dataset has no title."],
    }
    assert [row.identifier for row in FoundDataset.objects.filter(shown=False)] == ["d3"]
    assert Card.objects.count() == 2


def test_what_changed_is_written_in_batches_whatever_the_pages_and_the_rest_not_at_all(
    web, source, django_assert_max_num_queries
):
    def bring(first, last, title="Wind"):
        web.pages.clear()
        for n in range(first, last):  # a page for each record, and each record twice
            following = (
                f"<{AT}> <http://www.w3.org/ns/hydra/core#next> <{AT}?{n + 1}> ." if n + 1 < last else ""
            )
            at = AT if n == first else f"{AT}?{n}"
            web.pages[at] = (PREFIXES + one(n, title) + one(n, title) + following).encode()

    bring(1, 31)
    with django_assert_max_num_queries(16):
        assert figures(actions.harvest(source, by=source.added_by)) == {"seen": 30, "added": 30}
    with django_assert_max_num_queries(12):
        assert figures(actions.harvest(source, by=source.added_by)) == {"seen": 30, "same": 30}
    cards = dict(Card.objects.values_list("found__identifier", "pk"))
    bring(1, 31, "Sun")
    with django_assert_max_num_queries(16):
        assert figures(actions.harvest(source, by=source.added_by)) == {"seen": 30, "changed": 30}
    assert dict(Card.objects.values_list("found__identifier", "pk")) == cards  # renewed in their place
    assert (search(Wish("wind"), signed_in=True).count, search(Wish("sun"), signed_in=True).count) == (0, 30)


def test_a_record_that_lost_its_title_is_not_shown_any_more(web, source):
    web.pages[AT] = (PREFIXES + one(1) + one(2)).encode()
    actions.harvest(source, by=source.added_by)
    web.pages[AT] = (PREFIXES + one(1) + one(2).replace("dct:title", "dct:alternative")).encode()
    assert figures(actions.harvest(source, by=source.added_by)) == {
        "seen": 2, "changed": 1, "same": 1, "faulty": 1,
    }  # fmt: skip
    assert list(Card.objects.values_list("found__identifier", flat=True)) == ["d1"]


def test_a_page_may_say_very_much_of_one_dataset_and_each_thing_counts_once():
    said = " , ".join(f'"{n}"' for n in range(40_000))
    page = f'{PREFIXES}<https://x.example/1> a dcat:Dataset ; dcat:keyword {said} , "0" , "1" .'
    found, problem = rdf.read(page.encode())
    assert problem is None
    words = [word.value for word in found[Iri("https://x.example/1")][DCAT + "keyword"]]
    assert sorted(words, key=int) == [str(n) for n in range(40_000)]


@pytest.mark.parametrize("form", ["jsonld", "ttl"])
def test_another_factorys_catalogue_federates(web, source, form):
    def page(n, following):
        nodes = [PROJECTIONS["dcat-ap-nl"].node(entry) for entry in ([OPEN], [RESTRICTED])[n]]
        nodes = [node | {"@id": f"https://data.example/{n}/", "dct:identifier": f"dst_{n}"} for node in nodes]
        made = dcat_ap.catalogue(
            nodes, address="https://data.example/", title="T", publisher="P", following=following
        )
        return (turtle(made) if form == "ttl" else json.dumps(made)).encode()

    web.pages = {AT: page(0, f"{AT}?after=1"), f"{AT}?after=1": page(1, "")}
    assert figures(actions.harvest(source, by=source.added_by)) == {"seen": 2, "added": 2}
    row = source.found.get(identifier="dst_1")
    assert row.errors == []
    assert row.facts["title"] == RESTRICTED.title
    assert (row.facts["access"], row.facts["theme"]) == ("restricted", "health")
    assert row.facts["keywords"] == ["cells", "tumour"]


def test_a_next_page_on_another_host_is_not_followed(web, source):
    web.pages[AT] = (
        PREFIXES + one(1)
        + "<https://data.example/> <http://www.w3.org/ns/hydra/core#next> <https://169.254.169.254/latest> ."
    ).encode()  # fmt: skip
    actions.harvest(source, by=source.added_by)
    assert web.asked == [AT]


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&c;</rdf:RDF>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&a;</rdf:RDF>"""
DEEP = b'{"@context": {}, "a": ' * 90_000 + b"1" + b"}" * 90_000


@pytest.mark.parametrize(
    "document",
    [
        BOMB, OUTSIDE, DEEP, b'{"@context": "https://169.254.169.254/"}', b'{"@context": {"@import": "file:///x"}}',
        b'[{"a": {"@context": [{}, "http://localhost/"]}}]',
    ],
    ids=["bomb", "outside", "deep", "context", "import", "nested context"],
)  # fmt: skip
def test_hostile_documents_are_refused_before_they_are_parsed(document):
    with pytest.raises(CannotBeRead) as refusal:
        rdf.read(document)
    assert refusal.value.text.nl


def test_rdf_xml_is_read():
    found, problem = rdf.read(
        b"""<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/">
        <dcat:Dataset rdf:about="https://x.example/1">
        <dct:title xml:lang="nl-NL">&lt;b&gt;Wind&lt;/b&gt; op zee</dct:title>
        <dcat:landingPage rdf:resource="javascript:alert(1)"/></dcat:Dataset></rdf:RDF>"""
    )
    (record,) = dcat.records(found)
    assert problem is None
    assert (record.title, record.page, record.access) == (
        {"nl": "Wind op zee"},
        "https://x.example/1",
        "public",
    )


@pytest.mark.parametrize("document", [b"", b"\x00\xff\xfe", b"<html>no</html>", b"a b c", b"{", b"<?xml"])
def test_rubbish_is_no_catalogue_and_no_crash(document):
    found, _problem = rdf.read(document)
    assert dcat.records(found) == []


def test_too_large_too_slow_too_long(web):
    web.pages[AT] = b"x" * 2_000
    for limits, why in ((Limits(bytes=1_000), "too large"), (Limits(seconds=-1), "too slow")):
        (page,) = fetching.pages("dcat", AT, limits)
        assert why in page.problem.en
    assert "404" in next(fetching.pages("dcat", "https://data.example/none")).problem.en


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/x", "http://data.example/"]
)
def test_our_own_network_is_not_read(web, address):
    registry.provide(Caller, HttpCaller())
    (page,) = fetching.pages("dcat", address)
    assert page.records == []
    assert "can't be reached" in page.problem.en


def package(n, **facts):
    return {
        "id": f"p{n}", "name": f"p-{n}", "title": f"Package {n}", "notes": "<p>Text</p>", "license_id": "cc-by",
        "organization": {"title": "City"}, "tags": [{"name": "roads"}], "metadata_modified": "2026-01-01",
        "resources": [{"name": "file", "url": "https://x.example/f.csv", "format": "CSV"}],
    } | facts  # fmt: skip


def test_ckan_is_read_page_by_page(web, db):
    base = "https://ckan.example"
    every = [package(n) for n in range(ckan.ROWS)] + [
        package(900, title="", notes=None, resources=[{"url": "ftp://x"}])
    ]

    def answer(packages):
        return json.dumps({"success": True, "result": {"count": len(every), "results": packages}}).encode()

    web.pages = {
        ckan.page_address(base, 0): answer(every[: ckan.ROWS]),
        ckan.page_address(base, ckan.ROWS): answer(every[ckan.ROWS :]),
    }
    source = actions.add_source(by=make.steward(), name="City", address=base, kind="ckan")
    assert figures(actions.harvest(source, by=source.added_by)) == {"seen": 101, "added": 101, "faulty": 1}
    row = source.found.get(identifier="p900")
    assert [error["clause"] for error in row.errors] == ["CKAN package.notes", "CKAN package.resources.url"]
    assert row.facts["page"] == f"{base}/dataset/p-900"
    assert source.found.get(identifier="p1").facts["description"] == {"en": "Text"}


def test_one_character_that_cannot_be_kept_does_not_lose_a_catalogue(web, db):
    base = "https://ckan.example"
    odd = [
        package(1, id="p1\ud83d", title="Half \ud83d", tags=[{"name": "\udc00"}], metadata_modified="\ud800"),
        package(2, id="p2\0", title="No\0thing", license_id="cc\0by", metadata_modified="\0"),
        package(3, title="A \U0001f6b2 and \\u0000"),
    ]
    document = json.dumps({"result": {"count": 3, "results": odd}}).encode()
    web.pages = {ckan.page_address(base, 0): document, AT: (PREFIXES + one(1, "W\\u0000\0ind")).encode()}
    for name, address, kind, seen in (("City", base, "ckan", 3), ("Wind", AT, "dcat", 1)):
        source = actions.add_source(by=make.steward(), name=name, address=address, kind=kind)
        assert figures(actions.harvest(source, by=source.added_by)) == {"seen": seen, "added": seen}
    titles = FoundDataset.objects.order_by("identifier").values_list("identifier", "facts__title__en")
    assert list(titles) == [
        ("d1", "Wind 1"), ("p1?", "Half ?"), ("p2", "Nothing"), ("p3", "A \U0001f6b2 and \\u0000"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "document", [b"[]", b"{}", b'{"result": 1}', b'{"result": {"results": 1, "count": 1}}', b"x"]
)
def test_what_is_no_ckan_says_so(document):
    with pytest.raises(CannotBeRead):
        ckan.records(document, "https://x.example")


def test_only_stewards_and_the_office_harvest(web, source):
    with pytest.raises(NotAllowed):
        actions.harvest(source, by=person(Role.AUDITOR))
    with pytest.raises(NotAllowed):
        actions.add_source(by=person(), name="x", address="https://y.example/", kind="dcat")
    with pytest.raises(Invalid) as refusal:
        actions.add_source(by=source.added_by, name=" ", address=AT, kind="oai")
    assert [error.field for error in refusal.value.errors] == ["name", "address", "kind"]


def test_a_paused_source_shows_nothing_and_is_not_read(web, source):
    web.pages[AT] = (PREFIXES + one(1)).encode()
    actions.harvest(source, by=source.added_by)
    actions.pause_source(source, by=source.added_by)
    assert search(Wish(), signed_in=True).count == 0
    with pytest.raises(actions.SourceIsPaused):
        actions.harvest(source, by=source.added_by)
    actions.resume_source(source, by=person(Role.OFFICE))
    assert figures(actions.harvest(source, by=source.added_by)) == {"seen": 1, "added": 1}


def test_the_worker_reads_what_was_asked_for_once_and_tells_how_it_went(client, web, source, monkeypatch):
    web.pages[AT] = (PREFIXES + one(1)).encode()
    client.force_login(source.added_by)
    at = f"/api/v1/sources/{source.pk}"
    first, again = (client.post(f"{at}/harvest") for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["asked_at"] == again.json()["asked_at"] is not None
    assert [actions.harvest_asked() for _ in range(2)] == [1, 0]
    monkeypatch.setattr(actions, "pages", lambda *_: 1 / 0)
    client.post(f"{at}/harvest")
    assert [actions.harvest_asked() for _ in range(2)] == [1, 0]
    failed, read = client.get(f"{at}/harvests").json()["items"]
    assert (read["added"], read["problem"]) == (1, "")
    assert (failed["seen"], failed["problem"]) == (
        0, "Something in the factory failed while it was read. The operator finds it in the log.",
    )  # fmt: skip
    client.post(f"{at}/harvest")
    actions.pause_source(source, by=source.added_by)
    assert actions.harvest_asked() == 0
    source.refresh_from_db()
    assert source.asked_at is None
    assert client.post(f"{at}/harvest").status_code == 409


def test_the_stewards_pages(client, web, source, django_assert_num_queries):
    web.pages[AT] = (PREFIXES + one(1) + one(2, more='; dct:issued "yesterday"')).encode()
    client.force_login(source.added_by)
    client.post(f"/datasets/sources/{source.pk}/harvest/")
    assert "It is the turn of the factory" in client.get(f"/datasets/sources/{source.pk}/").content.decode()
    assert web.asked == []  # no page waits for a stranger's site
    assert actions.harvest_asked() == 1
    with django_assert_num_queries(5):
        page = client.get(f"/datasets/sources/{source.pk}/").content.decode()
    assert "must be a date" in page
    assert "It is the turn of the factory" not in page
    with django_assert_num_queries(3):
        assert "Elsewhere" in client.get("/datasets/sources/").content.decode()
    row = source.found.get(identifier="d1")
    shown = client.get(f"/datasets/elsewhere/{row.pk}/").content.decode()
    assert "This is how Elsewhere describes it" in shown
    assert f"/datasets/elsewhere/{row.pk}/" in client.get("/datasets/?text=wind").content.decode()
    assert client.get(f"/api/v1/found-datasets/{row.pk}").json()["title"] == {"en": "Wind 1"}
    assert [e["identifier"] for e in client.get(f"/api/v1/sources/{source.pk}/errors").json()["items"]] == [
        "d2"
    ]
    client.logout()
    assert client.get(f"/datasets/elsewhere/{row.pk}/").status_code == 200
    assert client.get("/api/v1/sources").json()["items"][0]["found"] == 2
