"""The room as people and machines meet it: pages, API and command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from aifactory.assurance import actions
from aifactory.assurance.models import Assessment
from aifactory.cli.assurance import app as cli
from aifactory.people.models import Role, User
from tests.awards.factories import project as make_project
from tests.people.factories import person

from .case_readings import PLAIN, practice
from .factories import RESEARCH, assessment

API = "/api/v1"


@pytest.fixture
def signed_in(client: Client):
    def as_person(user: User) -> Client:
        client.force_login(user)
        return client

    return as_person


@pytest.mark.django_db
class TestPages:
    def test_a_person_answers_topic_by_topic(self, signed_in: Any) -> None:
        project = make_project()
        client = signed_in(project.leader)
        start = f"/assurance/about/{project.thing}/ai_act/"

        def send(topic: str, **answers: Any) -> str:
            sent = client.post(f"{start}{topic}/", answers)
            assert sent.status_code == 302, sent.content.decode()
            return sent.headers["Location"].removeprefix(start)

        assert client.get(start).headers["Location"] == f"{start}what/"
        assert "make or use an AI system" in client.get(f"{start}what/").content.decode()
        assert send("what", ai_system="yes", trains_generative="no") == "what/"
        assert send("what", ai_system="yes", trains_generative="no", military="no") == "what/"
        what = {"ai_system": "yes", "trains_generative": "no", "military": "no", "stage": "research"}
        assert send("what", **what) == "forbidden/"
        assert send("forbidden", practices=["none"]) == "product/"
        assert send("product", product_law="medical_device") == "product/"
        assert send("product", product_law="medical_device", product_part="product") == "product/"
        device = {"product_law": "medical_device", "product_part": "product", "third_party": "yes"}
        assert send("product", **device) == "use/"
        assert send("use", areas=["none"]) == "contact/"
        assert send("contact", meets_people=["none"]) == "role/"
        last = send("role", roles=["provider", "deployer"])

        found = Assessment.objects.get()
        assert last == f"/assurance/{found.pk}/"
        page = client.get(last).content.decode()
        assert "Not under the AI Act as long as it is research and development" in page
        assert "What changes when it leaves research" in page
        assert "High risk under Annex I (Medical device, Regulation (EU) 2017/745" in page
        assert "2 August 2028" in page

    def test_mistakes_are_said_and_nothing_is_saved(self, signed_in: Any) -> None:
        project = make_project()
        client = signed_in(project.leader)
        assessment(project=project, answers=PLAIN | {"areas": ["unknown"]})
        before = Assessment.objects.get().answers
        page = client.post(f"/assurance/about/{project.thing}/ai_act/use/", {"areas": ["none", "police"]})
        assert page.status_code == 200
        assert "alone, or choose what fits" in page.content.decode()
        assert Assessment.objects.get().answers == before

    def test_the_overview_shows_every_law(self, signed_in: Any) -> None:
        project = make_project()
        assessment(project=project)
        page = signed_in(project.leader).get(f"/assurance/about/{project.thing}/").content.decode()
        assert all(title in page for title in ("AI Act", "Personal data (GDPR)", "Civil use and ethics"))
        assert "Answered" in page

    def test_the_office_needs_a_ground_to_accept_what_is_forbidden(self, signed_in: Any) -> None:
        found = assessment(answers=PLAIN | practice("scores", unfair_score="yes"))
        client = signed_in(person(Role.OFFICE))
        url = f"/assurance/{found.pk}/decide/"

        refused = client.post(url, {"decision": "confirm", "ground": ""})
        assert "Write down why." in refused.content.decode()
        assert client.post(url, {"decision": "stop", "ground": "It scores people."}).status_code == 302
        found.refresh_from_db()
        assert (found.state, found.ground) == ("stopped", "It scores people.")
        assert "It scores people." in client.get(f"/assurance/{found.pk}/").content.decode()
        assert client.post(f"/assurance/{found.pk}/ask-again/").status_code == 302

    def test_strangers_find_nothing(self, signed_in: Any) -> None:
        found = assessment()
        client = signed_in(person())
        assert client.get(f"/assurance/{found.pk}/").status_code == 404
        assert client.get(f"/assurance/about/{found.subject}/").status_code == 404
        assert client.post(f"/assurance/about/{found.subject}/ai_act/what/").status_code == 404

    def test_the_office_sees_but_does_not_answer(self, signed_in: Any) -> None:
        found = assessment()
        client = signed_in(person(Role.OFFICE))
        assert client.get(f"/assurance/{found.pk}/").status_code == 200
        assert client.get(f"/assurance/about/{found.subject}/ai_act/what/").status_code == 403

    def test_pages_speak_dutch(self, signed_in: Any) -> None:
        project = make_project()
        client = signed_in(project.leader)
        page = client.get(f"/assurance/about/{project.thing}/ai_act/what/", headers={"accept-language": "nl"})
        assert "Maakt of gebruikt u een AI-systeem?" in page.content.decode()

    def test_the_list_costs_the_same_for_many(self, signed_in: Any, django_assert_num_queries: Any) -> None:
        office = person(Role.OFFICE)
        client = signed_in(office)
        for _ in range(3):
            assessment()
        with django_assert_num_queries(5):
            page = client.get("/assurance/")
        assert page.content.decode().count("/assurance/asm_") == 3


@pytest.mark.django_db
class TestApi:
    def test_laws_are_public(self, client: Client) -> None:
        laws = client.get(f"{API}/laws").json()
        assert [(law["id"], law["version"]) for law in laws] == [
            ("ai_act", "2026-11-22"), ("gdpr", "2026-11-22"), ("ethics", "2026-11-22")
        ]  # fmt: skip
        questions = client.get(f"{API}/laws/gdpr").json()["questions"]
        assert questions[0]["id"] == "personal_data"
        assert client.get(f"{API}/laws/roman").status_code == 404

    def test_trying_out_keeps_nothing(self, signed_in: Any) -> None:
        body = {"answers": {"ai_system": "yes", "trains_generative": "no"}, "as_of": "2026-11-22"}
        tried = (
            signed_in(person()).post(f"{API}/laws/ai_act/try", body, content_type="application/json").json()
        )
        assert (tried["result"], tried["next_questions"]) == ("needs_human_review", ["military"])
        assert Assessment.objects.count() == 0

    def test_answer_show_and_confirm(self, signed_in: Any) -> None:
        project = make_project()
        client = signed_in(project.leader)
        body = {"subject": project.thing, "kind": "ai_act", "answers": RESEARCH}
        made = client.put(f"{API}/assessments", body, content_type="application/json").json()
        again = client.put(f"{API}/assessments", body, content_type="application/json").json()
        assert made == again
        assert (made["state"], made["result"], made["next_questions"]) == ("answered", "out_of_scope_now", [])
        listed = client.get(f"{API}/assessments", {"subject": project.thing}).json()
        assert [item["id"] for item in listed["items"]] == [made["id"]]

        path = f"{API}/assessments/{made['id']}"
        refused = client.post(f"{path}/confirm", {}, content_type="application/json")
        assert refused.status_code == 403
        client = signed_in(person(Role.OFFICE))
        assert (
            client.post(f"{path}/confirm", {}, content_type="application/json").json()["state"] == "confirmed"
        )
        assert (
            client.post(f"{path}/ask-again", {}, content_type="application/json").json()["state"] == "draft"
        )

    def test_wrong_answers_name_their_field(self, signed_in: Any) -> None:
        project = make_project()
        body = {"subject": project.thing, "kind": "gdpr", "answers": {"role": "boss"}}
        refused = signed_in(project.leader).put(f"{API}/assessments", body, content_type="application/json")
        assert refused.status_code == 422
        assert [e["field"] for e in refused.json()["errors"]] == ["role"]

    def test_stopping_says_why(self, signed_in: Any) -> None:
        found = assessment()
        client = signed_in(person(Role.OFFICE))
        body = {"ground": "No civil use."}
        stopped = client.post(
            f"{API}/assessments/{found.pk}/stop", body, content_type="application/json"
        ).json()
        assert (stopped["state"], stopped["ground"]) == ("stopped", "No civil use.")

    def test_strangers_find_nothing(self, signed_in: Any) -> None:
        assert signed_in(person()).get(f"{API}/assessments/{assessment().pk}").status_code == 404


class TestCommandLine:
    def test_a_file_of_answers_is_enough(self, tmp_path: Path) -> None:
        file = tmp_path / "answers.json"
        file.write_text(json.dumps(RESEARCH))
        shown = CliRunner().invoke(cli, ["assess", "--answers", str(file), "--as-of", "2026-11-22", "--json"])
        document = json.loads(shown.stdout)
        assert (document["result"], document["later"]["result"]) == ("out_of_scope_now", "high_risk_annex_I")
        assert document["next_questions"] == []

    def test_people_read_sentences(self, tmp_path: Path) -> None:
        file = tmp_path / "answers.json"
        file.write_text('{"personal_data": "yes"}')
        arguments = ["assess", "--answers", str(file), "--kind", "gdpr", "--language", "nl"]
        shown = CliRunner().invoke(cli, arguments).stdout
        assert shown.startswith("Een mens moet hiernaar kijken\n")
        assert "Still to answer: special" in shown

    @pytest.mark.parametrize("content", ["not json", "[1]", None])
    def test_a_file_without_answers_is_refused(self, tmp_path: Path, content: str | None) -> None:
        file = tmp_path / "answers.json"
        if content is not None:
            file.write_text(content)
        shown = CliRunner().invoke(cli, ["assess", "--answers", str(file)])
        assert shown.exit_code == 1
        assert type(shown.exception).__name__ == "NoAnswersThere"

    def test_questions_are_listed(self) -> None:
        shown = CliRunner().invoke(cli, ["questions", "--kind", "ethics"]).stdout
        assert shown.startswith("civil_use (Reg. (EU) 2021/1173, Art. 16): Is your work for civil use only?")
        assert len(json.loads(CliRunner().invoke(cli, ["questions", "--json"]).stdout)) == 46


@pytest.mark.django_db
def test_a_confirmed_assessment_leads_to_its_outcome(signed_in: Any) -> None:
    project = make_project()
    found = actions.confirm(assessment(project=project), by=person(Role.OFFICE))
    answer = signed_in(project.leader).get(f"/assurance/about/{project.thing}/ai_act/what/")
    assert answer.headers["Location"] == f"/assurance/{found.pk}/"
