"""Pages, routes and commands of what was used, and of what a job will be billed."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from aifactory.cli import operations as operations_command
from aifactory.cli import usage as usage_command
from aifactory.cli.admin import app as admin
from aifactory.kit import clock
from aifactory.people.models import Role
from aifactory.ports.cluster import Heard, Partition
from aifactory.supercomputer import health, ledger, verbs
from aifactory.supercomputer.models import ClusterBooks, FailedVerb, UsageTotal
from tests.awards import factories as awards
from tests.people.factories import person
from tests.supercomputer.test_ledger import NOON, RUNNING, record

pytestmark = pytest.mark.django_db
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def line():
    with clock.frozen(NOON):
        return awards.line(resource="gpu", amount=36000)


def take(line, *records, until=NOON + timedelta(hours=2)):
    ledger.take("slurm", records, until=until, accounts={"p1": line.project_id})


@pytest.fixture
def used(line):
    """Give a line of which a job used 600 GPU-seconds after a correction, while another runs."""
    with clock.frozen(NOON + timedelta(minutes=30)):
        take(line, record(seconds=7, name=FORMULA), record("8", seconds=9, **RUNNING))
        take(line, record(seconds=300, name=FORMULA))
    return line


def months(gpu_seconds: int = 600) -> list[dict]:
    return [{"month": "2026-11", "jobs": 1, "gpu_seconds": gpu_seconds, "core_seconds": 1200, "node_seconds": 300,
             "outside_gpu_seconds": 0}]  # fmt: skip


def test_a_project_sees_its_use_by_award_month_and_job(client, used, told):
    client.force_login(used.project.leader)
    with clock.frozen(NOON + timedelta(minutes=30)):
        words = told(client.get(f"/projects/{used.project_id}/usage/"))
        of_line = told(client.get(f"/allocations/{used.pk}/usage/"))
    for said in (
        "Jobs that ended 1 GPU time 0.17 GPU-h Core time 0.33 core-h Node time 0.083 node-h",
        "Running now: 1 jobs of the project, so far 1 GPU-h and 2 core-h. This is provisional until they end.",
        "2026-11 1 0.17 0.33 0.083 0",
        "slurm Not compared – –",
        "slurm 7 completed 2026-11 0.083 0.17 0.33 Corrected",
        "slurm 7 completed 2026-11 -0.0019 -0.0039 -0.0078 Taken back",
        "slurm 7 completed 2026-11 0.0019 0.0039 0.0078 Final",
        "GPU time 10 GPU-h 0.17 GPU-h 0.17 GPU-h 0 GPU-h",
    ):
        assert said in words
    assert "Used of: GPU time" in of_line
    client.force_login(person())
    assert client.get(f"/projects/{used.project_id}/usage/").status_code == 404
    assert client.get(f"/allocations/{used.pk}/usage/?after=x").status_code == 404


def test_the_pages_cost_the_same_with_many_jobs(client, used, django_assert_max_num_queries):
    client.force_login(used.project.leader)
    addresses = (f"/projects/{used.project_id}/usage/", f"/allocations/{used.pk}/usage/")
    take(used, *(record(str(n), seconds=n) for n in range(100, 160)))
    for address in addresses:
        client.get(address)
        with django_assert_max_num_queries(6):
            page = client.get(address)
        assert page.content.decode().count('rel="next"') == 1
    assert client.get(f"{addresses[0]}?after=9x").status_code == 200


def test_the_routes_tell_it_in_seconds(client, used):
    client.force_login(used.project.leader)
    ClusterBooks.objects.update(
        compared_at=NOON, compared={"differing": {"p1": {"project": used.project_id, "gpu": 5, "core": -1}}}
    )
    with clock.frozen(NOON + timedelta(minutes=30)):
        found = client.get(f"/api/v1/projects/{used.project_id}/usage").json()
    assert found["total"] == {"jobs": 1, "gpu_seconds": 600, "core_seconds": 1200, "node_seconds": 300}
    assert found["running"] == {"jobs": 1, "gpu_seconds": 3600, "core_seconds": 7200, "node_seconds": 1800}
    assert found["months"] == months()
    (books,) = found["clusters"]
    assert (books["difference_gpu_seconds"], books["difference_core_seconds"]) == (5, -1)
    (line,) = found["lines"]
    assert (line["id"], line["granted"], line["used"], line["billed"]) == (used.pk, 36000, 600, 600)
    of_line = client.get(f"/api/v1/allocations/{used.pk}/usage").json()
    assert (of_line["months"], of_line["lines"]) == (months(), [line])
    first = client.get(f"/api/v1/projects/{used.project_id}/usage/postings?limit=2").json()
    rest = client.get(f"/api/v1/allocations/{used.pk}/usage/postings?after={first['next']}").json()
    kinds = [(one["kind"], one["gpu_seconds"], one["jobs"]) for one in first["items"] + rest["items"]]
    assert kinds == [("corrected", 600, 1), ("taken_back", -14, -1), ("final", 14, 1)]
    assert rest["next"] is None


def test_all_of_it_is_a_file_that_no_spreadsheet_runs(client, used):
    client.force_login(used.project.leader)
    answer = client.get(f"/projects/{used.project_id}/usage/download.csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert answer["Content-Disposition"] == f'attachment; filename="usage-{used.project_id}.csv"'
    assert [(row["kind"], row["gpu_seconds"], row["name"]) for row in rows] == [
        ("final", "14", f"'{FORMULA}"),
        ("taken_back", "-14", f"'{FORMULA}"),
        ("corrected", "600", f"'{FORMULA}"),
    ]
    whole = client.get(f"/api/v1/projects/{used.project_id}/usage/download?format=json")
    assert [row["gpu_seconds"] for row in json.loads(whole.getvalue())] == [14, -14, 600]
    other = awards.line(resource="core").project
    client.force_login(other.leader)
    empty = client.get(f"/projects/{other.pk}/usage/download.json")
    assert json.loads(empty.getvalue()) == []
    assert client.get(f"/projects/{used.project_id}/usage/download.csv").status_code == 404


def test_a_job_is_priced_on_the_clusters_own_partition_and_against_what_is_left(
    client, settings, live_remote
):
    line = awards.line(resource="gpu", amount=3600)
    big = Partition("big", True, True, nodes=4, cores=64, gpus=8, memory_mb=512_000)
    health.heard("slurm", Heard("1", "slurm 25.05", "", (big,)))
    settings.FACTORY_ENGINE = "slurm"
    client.force_login(line.project.leader)
    asked = f"gpus=1&cores=8&minutes=30&project={line.project_id}"
    found = client.get(f"/api/v1/job-bill?{asked}").json()
    elsewhere = {one["partition"]: one["units"] for one in found.pop("elsewhere")}
    assert (elsewhere["lumi_standard_g"], elsewhere["snellius_h100"]) == (2, 96)
    assert found.pop("words")[0]["en"].startswith(
        "The partition big gives whole nodes. This job asks for 1 GPU"
    )
    assert found == {
        "partition": "big", "gpus": 8, "cores": 64, "gpu_hours": 4, "core_hours": 32, "node_hours": 0.5,
        "gpu_seconds": 14400, "core_seconds": 115200, "times": 8, "left": {"gpu": 3600}, "lacks": ["gpu", "core"],
    }  # fmt: skip
    assert client.get("/api/v1/job-bill?partition=none").status_code == 422
    assert client.get("/api/v1/job-bill?cores=0").status_code == 422
    live_remote(line.project.leader)
    command = ["bill", "--gpus", "1", "--cores", "8", "--minutes", "30", "--project", line.project_id]
    said = CliRunner().invoke(usage_command.app, command).stdout
    assert ("8 times what it uses" in said, "Too little is left of the award: 1.00 gpu-hours." in said) == (
        True,
        True,
    )


def test_what_is_set_aside_is_what_whole_nodes_cost(plant):
    big = Partition("big", True, True, nodes=4, cores=4, gpus=0, memory_mb=512_000)
    health.heard("simulated", Heard("1", "slurm 25.05", "", (big,)))
    plant.submit(cores=1, wall_seconds=600)
    plant.line.refresh_from_db()
    assert plant.line.held == 4 * 600


def test_a_page_shows_the_bill_before_the_job_is_planned(client, plant, told):
    client.force_login(plant.user)
    address = f"/projects/{plant.project.pk}/jobs/new/tabular-classifier/"
    assert "This job will be billed at most" in told(client.get(address))
    wish = {
        "inputs.table": plant.agreement.version_id, "parameters.target": "malignant", "parameters.test_share": "0.3",
        "parameters.folds": "5", "parameters.seed": "1", "cores": "2", "minutes": "120", "show_bill": "yes",
    }  # fmt: skip
    words = told(client.post(address, wish))
    assert "Core time 4 core-h" in words
    assert "Too little is left of the award for this." in words
    assert not plant.project.jobs.exists()


def test_operators_look_and_replay_and_the_office_only_looks(client, told, live_remote):
    health.heard("slurm", Heard("1.2", "slurm-wlm 22.05.8"))
    failed = verbs.fail("slurm", "provision", "prj_1", "Slurm said no", command=["sacctmgr", "add"])
    addresses = ["/operations/", "/operations/verbs/", "/operations/drift/", "/api/v1/operations"]
    client.force_login(person())
    assert [client.get(one).status_code for one in addresses] == [403, 200, 200, 403]
    assert "Slurm said no" not in told(client.get("/operations/verbs/"))
    client.force_login(person(Role.OFFICE))
    words = told(client.get("/operations/"))
    for said in (
        "provision of prj_1 failed 1 times: Slurm said no",
        "slurm Answers 0 s ago 1.2 slurm-wlm 22.05.8",
    ):
        assert said in words
    assert "Try now" not in words
    assert client.post(f"/operations/verbs/{failed.pk}/replay/").status_code == 403
    operator = person(Role.OPERATOR)
    client.force_login(operator)
    assert "Try now" in told(client.get("/operations/"))
    for _ in range(2):
        assert client.post(f"/operations/verbs/{failed.pk}/replay/").url == "/operations/"
    assert FailedVerb.objects.get().state == "due"
    live_remote(operator)
    run = CliRunner()
    shown = json.loads(run.invoke(operations_command.app, ["show", "--json"]).stdout)
    assert [alarm["level"] for alarm in shown["alarms"]] == ["warning"]
    assert shown["failed"][0]["command"] == ["sacctmgr", "add"]
    assert (
        json.loads(run.invoke(operations_command.app, ["replay", failed.pk, "--json"]).stdout)["state"]
        == "due"
    )
    assert json.loads(run.invoke(operations_command.app, ["drift", "--json"]).stdout)["items"] == []


def test_the_operators_page_costs_six_questions(client, django_assert_max_num_queries):
    for n in range(30):
        health.heard(f"slurm{n}", Heard("1"))
        verbs.fail(f"slurm{n}", "read_books", "", "no answer")
    client.force_login(person(Role.OPERATOR))
    client.get("/operations/")
    with django_assert_max_num_queries(6):
        client.get("/operations/")


def test_commands_tell_the_use_and_write_it_to_a_file(used, live_remote, tmp_path):
    live_remote(used.project.leader)
    run = CliRunner()
    of = ["--project", used.project_id]
    shown = json.loads(run.invoke(usage_command.app, ["show", *of, "--json"]).stdout)
    assert shown["months"] == months()
    assert "2026-11" in run.invoke(usage_command.app, ["show", "--award", used.pk]).stdout
    items = json.loads(run.invoke(usage_command.app, ["postings", *of, "--json"]).stdout)["items"]
    assert [one["gpu_seconds"] for one in items] == [600, -14, 14]
    to = tmp_path / "usage.json"
    assert run.invoke(usage_command.app, ["download", *of, "--to", str(to)]).exit_code == 0
    assert len(json.loads(to.read_text())) == 3
    assert run.invoke(usage_command.app, ["show"]).exit_code == 1


def test_one_command_checks_what_is_kept(used):
    run = CliRunner()
    well = run.invoke(admin, ["usage", "check"])
    assert (well.exit_code, well.stdout) == (0, "Every sum is what the ledger says.\n")
    UsageTotal.objects.update(jobs=9)
    assert run.invoke(admin, ["usage", "check"]).exit_code == 1
    assert run.invoke(admin, ["usage", "check", "--mend"]).exit_code == 0
    assert run.invoke(admin, ["usage", "check"]).exit_code == 0


def test_what_a_meter_read_stands_with_the_end_of_the_job(client, line):
    take(line, record(energy_joules=5_000, seconds=600))
    client.force_login(line.project.leader)
    (one,) = client.get(f"/api/v1/projects/{line.project_id}/usage/postings").json()["items"]
    assert (one["energy_joules"], one["started_at"]) == (5000, "2026-11-20T12:00:00.000000Z")
    assert datetime.fromisoformat(one["ended_at"]) == datetime(2026, 11, 20, 12, 10, tzinfo=UTC)
