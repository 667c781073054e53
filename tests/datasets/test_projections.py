"""Every projection against validators of others: rdflib, pyshacl on official shapes, mlcroissant, rocrate-validator."""

import io
import json
from dataclasses import fields, replace
from datetime import date

import pyshacl
import pytest
import rdflib
from rdflib.compare import isomorphic

from aifactory.datasets.conformance import blocking, findings
from aifactory.datasets.details import Details
from aifactory.datasets.processing import words
from aifactory.datasets.processing.said import Said
from aifactory.datasets.projections import (
    JSON_LD,
    PROJECTIONS,
    TURTLE,
    asked_for,
    dcat_ap,
    personal_data,
    written,
)
from tests.datasets.entries import BASE, OPEN, RESTRICTED, SAID
from tests.ro_crate_validator import problems

# rdflib's JSON-LD reader uses what rdflib itself advises against.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:rdflib", "ignore::DeprecationWarning:pyshacl"
)
RDF = [name for name, projection in PROJECTIONS.items() if projection.node]
BARE = [replace(entry, details=Details()) for entry in (OPEN, RESTRICTED)]


def parsed(text, form):
    return rdflib.Graph().parse(io.StringIO(text), format=form)


@pytest.mark.parametrize("name", RDF)
@pytest.mark.parametrize(
    "entry", [OPEN, RESTRICTED, *BARE], ids=["open", "restricted", "bare", "bare restricted"]
)
def test_turtle_says_what_json_ld_says(name, entry):
    document = PROJECTIONS[name].dataset(entry)
    turtle = written(document, PROJECTIONS[name], TURTLE)[0]
    assert isomorphic(parsed(turtle, "turtle"), parsed(json.dumps(document), "json-ld"))


NL_PARTS = ("", "-klassebereik", "-klassebereik-codelijsten")
#: What is broken in the shapes as they are published, and how it is meant.
SHAPES = {
    "dcat-ap": (["dcat-ap-3.0.1/shapes.ttl"], {"sh:shape ": "sh:node "}),
    "dcat-ap-nl": (
        ["dcat-ap-3.0.1/shapes.ttl", *(f"dcat-ap-nl-3.0/dcat-ap-nl-SHACL{part}.ttl" for part in NL_PARTS)],
        {"sh:shape ": "sh:node "},
    ),
    "healthdcat-ap": (
        ["healthdcat-ap/hdap-validator-sensitivity-shape.ttl"],
        # The legal basis is a term of DPV; DQV has none.
        {"sh:shape ": "sh:node ", "sh:extends ": "sh:node ", "dqv:hasLegalBasis": "dpv:hasLegalBasis"},
    ),
    "mldcat-ap": (["dcat-ap-3.0.1/shapes.ttl", "mldcat-ap/mldcat-ap-SHACL.ttl"], {"sh:shape ": "sh:node "}),
}


@pytest.fixture(scope="module")
def shapes(shared):
    def read(profile):
        files, patches = SHAPES[profile]
        made = rdflib.Graph()
        for file in files:
            text = (shared / "data" / "standards" / file).read_text()
            for broken, meant in patches.items():
                text = text.replace(broken, meant)
            made.parse(io.StringIO(text), format="turtle")
        return made

    return {profile: read(profile) for profile in SHAPES}


def test_the_patches_are_still_needed(shared):
    for files, patches in SHAPES.values():
        text = "".join((shared / "data" / "standards" / file).read_text() for file in files)
        assert all(broken in text for broken in patches)


def official(shapes, profile, document):
    """Ask pyshacl; return whether it conforms and its report."""
    data = parsed(json.dumps(document), "json-ld")
    conforms, _graph, report = pyshacl.validate(data, shacl_graph=shapes[profile], inference="none")
    return conforms, report


@pytest.mark.parametrize("profile", SHAPES)
@pytest.mark.parametrize("entry", [OPEN, RESTRICTED], ids=["open", "restricted"])
def test_the_official_shapes_accept_what_was_told_in_full(shapes, profile, entry):
    document = PROJECTIONS[profile].dataset(entry)
    assert blocking(findings(document, profile)) == []
    assert official(shapes, profile, document)[1] == "Validation Report\nConforms: True\n"


def test_the_official_shapes_accept_a_catalogue(shapes):
    document = dcat_ap.catalogue(
        [
            PROJECTIONS["dcat-ap-nl"].node(entry)
            for entry in (OPEN, replace(RESTRICTED, address=f"{BASE}/datasets/dst_2/"))
        ],
        address=f"{BASE}/datasets/",
        title="Datasets",
        publisher="The factory",
    )
    assert findings(document, "dcat-ap-nl") == []
    assert all(official(shapes, profile, document)[0] for profile in ("dcat-ap", "dcat-ap-nl"))


