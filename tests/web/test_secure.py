"""Pages and routes of the secure environment, from the holder's terms to a released file."""

import json

import pytest
from typer.testing import CliRunner

from aifactory.cli.secure import app
from aifactory.datasets.models import Agreement, Offer
from aifactory.kit.errors import Refused
from aifactory.people.models import User
from aifactory.supercomputer.secure import actions as secure
from aifactory.supercomputer.secure.models import CodeReview, OutputFile, Release
from aifactory.supercomputer.uploads.actions import bring
from tests.datasets import factories as datasets
from tests.supercomputer.secure_factories import ROWS, inside


def test_a_holder_asks_for_it_in_the_form_and_people_are_named_with_the_request(client, plant, told):
    dataset = datasets.published()
    client.force_login(dataset.steward)
    form = {
        "purposes": ["scientific-research"], "actions": ["analyse", "download"], "recipients": ["company"],
        "spatial": "EEA", "environment": "blind-two-checkers",
    }  # fmt: skip
    page = f"/datasets/{dataset.pk}/offers/new/"
    assert "can't be downloaded" in told(client.post(page, form))
    client.post(page, form | {"actions": ["analyse"], "purposes": [datasets.PURPOSE]})
    offer = Offer.objects.get(dataset=dataset)
    assert offer.terms["environment"] == "blind-two-checkers"
    client.force_login(plant.user)
    ask = f"/offers/{offer.pk}/request/"
    words = told(client.get(ask))
    assert "results leave after a check by two people" in words
    assert "Who will work with the data?" in words
    asked = {
        "project": plant.project.pk, "version": dataset.versions.get().pk, "purpose": datasets.PURPOSE,
        "explanation": "To count.", "accept": "on", "persons": "nobody@example.org",
    }  # fmt: skip
    assert "Nobody has an account with this address." in told(client.post(ask, asked))
    answer = client.post(ask, asked | {"persons": f"{plant.user.email}\n"})
    agreement = Agreement.objects.get(offer=offer)
    assert (answer.url, agreement.persons) == (f"/agreements/{agreement.pk}/", [plant.user.pk])
    assert f"Only these people may run jobs on the data: {plant.user.name}." in told(client.get(answer.url))


def test_code_is_asked_for_read_and_decided_on_pages(client, plant, told):
    here = inside(plant)
    upload = bring(plant.project, by=plant.user, title="Groups", files=[("main.py", [b"print('<b>')"])])
    client.force_login(plant.user)
    page = f"/secure/agreements/{here.agreement.pk}/code/"
    answer = client.post(page, {"upload": upload.pk, "explanation": "Counts groups."})
    review = CodeReview.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/code-reviews/{review.pk}/")
    assert "print(" not in told(client.get(answer.url))
    assert client.get(f"/code-reviews/{review.pk}/files/main.py").status_code == 403
    assert "Waits for the holder" in told(client.get(page))
    client.force_login(here.steward)
    assert "Code that wants to run on your data" in told(client.get("/desk/"))
    words = told(client.get(answer.url))
    assert "print('<b>')" in words
    assert "It is your turn" in words
    assert client.post(answer.url, {"step": "approve", "reason": ""}).status_code == 422
    client.post(answer.url, {"step": "approve", "reason": "Large groups only."})
    review.refresh_from_db()
    assert (review.state, review.reason) == ("approved", "Large groups only.")
    assert "Take the approval back" in told(client.get(answer.url))


def test_a_file_is_asked_for_checked_and_downloaded_on_pages(
    client, plant, told, django_assert_max_num_queries
):
    here = inside(plant, "blind-two-checkers")
    kept = here.kept({"table.csv": ROWS + b"odd,3\n", "other.csv": ROWS})
    attempt, job = kept.attempt, kept.attempt.job
    client.force_login(plant.user)
    words = told(client.get(f"/jobs/{job.pk}/"))
    assert "Nobody of the project sees the data, nor what this job writes or prints." in words
    assert "table.csv" not in words
    assert client.get(f"/jobs/{job.pk}/log/").status_code == 403
    ask = f"/attempts/{attempt.pk}/release/"
    assert "log.txt" in client.get(ask).content.decode()
    said = {"paths": "table.csv\nnone.csv", "reason": "Large groups."}
    assert "kept no file called none.csv" in told(client.post(ask, said))
    answer = client.post(ask, said | {"paths": "table.csv\r\nother.csv\r\n"})
    release = Release.objects.get()
    assert answer.url == f"/releases/{release.pk}/"
    words = told(client.get(answer.url))
    assert "Waits for a checker" in words
    assert "3 rows" not in words
    assert "hide them" not in words
    table, other = release.files.order_by("pk")
    client.post(f"/output-files/{other.pk}/", {"step": "withdraw"})

    client.force_login(here.steward)
    assert "Results that want to leave" in told(client.get("/desk/"))
    words = told(client.get(answer.url))
    assert "Numbers from 1 to below 10 in “people”: 1. If they count people, hide them, and 1 more" in words
    assert "Release it" not in words
    client.post(f"/output-files/{table.pk}/", {"step": "approve", "reason": "The odd ones are invented."})
    assert "It can leave; a colleague" not in told(client.get(answer.url))
    client.force_login(here.colleague())
    assert b"".join(client.get(f"/output-files/{table.pk}/content/").streaming_content) == ROWS + b"odd,3\n"
    assert "looked first: The odd ones are invented." in told(client.get(answer.url))
    client.post(f"/output-files/{table.pk}/", {"step": "release", "reason": "Agreed."})
    states = dict(OutputFile.objects.values_list("path", "state"))
    assert states == {"table.csv": "released", "other.csv": "withdrawn"}

    client.force_login(plant.user)
    assert "table.csv" in told(client.get(f"/jobs/{job.pk}/"))
    got = client.get(f"/attempts/{attempt.pk}/outputs/table.csv")
    assert b"".join(got.streaming_content) == ROWS + b"odd,3\n"
    secure.ask_release(kept, ["other.csv"], by=plant.user, reason="Large groups.")
    with django_assert_max_num_queries(12):  # of which six are for who asks and what they may
        assert "No longer asked for" in told(client.get("/secure/"))


