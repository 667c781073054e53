"""Pages of jobs: plan, watch, start, stop, look at what came out."""

import pytest

from aifactory.people.models import Role
from aifactory.supercomputer.models import Job
from tests.people.factories import person
from tests.registry import factories as models

EVIL = "<script>alert('x')</script>"


def test_signing_in_comes_first_and_strangers_find_nothing(client, plant):
    job = plant.submit()
    address = f"/jobs/{job.pk}/"
    assert client.get(address).url == f"/accounts/login/?next={address}"
    client.force_login(person())
    assert client.get(address).status_code == 404
    assert client.get(f"/projects/{plant.project.pk}/jobs/new/").status_code == 404


def test_a_job_is_planned_on_a_page(client, plant, told):
    client.force_login(plant.user)
    recipes = f"/projects/{plant.project.pk}/jobs/new/"
    assert "Train a classifier on a table" in told(client.get(recipes))
    address = f"{recipes}tabular-classifier/"
    page = client.get(address).content.decode()
    assert f'value="{plant.agreement.version_id}"' in page
    wish = {
        "title": "Mine",
        "inputs.table": plant.agreement.version_id,
        "parameters.target": "malignant",
        "parameters.test_share": "0.3",
        "parameters.folds": "5",
        "parameters.seed": "1",
        "cores": "1",
        "minutes": "10",
    }
    over = told(client.post(address, wish | {"minutes": "120"}))
    assert ("is left of the award" in over, Job.objects.count()) == (True, 0)
    answer = client.post(address, wish)
    job = Job.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/jobs/{job.pk}/")
    assert (job.title, job.state, job.wall_seconds, job.parameters["target"]) == (
        "Mine",
        "planned",
        600,
        "malignant",
    )


def test_a_planned_job_says_why_it_waits_and_may_start_now(client, plant, told):
    job = plant.submit()
    client.force_login(plant.user)
    words = told(client.get(f"/jobs/{job.pk}/"))
    assert ("The job starts by itself at the planned hour." in words, "Waiting saves about" in words) == (
        True,
        True,
    )
    assert client.post(f"/jobs/{job.pk}/start/").url == f"/jobs/{job.pk}/"
    job.refresh_from_db()
    assert job.state == "queued"
    part = client.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="progress"')


def test_an_overseer_looks_and_an_operator_stops(client, plant, told):
    job = plant.submit()
    client.force_login(person(Role.AUDITOR))
    assert "Stop this job" not in told(client.get(f"/jobs/{job.pk}/"))
    assert [client.post(f"/jobs/{job.pk}/{verb}/").status_code for verb in ("start", "cancel")] == [403, 403]
    client.force_login(person(Role.OPERATOR))
    client.post(f"/jobs/{job.pk}/cancel/")
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_results_are_listed_and_downloaded_as_they_are(client, plant, told):
    attempt = models.trained(plant)
    client.force_login(plant.user)
    words = told(client.get(f"/jobs/{attempt.job_id}/"))
    assert ("model.skops 7 bytes" in words, "Register as a model" in words) == (True, True)
    answer = client.get(f"/attempts/{attempt.pk}/outputs/model.skops")
    assert (answer.getvalue(), answer["Content-Type"]) == (b"weights", "application/octet-stream")
    assert answer["Content-Disposition"] == 'attachment; filename="model.skops"'
    assert client.get(f"/attempts/{attempt.pk}/outputs/nothing").status_code == 404
    client.force_login(person())
    assert client.get(f"/attempts/{attempt.pk}/outputs/model.skops").status_code == 404


@pytest.mark.parametrize("role", [Role.OFFICE, Role.OPERATOR, Role.AUDITOR])
def test_who_watches_over_jobs_opens_no_results_or_logs(client, plant, told, role):
    attempt = models.trained(plant)
    attempt.log = "patient 17: malignant"
    attempt.save(update_fields=["log"])
    client.force_login(person(role))
    page = client.get(f"/jobs/{attempt.job_id}/")
    assert ("model.skops" in told(page), "patient 17" in told(page)) == (True, False)
    addresses = (
        f"/attempts/{attempt.pk}/outputs/model.skops",
        f"/api/v1/attempts/{attempt.pk}/outputs/model.skops",
    )
    assert [client.get(address).status_code for address in addresses] == [403, 403]
    assert client.get(f"/api/v1/attempts/{attempt.pk}/log").status_code == 403


def test_what_people_and_programs_write_is_escaped(client, plant):
    job = plant.submit(title=EVIL)
    job.attempts.update(log=EVIL)
    client.force_login(plant.user)
    for address in (f"/jobs/{job.pk}/", "/jobs/", "/desk/", f"/projects/{plant.project.pk}/"):
        assert EVIL not in client.get(address).content.decode()


def test_the_list_costs_the_same_however_long(client, plant, django_assert_num_queries):
    client.force_login(plant.user)
    plant.submit()
    client.get("/jobs/")
    with django_assert_num_queries(4):
        client.get("/jobs/")
    for n in range(4):
        plant.submit(title=f"Job {n}")
    with django_assert_num_queries(4):
        client.get("/jobs/")
