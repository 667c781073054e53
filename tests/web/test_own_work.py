"""Working on the cluster oneself, by page, API and command: flags, the doctor's words, people, keys, outages."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from aifactory.cli import doctor, jobs, keys, outages, projects
from aifactory.kit import clock
from aifactory.people.models import Role
from aifactory.supercomputer.models import Attempt, Outage
from aifactory.supercomputer.outages.actions import settle_over
from tests.awards import factories as awards
from tests.people.factories import person
from tests.people.test_ssh import GOOD, fresh
from tests.supercomputer.test_queue import WAITS, some_cluster, taken

__all__ = ["some_cluster"]
pytestmark = pytest.mark.django_db
BUDGET = "It asks for 4 GPU-h; 2 GPU-h is left. With 2 GPUs it fits with --time=60 (minutes) or less."


@pytest.fixture
def project():
    found = awards.line(amount=7200).project
    taken(found, WAITS, replace(WAITS, job_id="8", state="TIMEOUT", reason="TimeLimit"))
    return found


def run(app, *words):
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_page_shows_flags_and_explains_each_job(
    client, project, some_cluster, told, django_assert_max_num_queries
):
    client.force_login(project.leader)
    with django_assert_max_num_queries(16):
        page = told(client.get(f"/projects/{project.pk}/own-work/"))
    account = project.pk.lower()
    assert f"sbatch --account={account} --qos={account} --gres=gpu:1 --time=60 job.sh" in page
    assert BUDGET in page
    assert "Its limit was 120 minutes." in page
    client.cookies["django_language"] = "nl"
    assert "De job vraagt 4 GPU-h; er is nog 2 GPU-h." in told(
        client.get(f"/projects/{project.pk}/own-work/")
    )


def test_the_leader_adds_and_removes_people_and_a_stranger_finds_nothing(client, project, some_cluster, told):
    guest, address = person(name="Guest"), f"/projects/{project.pk}/own-work/"
    client.force_login(guest)
    assert client.get(address).status_code == 404
    client.force_login(project.leader)
    assert client.post(address, {"person": "nobody@example.org"}).status_code == 200
    assert client.post(address, {"person": guest.email}).status_code == 302
    member = project.members.get(user=guest)
    client.force_login(guest)
    assert client.get(address).status_code == 200
    assert client.post(address, {"person": person().email}).status_code == 403
    assert client.post(f"/projects/{project.pk}/members/{member.pk}/remove/").status_code == 403
    client.force_login(project.leader)
    client.post(f"/projects/{project.pk}/members/{member.pk}/remove/")
    leading = project.members.get(user=project.leader)
    assert client.post(f"/projects/{project.pk}/members/{leading.pk}/remove/").status_code == 409
    assert list(project.members.filter(until=None)) == [leading]


def test_by_command(live_remote, project, some_cluster, tmp_path):
    live_remote(project.leader)
    account = project.pk.lower()
    assert run(projects.app, "sbatch", project.pk) == {
        "host": "", "user": project.leader_id.lower(), "left": {"gpu": 7200},
        "flags": [f"--account={account}", f"--qos={account}", "--gres=gpu:1", "--time=60"],
    }  # fmt: skip
    found = run(projects.app, "own-jobs", project.pk)["items"]
    assert [(one["job"], one["doctor"]["rule"]) for one in found] == [
        ("8", "time-limit"),
        ("7", "gpu-budget"),
    ]
    assert run(jobs.app, "doctor", "7", "--project", project.pk)["figures"] == BUDGET
    guest = person(name="Guest")
    member = run(projects.app, "add-member", project.pk, guest.email)["id"]
    assert [one["name"] for one in run(projects.app, "members", project.pk)["items"]][1:] == ["Guest"]
    assert run(projects.app, "remove-member", project.pk, member)["id"] == member
    (tmp_path / "key.pub").write_text(f"{GOOD} noor@laptop\n")
    key = run(keys.app, "add", str(tmp_path / "key.pub"), "--label", "laptop")
    assert run(keys.app, "list")["items"] == [key]
    run(keys.app, "remove", key["id"])
    assert run(keys.app, "list")["items"] == []


def test_keys_by_page(client, told):
    noor = person()
    client.force_login(noor)
    refused = client.post("/account/ssh-keys/", {"key": "ssh-dss AAAA"})
    assert "Make one with: ssh-keygen -t ed25519" in told(refused)
    client.post("/account/ssh-keys/", {"key": fresh(), "label": "laptop"})
    key = noor.ssh_keys.get()
    page = told(client.get("/account/ssh-keys/"))
    assert "laptop" in page
    assert key.fingerprint in page
    client.force_login(person())
    assert client.post(f"/account/ssh-keys/{key.pk}/remove/").status_code == 404
    client.force_login(noor)
    client.post(f"/account/ssh-keys/{key.pk}/remove/")
    assert noor.ssh_keys.get().removed_at


def test_a_job_of_the_portal_says_why_it_waits(client, plant, live_remote, told):
    job = plant.submit()
    client.force_login(plant.user)
    assert "It waits for its green hour" in told(client.get(f"/jobs/{job.pk}/"))
    Attempt.objects.filter(job=job).update(waits="It waits (QOSGrpCPUMinutesLimit).")
    type(job).objects.filter(pk=job.pk).update(state="queued")
    said = "It asks for 0.167 core-h; 0.833 core-h is left."
    assert said in told(client.get(f"/jobs/{job.pk}/"))
    live_remote(plant.user)
    assert run(jobs.app, "doctor", job.pk)["figures"] == said


def test_the_doctor_is_a_tool_too(client):
    done = CliRunner().invoke(_tool(), ["JobHeldUser", "--language", "nl"])
    assert "scontrol release JOB" in done.stdout
    given = CliRunner().invoke(_tool(), ["--json"], input="slurmstepd: error: Detected 1 oom-kill event(s)\n")
    assert json.loads(given.stdout)["rule"] == "out-of-memory"
    answer = client.get("/api/v1/doctor", {"said": "(Priority)"}, headers={"Accept-Language": "nl"})
    assert answer.json()["means"].startswith("Jobs met een hogere prioriteit gaan voor.")


def _tool():
    import typer

    app = typer.Typer()
    app.command()(doctor.command)
    return app


def test_an_outage_from_its_announcement_to_the_letter(client, live_remote, told):
    operator, line = person(Role.OPERATOR), awards.line()
    client.force_login(operator)
    began = f"{clock.now():%Y-%m-%dT%H:%M}"
    page = client.post("/outages/new/", {"what": "Cooling failed", "starts_at": began, "resources": ["gpu"]})
    outage = Outage.objects.get()
    assert page.url == f"/outages/{outage.pk}/"
    live_remote(operator)
    early = client.post(f"/outages/{outage.pk}/end/", {"ends_at": "2020-01-01T00:00"})
    assert "It ends after it begins." in told(early)
    with clock.frozen(outage.starts_at + timedelta(hours=4)):
        assert run(outages.app, "end", outage.pk)["state"] == "open"
        settle_over()
    client.force_login(line.project.leader)
    told_to = told(client.get(f"/allocations/{line.pk}/"))
    assert "It runs 5.0 hours longer" in told_to
    assert "Cooling failed" in told_to
    live_remote(line.project.leader)
    shown = run(outages.app, "show", outage.pk)
    assert [(one["allocation"], one["given_seconds"]) for one in shown["extensions"]] == [(line.pk, 18000)]
    client.logout()
    assert "Cooling failed" in told(client.get("/outages/"))
    assert "Hours longer" not in told(client.get(f"/outages/{outage.pk}/"))
    for address in ("new", f"{outage.pk}/end", f"{outage.pk}/annul"):
        assert client.post(f"/outages/{address}/").url.startswith("/accounts/login/")
    client.force_login(person())
    assert client.post("/outages/new/").status_code == 403
