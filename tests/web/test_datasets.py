import html
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from aifactory.datasets import actions
from aifactory.datasets.models import Agreement, Dataset, DatasetFile, Offer
from aifactory.kit.canonical import digest
from aifactory.people.models import Role
from tests.awards.factories import project as make_project
from tests.datasets import factories as make
from tests.datasets.factories import store
from tests.people.factories import organisation, person

__all__ = ["store"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


def words(response):
    return html.unescape(response.content.decode())


def links(response, folder):
    """The links of a page to single things of a kind, with their words, in order."""
    found = re.findall(
        rf'<a class="nl-link" href="/{folder}/[a-z]+_\w+/">([^<]*)</a>', response.content.decode()
    )
    return [html.unescape(text) for text in found]


def options(response, name):
    """The choices of a select, with their words."""
    select = response.content.decode().split(f'name="{name}">')[1].split("</select>")[0]
    return re.findall(r'value="([^"]+)"[^>]*>([^<]*)<', select)


def errors(response):
    """The error summary: field and words."""
    return re.findall(r'<li><a href="#id_(\w+)">[^:]*: ([^<]*)</a>', words(response))


def test_a_stranger_searches_the_catalogue(client, django_assert_num_queries):
    for n in range(3):
        make.published(title=f"Set {n}")
    make.published(title="Wind at sea", theme="energy", access="public", contains_personal_data=False)
    make.published(title="For members", access="nonpublic")
    make.dataset(title="A draft")
    with django_assert_num_queries(3):
        page = client.get("/datasets/")
    assert links(page, "datasets") == ["Wind at sea", "Set 2", "Set 1", "Set 0"]
    found = client.get("/datasets/", {"text": "wind SEA", "theme": "energy"})
    assert links(found, "datasets") == ["Wind at sea"]
    assert options(found, "theme") == [("energy", "Energy (1)")]
    assert options(found, "access") == [("public", "Public (1)")]
    assert "No dataset fits" in words(client.get("/datasets/", {"text": "100%_'; DROP TABLE--"}))


def test_the_catalogue_costs_the_same_for_many(client, django_assert_num_queries):
    user = make.steward()
    for n in range(12):
        make.published(user, title=f"Set {n}")
    with django_assert_num_queries(3):
        client.get("/datasets/")


def test_a_restricted_dataset_tells_a_stranger_no_names(client):
    dataset = make.published()
    make.offer(dataset)
    page = words(client.get(f"/datasets/{dataset.pk}/"))
    assert "Breast cells under the microscope" in page
    assert "Purpose: Scientific research and Research and development of diagnostic support." in page
    version = dataset.versions.get()
    addresses = [
        f"/datasets/{dataset.pk}/",
        f"/datasets/{dataset.pk}/dcat-ap.jsonld",
        "/datasets/catalogue.jsonld",
        f"/datasets/versions/{version.pk}/",
        f"/datasets/versions/{version.pk}/manifest.json",
        f"/datasets/versions/{version.pk}/report.json",
        f"/offers/{dataset.offers.get().pk}/odrl.jsonld",
        f"/api/v1/datasets/{dataset.pk}",
        f"/api/v1/dataset-versions/{version.pk}",
        "/api/v1/datasets",
    ]
    for address in addresses:
        shown = client.get(address).content.decode()
        assert not any(secret in shown for secret in ("cells.csv", "radius", "texture", "malignant")), address
    assert client.get(f"/datasets/files/{version.files.get().pk}/").status_code == 403


def test_the_holder_and_staff_see_the_details(client):
    dataset = make.published()
    for user in (dataset.steward, person(Role.OFFICE), person(Role.AUDITOR)):
        client.force_login(user)
        page = words(client.get(f"/datasets/{dataset.pk}/"))
        assert "cells.csv" in page
        assert "texture" in page


def test_open_data_is_downloaded_as_an_attachment(client):
    dataset = make.published(access="public", contains_personal_data=False)
    file = DatasetFile.objects.get()
    page = words(client.get(f"/datasets/{dataset.pk}/"))
    assert f"/datasets/files/{file.pk}/" in page
    assert "half lies between" in page
    answer = client.get(f"/datasets/files/{file.pk}/")
    assert b"".join(answer.streaming_content) == make.CSV
    assert answer["Content-Disposition"] == 'attachment; filename="cells.csv"'
    assert answer["Content-Type"] == "application/octet-stream"


def test_dcat_of_an_open_dataset(client):
    dataset = make.published(
        access="public", contains_personal_data=False, theme="energy", licence="CC-BY-4.0"
    )
    file = DatasetFile.objects.get()
    node = client.get(f"/datasets/{dataset.pk}/dcat-ap.jsonld").json()
    base = "http://testserver"
    (distribution,) = node["dcat:distribution"]
    assert node["@id"] == f"{base}/datasets/{dataset.pk}/"
    assert node["dct:title"] == [
        {"@value": dataset.title, "@language": "en"},
        {"@value": dataset.title_nl, "@language": "nl"},
    ]
    assert node["dct:accessRights"]["@id"].endswith("/access-right/PUBLIC")
    assert distribution["@id"] == f"{base}/datasets/files/{file.pk}/"
    assert distribution["dct:license"]["@id"].endswith("/licence/CC_BY_4_0")
    assert distribution["dcat:byteSize"]["@value"] == str(len(make.CSV))
    assert distribution["spdx:checksum"]["spdx:checksumValue"]["@value"] == file.digest.removeprefix(
        "sha256:"
    )
    catalogue = client.get("/datasets/catalogue.jsonld").json()
    assert [d["@id"] for d in catalogue["dcat:dataset"]] == [node["@id"]]


def test_health_data_names_its_law(client):
    node = client.get(f"/datasets/{make.published().pk}/dcat-ap.jsonld").json()
    assert node["dcatap:applicableLegislation"]["@id"] == "http://data.europa.eu/eli/reg/2025/327/oj"
    (distribution,) = node["dcat:distribution"]
    assert distribution["@id"].endswith("/#data")
    assert "dct:title" not in distribution


def test_dcat_costs_the_same_for_many(client, django_assert_num_queries):
    user = make.steward()
    for _ in range(6):
        make.offer(make.published(user))
    with django_assert_num_queries(4):
        client.get("/datasets/catalogue.jsonld")


FACTS = {
    "title": "<script>alert(1)</script>",
    "title_nl": "",
    "description": "Measured by us.",
    "description_nl": "",
    "theme": "energy",
    "access": "restricted",
    "licence": "agreement",
    "contains_personal_data": "on",
    **{f"personal-{name}": value for name, value in make.PERSONAL.items()},
}
OFFER = {
    "purposes": ["scientific-research"],
    "actions": ["analyse", "train"],
    "recipients": ["company"],
    "spatial": "EEA",
    "until": "",
    "duties": ["attribute"],
}


def test_a_steward_brings_a_dataset_into_the_catalogue(client):
    user = make.steward()
    client.force_login(user)
    client.post("/datasets/new/", FACTS | {"holder": make.holder_of(user).pk})
    dataset = Dataset.objects.get()
    client.post(f"/datasets/{dataset.pk}/versions/new/")
    version = dataset.versions.get()
    page = f"/datasets/versions/{version.pk}/"
    answer = client.post(page + "files/", {"file": SimpleUploadedFile("cells.csv", make.CSV, "text/csv")})
    assert answer.status_code == 302
    assert "cells.csv" in words(client.get(page))
    client.post(page + "inspect/")
    assert "What the inspection found" in words(client.get(page))
    client.post(page + "publish/")
    client.post(f"/datasets/{dataset.pk}/publish/")
    client.post(f"/datasets/{dataset.pk}/offers/new/", OFFER)
    offer = Offer.objects.get()
    assert offer.terms["purposes"] == ["scientific-research"]
    shown = client.get("/datasets/")
    assert b"<script>alert(1)</script>" not in shown.content
    assert "<script>alert(1)</script>" in words(shown)
    assert "Make an offer" in words(client.get(f"/datasets/{dataset.pk}/"))
    client.post(f"/datasets/{dataset.pk}/edit/", FACTS | {"title": "Wind"})
    assert "Wind" in words(client.get("/datasets/mine/"))
    client.post(f"/offers/{offer.pk}/close/")
    client.post(f"/datasets/{dataset.pk}/withdraw/", {"reason": "Superseded"})
    offer.refresh_from_db()
    dataset.refresh_from_db()
    assert (offer.state, dataset.state) == ("closed", "withdrawn")
    assert "has withdrawn this dataset" in words(client.get(f"/datasets/{dataset.pk}/"))


def test_mistakes_are_shown_at_their_fields(client):
    user = make.steward()
    client.force_login(user)
    answer = client.post("/datasets/new/", FACTS | {"holder": make.holder_of(user).pk, "access": "public"})
    assert answer.status_code == 200
    assert errors(answer) == [
        ("access", "A dataset with personal data can't be open to everyone. Choose restricted access.")
    ]
    answer = client.post("/datasets/new/", {"title": ""})
    assert {"title", "description", "theme", "holder"} <= {name for name, _ in errors(answer)}
    assert not Dataset.objects.exists()


def test_a_lying_upload_gets_a_page_that_says_why(client):
    dataset = make.dataset()
    version = actions.new_version(dataset, by=dataset.steward)
    client.force_login(dataset.steward)
    file = SimpleUploadedFile("cells.csv", b"MZ\x90\x00\0\0\0", "text/csv")
    answer = client.post(f"/datasets/versions/{version.pk}/files/", {"file": file})
    assert answer.status_code == 409
    assert "should be text/csv, but it is Windows Executable" in words(answer)


def test_a_body_of_two_gigabytes_is_refused_by_its_announced_length(client):
    dataset = make.dataset()
    version = actions.new_version(dataset, by=dataset.steward)
    client.force_login(dataset.steward)
    for address in (
        f"/datasets/versions/{version.pk}/files/",
        f"/api/v1/dataset-versions/{version.pk}/files",
    ):
        answer = client.post(
            address,
            data=b"--x\r\n",
            content_type="multipart/form-data; boundary=x",
            CONTENT_LENGTH="2000000000",
        )
        assert answer.status_code == 413, address


def test_from_a_request_to_a_signed_agreement_and_its_end(client):
    offer, project = make.offer(make.published()), make_project()
    client.force_login(project.leader)
    version = offer.dataset.versions.get()
    asked = {
        "project": project.pk,
        "version": version.pk,
        "purpose": make.PURPOSE,
        "explanation": "To find tumours earlier.",
        "accept": "on",
    }
    assert client.get(f"/offers/{offer.pk}/request/").status_code == 200
    answer = client.post(f"/offers/{offer.pk}/request/", asked)
    agreement = Agreement.objects.get()
    page = f"/agreements/{agreement.pk}/"
    assert answer["Location"] == page
    assert "It is the turn of Ziekenhuis De Linde" in words(client.get(page))
    assert client.post(page + "agree/").status_code == 403

    client.force_login(offer.offered_by)
    assert project.organisation.name in words(client.get("/datasets/mine/"))
    client.post(page + "agree/", {"seen": digest(agreement.terms)})
    client.force_login(project.leader)
    assert "Sign for your organisation" in words(client.get(page))
    client.post(page + "sign/")
    assert "cells.csv" in words(client.get(f"/datasets/{offer.dataset_id}/"))
    agreement.refresh_from_db()
    signed = client.get(page + "signed.json").json()
    assert signed == {
        "contract": agreement.contract(),
        "digest": agreement.digest,
        "holder_signature": agreement.holder_signature,
        "user_signature": agreement.user_signature,
        "persons_changes": [],
    }
    assert client.get(page + "odrl.jsonld").json()["@type"] == "Agreement"
    client.post(page + "end/", {"reason": "We are done"})
    agreement.refresh_from_db()
    assert (agreement.state, agreement.reason) == ("ended", "We are done")
    assert "We are done" in words(client.get(page))


def test_what_the_terms_forbid_is_said_at_the_field(client):
    offer = make.offer(make.published())
    project = make_project(organisation=organisation(country="US"))
    client.force_login(project.leader)
    asked = {
        "project": project.pk,
        "version": offer.dataset.versions.get().pk,
        "purpose": make.PURPOSE,
        "explanation": "x",
        "accept": "on",
    }
    answer = client.post(f"/offers/{offer.pk}/request/", asked)
    assert errors(answer) == [
        (
            "purpose",
            (
                "The user must be established in the European Economic Area. "
                "Choose another offer, or ask the holder for other terms."
            ),
        )
    ]


def test_strangers_find_no_agreement_and_no_draft(client):
    agreement, draft = make.in_force(make.offer(make.published())), make.dataset()
    version = actions.new_version(draft, by=draft.steward)
    client.force_login(person())
    for address in (
        f"/agreements/{agreement.pk}/",
        f"/agreements/{agreement.pk}/signed.json",
        f"/datasets/{draft.pk}/",
        f"/datasets/versions/{version.pk}/",
        "/datasets/dst_'; DROP TABLE x;--/",
        "/datasets/versions/../../etc/passwd/",
    ):
        assert client.get(address).status_code == 404, address
    assert links(client.get("/agreements/"), "agreements") == []


def test_the_list_of_agreements_costs_the_same_for_many(client, django_assert_num_queries):
    offer = make.offer(make.published())
    for _ in range(3):
        make.requested(offer)
    client.force_login(offer.offered_by)
    with django_assert_num_queries(4):
        page = client.get("/agreements/")
    assert links(page, "agreements") == ["Breast cells under the microscope"] * 3


def test_dutch_readers_read_dutch_terms(client):
    dataset = make.published()
    make.offer(dataset)
    page = words(client.get(f"/datasets/{dataset.pk}/", headers={"accept-language": "nl"}))
    assert "Borstcellen onder de microscoop" in page
    assert "gevestigd in de Europese Economische Ruimte" in page


def api(client, user, method, path, body=None):
    client.force_login(user)
    answer = client.generic(method, f"/api/v1{path}", json.dumps(body or {}), "application/json")
    return answer.status_code, answer.json()


def test_the_same_way_over_the_api(client):
    user = make.steward()
    facts = {k: v for k, v in FACTS.items() if "personal" not in k} | {"personal": make.PERSONAL}
    status, dataset = api(
        client,
        user,
        "POST",
        "/datasets",
        facts | {"holder": make.holder_of(user).pk, "contains_personal_data": True},
    )
    assert (status, dataset["state"]) == (201, "draft")
    status, version = api(client, user, "POST", f"/datasets/{dataset['id']}/versions")
    answer = client.post(
        f"/api/v1/dataset-versions/{version['id']}/files", {"file": SimpleUploadedFile("c.csv", make.CSV)}
    )
    assert (answer.status_code, answer.json()["path"]) == (201, "c.csv")
    assert api(client, user, "POST", f"/dataset-versions/{version['id']}/inspect")[1]["state"] == "inspected"
    assert api(client, user, "POST", f"/dataset-versions/{version['id']}/publish")[1]["state"] == "published"
    assert api(client, user, "POST", f"/datasets/{dataset['id']}/publish")[1]["state"] == "published"
    offer = api(client, user, "POST", f"/datasets/{dataset['id']}/offers", {"terms": make.TERMS})[1]
    assert offer["terms"]["purposes"] == sorted(make.TERMS["purposes"], reverse=True)

    project = make_project()
    request = {"project": project.pk, "version": version["id"], "purpose": make.PURPOSE, "explanation": "x"}
    status, agreement = api(client, project.leader, "POST", f"/offers/{offer['id']}/requests", request)
    assert (status, agreement["state"]) == (201, "requested")
    path = f"/agreements/{agreement['id']}"
    assert api(client, project.leader, "POST", path + "/agree")[0] == 403
    seen = {"seen": agreement["terms_digest"]}
    assert api(client, user, "POST", path + "/agree", seen)[1]["state"] == "agreed"
    assert api(client, project.leader, "POST", path + "/sign")[1]["state"] == "in_force"
    assert api(client, user, "POST", path + "/suspend", {"reason": "A leak"})[1]["state"] == "suspended"
    assert api(client, user, "POST", path + "/end", {"reason": ""})[0] == 422
    assert [a["id"] for a in api(client, user, "GET", "/agreements")[1]["items"]] == [agreement["id"]]
    assert api(client, person(), "GET", path)[0] == 404


def test_the_api_names_the_rule_that_was_broken(client):
    offer = make.offer(make.published())
    project = make_project()
    request = {"project": project.pk, "version": offer.dataset.versions.get().pk, "purpose": "education"}
    status, problem = api(client, project.leader, "POST", f"/offers/{offer.pk}/requests", request)
    assert status == 409
    assert problem["rule"] == "purpose"
    assert problem["detail"] == "The terms do not allow the purpose “Education and training”."
