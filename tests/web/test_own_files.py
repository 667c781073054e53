"""Pages and routes of what people bring along, and of what a job prints while it runs."""

from django.core.files.uploadedfile import SimpleUploadedFile

from aifactory.people.models import Role
from aifactory.supercomputer import actions
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.uploads.models import Upload
from tests.people.factories import person
from tests.registry import factories as models
from tests.supercomputer.factories import later


def script(name="main.py", content=b"print(1)"):
    return SimpleUploadedFile(name, content)


def test_files_are_brought_along_on_a_page_and_chosen_for_a_job(
    client, plant, told, django_assert_max_num_queries
):
    client.force_login(plant.user)
    page = f"/projects/{plant.project.pk}/files/"
    assert "Nothing yet." in told(client.get(page))
    answer = client.post(page, {"title": "Mine", "files": [script(), script("data.csv", b"a,b\n1,2\n")]})
    assert (answer.status_code, answer.url) == (302, page)
    upload = Upload.objects.get()
    assert [file["path"] for file in upload.files] == ["main.py", "data.csv"]
    with django_assert_max_num_queries(12):  # of which six are for who asks and what they may
        words = told(client.get(page))
    assert "main.py (8 bytes), data.csv (8 bytes)" in words
    assert "is not a package" in told(client.post(page, {"files": [script("requirements.txt", b"six\n")]}))
    new = f"/projects/{plant.project.pk}/jobs/new/own-script/"
    assert f'value="{upload.pk}"' in client.get(new).content.decode()
    wish = {"inputs.code": upload.pk, "parameters.script": "main.py", "cores": "1", "minutes": "5"}
    client.post(new, wish)
    assert [(i["role"], i["upload"]) for i in Job.objects.get().inputs] == [("code", upload.pk)]
    client.force_login(person())
    assert client.get(page).status_code == 404


def test_files_are_brought_along_and_listed_by_the_api(client, plant):
    client.force_login(plant.user)
    address = f"/api/v1/projects/{plant.project.pk}/uploads"
    made = client.post(address, {"files": [script()], "title": "Mine"}).json()
    upload = Upload.objects.get()
    assert made == {
        "id": upload.pk, "project": plant.project.pk, "title": "Mine", "created_at": made["created_at"],
        "files": [{"path": "main.py", "digest": upload.files[0]["digest"], "size": 8}],
    }  # fmt: skip
    assert client.get(address).json() == {"items": [made], "next": None}


def running(plant, said="first\nsecond\n"):
    job = actions.start(plant.submit(), by=plant.user)
    plant.turn()
    Attempt.objects.update(log=said, log_end=1000, progress={"done": 0.25, "text": "Round 5 of 20"})
    return job


def test_a_log_is_followed_with_and_without_javascript(client, plant, told):
    job, page = running(plant), None
    client.force_login(plant.user)
    page = f"/jobs/{job.pk}/log/"
    plain = client.get(page)
    words = told(plain)
    assert "Refresh" not in plain.headers
    for said in (
        "Round 5 of 20",
        "25 %",
        "The last 13 of 1000 characters:",
        "second",
        "look again every 5 seconds",
    ):
        assert said in words
    assert client.get(f"{page}?follow=yes").headers["Refresh"] == "5"
    part = client.get(f"{page}?follow=yes", headers={"HX-Request": "true"})
    assert ("Refresh" in part.headers, part.content.decode().lstrip()[:17]) == (False, '<div id="job-log"')
    with later(seconds=100):
        plant.turn()
    assert "Refresh" not in client.get(f"{page}?follow=yes").headers
    client.force_login(person(Role.AUDITOR))
    assert client.get(page).status_code == 403


def test_only_what_is_new_of_a_log_is_sent(client, plant):
    job = running(plant)
    client.force_login(plant.user)
    address = f"/api/v1/attempts/{job.attempts.get().pk}/log"
    assert client.get(address).json() == {"log": "first\nsecond\n", "end": 1000, "ended": False}
    assert client.get(f"{address}?after=993").json()["log"] == "second\n"
    assert client.get(f"{address}?after=1000").json()["log"] == ""
    assert client.get(f"{address}?after=-1").status_code == 422


def test_a_registered_model_is_an_input_and_one_taken_back_is_not(client, plant):
    version = models.registered(plant)
    client.force_login(plant.user)
    wish = {
        "project": plant.project.pk, "recipe": "batch-inference", "cores": 1, "wall_seconds": 60,
        "inputs": {"model": version.pk, "table": plant.agreement.version_id},
    }  # fmt: skip
    made = client.post("/api/v1/jobs", wish, content_type="application/json").json()
    assert made["inputs"][0] == {"role": "model", "attempt": version.attempt_id}
    type(version).objects.filter(pk=version.pk).update(state="withdrawn")
    assert client.post("/api/v1/jobs", wish, content_type="application/json").status_code == 409