def broken(document):
    """Spoil a document in every way that the tables speak of: leave out, double, and write in the wrong form."""
    ways = ("without", "as text", "twice")
    for key in [k for k in document if not k.startswith("@")]:
        rest = {k: value for k, value in document.items() if k != key}
        made = (
            rest,
            rest | {key: "2021-01-28 GMT 01:51"},
            rest | {key: [{"@id": f"{BASE}/1"}, {"@id": f"{BASE}/2"}]},
        )
        yield from ((f"{key} {way}", document) for way, document in zip(ways, made, strict=True))


@pytest.mark.thorough
@pytest.mark.parametrize("profile", SHAPES)
def test_our_checks_and_the_official_shapes_agree_on_every_spoilt_description(shapes, profile):
    """Where the classes of values are asked for (MLDCAT-AP), a spoilt value has none: SHACL alone may say no."""
    differ = []
    for what, document in broken(PROJECTIONS[profile].dataset(RESTRICTED)):
        ours = not blocking(findings(document, profile))
        theirs, report = official(shapes, profile, document)
        if ours != theirs and "sh:class" not in report and "ClassConstraint" not in report:
            differ.append((what, ours, report[:600]))
    assert [what for what, *_ in differ] == [], differ


@pytest.mark.parametrize("left_out", [field.name for field in fields(Details)])
def test_leaving_one_detail_out_is_found_with_its_field(shapes, left_out):
    """HealthDCAT-AP asks most: what it misses is what the official shapes miss, and names the field to fill."""
    entry = replace(RESTRICTED, details=replace(SAID, **{left_out: type(getattr(SAID, left_out))()}))
    document = PROJECTIONS["healthdcat-ap"].dataset(entry)
    found = findings(document, "healthdcat-ap")
    assert (found == []) == official(shapes, "healthdcat-ap", document)[0]
    fields_named = {finding.field for finding in found}
    same = {"access_body_page": "homepage", "access_body_mail": "contact"}
    assert fields_named <= {left_out, same.get(left_out, left_out)}


def test_healthdcat_ap_says_which_personal_data_on_which_ground_and_for_how_long(shapes):
    entry = PROJECTIONS["healthdcat-ap"].dataset
    gdpr, pd = "https://w3id.org/dpv/legal/eu/gdpr#", "https://w3id.org/dpv/pd#"

    def told(**said):
        document = entry(replace(RESTRICTED, personal=Said(**said)))
        assert official(shapes, "healthdcat-ap", document)[0]
        names = ("dpv:hasPersonalData", "dpv:hasLegalBasis", "healthdcatap:retentionPeriod")
        return {name.partition(":")[2]: document.get(name) for name in names}

    until = {"@value": "2040-12-31", "@type": "xsd:date"}
    assert told(basis="public_task", condition="research", categories=("traits", "health"),
                keep_until=date(2040, 12, 31)) == {
        "hasPersonalData": [{"@id": pd + "Demographic"}, {"@id": pd + "Health"}],
        "hasLegalBasis": [{"@id": gdpr + "A6-1-e"}, {"@id": gdpr + "A9-2-j"}],
        "retentionPeriod": {"@type": "dct:PeriodOfTime", "dcat:endDate": until},
    }  # fmt: skip
    assert told() == {
        "hasPersonalData": [{"@id": "https://w3id.org/dpv#PersonalData"}],
        "hasLegalBasis": None,
        "retentionPeriod": None,
    }
    assert told(basis="consent")["hasLegalBasis"] == [{"@id": gdpr + "A6-1-a"}]
    about_nobody = entry(replace(RESTRICTED, personal_data=False))
    assert not [name for name in about_nobody if name in {"dpv:hasPersonalData", "dpv:hasLegalBasis"}]


def test_every_word_about_personal_data_has_a_term_of_dpv():
    assert set(personal_data._BASES) == set(words.BASES)
    assert set(personal_data._CONDITIONS) == set(words.CONDITIONS)
    assert set(personal_data._CATEGORIES) == set(words.CATEGORIES)