def test_the_api_tells_each_side_what_is_theirs_to_know(client, plant):
    here = inside(plant)
    kept = here.kept({"table.csv": ROWS + b"odd,3\n"})
    client.force_login(plant.user)

    def post(address: str, body: dict) -> dict:
        return client.post(f"/api/v1/{address}", json.dumps(body), content_type="application/json").json()

    made = post(f"attempts/{kept.attempt_id}/releases", {"paths": ["table.csv"], "reason": "Large groups."})
    file = OutputFile.objects.get()
    hidden = {
        "id": file.pk, "path": "table.csv", "state": "asked", "reason": "", "decided_at": None, "size": None,
        "digest": None, "signs": None, "first_reason": "",
    }  # fmt: skip
    assert made == {
        "id": file.release_id, "attempt": kept.attempt_id, "job": kept.attempt.job_id, "checkers": 1,
        "asked_by": plant.user.pk, "reason": "Large groups.", "created_at": made["created_at"], "files": [hidden],
    }  # fmt: skip
    assert client.get("/api/v1/releases").json() == {"items": [made], "next": None}
    denied = post(f"output-files/{file.pk}/release", {"reason": "It is fine."})
    assert (denied["status"], denied["title"]) == (403, "Not allowed")
    client.force_login(User.objects.get(pk=here.steward.pk))
    (seen,) = client.get(f"/api/v1/releases/{file.release_id}").json()["files"]
    assert ([sign["rule"] for sign in seen["signs"]], seen["size"]) == (["small-cells"], len(ROWS) + 6)
    refused = post(f"output-files/{file.pk}/refuse", {"reason": "Leave out the group of three."})
    assert [(one["state"], one["reason"]) for one in refused["files"]] == [
        ("refused", "Leave out the group of three.")
    ]


def test_the_same_from_the_command_line(plant, live_remote, tmp_path):
    here = inside(plant)
    kept = here.kept({"table.csv": ROWS})
    upload = bring(plant.project, by=plant.user, title="Groups", files=[("main.py", [b"print(1)"])])

    def typed(*words: str) -> dict:
        done = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    live_remote(plant.user)
    review = typed("ask-review", here.agreement.pk, upload.pk, "--explanation", "Counts groups.")
    asked = typed("ask", kept.attempt_id, "table.csv", "--reason", "Large groups.")
    (file,) = asked["files"]
    assert typed("show", asked["id"]) == asked
    with pytest.raises(Refused, match="You may not do this"):
        CliRunner().invoke(app, ["look", file["id"], "--to", str(tmp_path / "x")], catch_exceptions=False)
    live_remote(here.steward)
    read = CliRunner().invoke(app, ["read-code", review["id"], "--to", str(tmp_path / "code")])
    assert (read.exit_code, (tmp_path / "code/main.py").read_bytes()) == (0, b"print(1)")
    decided = typed("decide-code", review["id"], "approve", "--reason", "It counts.")
    assert [(one["id"], one["state"]) for one in typed("code")["items"]] == [(decided["id"], "approved")]
    CliRunner().invoke(app, ["look", file["id"], "--to", str(tmp_path / "t.csv")], catch_exceptions=False)
    assert (tmp_path / "t.csv").read_bytes() == ROWS
    done = typed("decide", file["id"], "release", "--reason", "All groups are large.")
    assert [one["state"] for one in done["files"]] == ["released"]
    assert [one["id"] for one in typed("list")["items"]] == [asked["id"]]
