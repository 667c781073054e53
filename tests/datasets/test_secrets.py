"""A planted column, value and file name of restricted data: looked for in every face that strangers have."""

import json
import re

import pytest

from aifactory.audit.models import Event
from aifactory.datasets import actions
from aifactory.datasets.guards import PersonalDataWasNotAnnounced
from aifactory.datasets.models import Card
from aifactory.datasets.projections import PROJECTIONS
from tests.datasets import factories as make
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
COLUMN, VALUE, FILE = "zqcolumn", "zqvalue", "zqfile"
SECRETS = re.compile("zq(column|value|file)")
TABLE = f"{COLUMN},age,sex\n".encode() + b"".join(
    f"{VALUE}{n % 3},{20 + n % 60},F\n".encode() for n in range(300)
)


@pytest.fixture
def planted():
    dataset = make.dataset()
    make.version(dataset, [(f"{FILE}.csv", TABLE)])
    dataset = actions.publish_dataset(dataset, by=dataset.steward)
    make.offer(dataset)
    actions.tell_more(
        dataset, by=dataset.steward, said={"keywords": "cells, tumour", "contact": "data@linde.example"}
    )
    return dataset


def addresses(dataset):
    version, offer = dataset.versions.get(), dataset.offers.get()
    forms = [(name, "jsonld") for name in PROJECTIONS] + [
        (n, "ttl") for n, p in PROJECTIONS.items() if p.node
    ]
    yield from (f"/datasets/{dataset.pk}/{name}.{form}" for name, form in forms)
    yield from (f"/api/v1/datasets/{dataset.pk}/as/{name}?form={form}" for name, form in forms)
    yield from (f"/datasets/catalogue.{form}?profile={n}" for n, form in forms if PROJECTIONS[n].node)
    for word in ("", COLUMN, VALUE, FILE, "cells"):
        yield f"/datasets/?text={word}"
        yield f"/api/v1/datasets?text={word}"
    yield from (
        f"/datasets/{dataset.pk}/",
        f"/datasets/versions/{version.pk}/",
        f"/datasets/versions/{version.pk}/manifest.json",
        f"/datasets/versions/{version.pk}/report.json",
        f"/datasets/files/{version.files.get().pk}/",
        f"/offers/{offer.pk}/odrl.jsonld",
        f"/api/v1/datasets/{dataset.pk}",
        f"/api/v1/datasets/{dataset.pk}/missing",
        f"/api/v1/dataset-versions/{version.pk}",
        f"/api/v1/dataset-files/{version.files.get().pk}",
        f"/api/v1/offers/{offer.pk}",
        "/register/",
        "/log/",
    )


@pytest.mark.parametrize("signed_in", [False, True], ids=["nobody", "a stranger with an account"])
def test_no_face_tells_a_stranger_of_a_restricted_column(client, planted, signed_in):
    if signed_in:
        client.force_login(person())
    told = 0
    for address in addresses(planted):
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        shown = body.decode() + str(answer.headers)
        for word in (COLUMN, VALUE, FILE):  # the page repeats what was asked for
            shown = shown.replace(f'value="{word}"', "").replace(f"text={word}", "")
        assert not SECRETS.search(shown), address
        told += "Breast cells" in shown or "Borstcellen" in shown
    assert told > 20  # the faces did speak of this dataset


def test_no_index_and_no_event_holds_a_restricted_column(planted):
    card = Card.objects.get()
    assert card.title == planted.title
    assert not SECRETS.search(json.dumps({f.name: str(getattr(card, f.name)) for f in card._meta.fields}))
    assert not any(SECRETS.search(json.dumps(data)) for data in Event.objects.values_list("data", flat=True))


def test_a_refusal_names_columns_to_the_steward_only(client):
    dataset = make.dataset(contains_personal_data=False)
    version = actions.new_version(dataset, by=dataset.steward)
    bsns = b"zqcolumn\n" + b"111222333\n123456782\n010464554\n" * 20
    actions.add_file(version, [bsns], by=dataset.steward, name="people.csv")
    version.refresh_from_db()
    actions.inspect_version(version, by=dataset.steward)
    with pytest.raises(PersonalDataWasNotAnnounced, match="zqcolumn"):
        actions.publish_version(version, by=dataset.steward)
    client.force_login(person())
    for address in (
        f"/datasets/versions/{version.pk}/publish/",
        f"/api/v1/dataset-versions/{version.pk}/publish",
    ):
        assert not SECRETS.search(client.post(address).content.decode())


def test_an_open_dataset_does_tell_its_columns(client):
    dataset = make.dataset(access="public", contains_personal_data=False, licence="CC-BY-4.0", theme="energy")
    make.version(dataset, [(f"{FILE}.csv", TABLE.replace(b"age,sex", b"a,b"))])
    actions.publish_dataset(dataset, by=dataset.steward)
    (records,) = client.get(f"/datasets/{dataset.pk}/croissant.jsonld").json()["recordSet"]
    assert [field["description"] for field in records["field"]] == [COLUMN, "a", "b"]
    assert records["description"] == f"{FILE}.csv"