def test_a_finding_names_its_clause_in_both_languages():
    document = PROJECTIONS["healthdcat-ap"].dataset(replace(RESTRICTED, purposes=()))
    (finding,) = findings(document, "healthdcat-ap")
    assert (finding.clause, finding.node, finding.field, finding.required) == (
        "HealthDCAT-AP Dataset.hasPurpose",
        RESTRICTED.address,
        "offer",
        True,
    )
    assert finding.text.plain() == {
        "en": "The dataset has no purpose that it may be used for.",
        "nl": "De dataset heeft geen doel waarvoor het gebruikt mag worden.",
    }


@pytest.mark.parametrize(
    "entry", [OPEN, RESTRICTED, *BARE], ids=["open", "restricted", "bare", "bare restricted"]
)
def test_mlcroissant_accepts_the_croissant_export(entry):
    import mlcroissant

    document = json.loads(json.dumps(PROJECTIONS["croissant"].dataset(entry)))
    metadata = mlcroissant.Dataset(jsonld=document).metadata
    assert metadata.ctx.issues.errors == set()
    assert [record.name for record in metadata.record_sets] == (
        ["records-0"] if entry.access == "public" else []
    )


def test_croissant_says_what_the_responsible_use_vocabulary_asks():
    document = PROJECTIONS["croissant"].dataset(RESTRICTED)
    assert {key: value for key, value in document.items() if key.startswith("rai:")} == {
        "rai:dataCollection": SAID.provenance,
        "rai:dataBiases": SAID.biases,
        "rai:dataLimitations": SAID.limits,
        "rai:dataReleaseMaintenancePlan": SAID.maintenance,
        "rai:personalSensitiveInformation": "It contains data about people: Age, sex and other traits; Health.",
        "rai:dataUseCases": ["Scientific research"],
    }
    assert document["conformsTo"] == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/RAI/1.0",
    ]


@pytest.mark.parametrize("entry", [OPEN, RESTRICTED], ids=["open", "restricted"])
def test_ro_crate_keeps_to_what_its_specification_says_must(entry):
    """RO-Crate 1.2: a flat graph, one descriptor about the root, the root's four properties, linked entities."""
    graph = {node["@id"]: node for node in PROJECTIONS["ro-crate"].dataset(entry)["@graph"]}
    descriptor = graph["dst_1-ro-crate-metadata.json"]
    root = graph[descriptor["about"]["@id"]]
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
    assert root["@type"] == "Dataset"
    assert {"name", "description", "datePublished", "license"} <= set(root)
    linked = [root["license"], root["publisher"], *root.get("hasPart", [])]
    linked.append(graph[root["publisher"]["@id"]]["contactPoint"])
    assert all(one["@id"] in graph for one in linked)
    assert all(isinstance(node["@id"], str) and node["@type"] for node in graph.values())
    assert [node["name"] for node in graph.values() if node["@type"] == "File"] == [
        f.path for f in entry.files
    ]


@pytest.mark.thorough
def test_rocrate_validator_accepts_the_crate_and_names_what_a_broken_one_lacks(tmp_path):
    assert problems(PROJECTIONS["ro-crate"].dataset(OPEN), tmp_path) == []
    crate = PROJECTIONS["ro-crate"].dataset(replace(OPEN, details=Details()))
    descriptor, root, *others = crate["@graph"]
    kept = {key: value for key, value in root.items() if key not in {"license", "hasPart"}}
    broken = crate | {"@graph": [descriptor, kept, *others]}
    assert problems(broken, tmp_path) == [
        "A Data Entity MUST be directly or indirectly linked to the `Root Data Entity` through the `hasPart` property",
        "The Root Data Entity MUST have a `license` property (as specified by schema.org).",
        "The Root Data Entity MUST reference all Data Entities via hasPart (directly or indirectly)",
    ]


@pytest.mark.parametrize(
    ("accept", "name", "form"),
    [
        ("text/turtle", "dcat-ap", TURTLE),
        ("application/ld+json", "dcat-ap", JSON_LD),
        ('application/ld+json; profile="http://mlcommons.org/croissant/1.1"', "croissant", JSON_LD),
        ('text/turtle;profile="https://docs.geostandaarden.nl/dcat/dcat-ap-nl30"', "dcat-ap-nl", TURTLE),
        ("text/html;q=0.5, application/ld+json", "dcat-ap", JSON_LD),
    ],
)
def test_a_machine_gets_what_it_asks_for(accept, name, form):
    projection, given = asked_for(accept)
    assert (projection.name, given) == (name, form)


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "",
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "text/turtle;q=0",
        "text/turtle;q=x",
        "image/png",
    ],
)
def test_everyone_else_gets_a_page(accept):
    assert asked_for(accept) is None
