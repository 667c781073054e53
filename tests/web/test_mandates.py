"""The matrix in public, and handing over at the office; the same by the API and the commands."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from aifactory.kit import clock
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from aifactory.people.mandates import queries
from aifactory.people.models import Mandate, Role
from tests.people.factories import person

pytestmark = pytest.mark.django_db
SUBJECT = "security:guard"


def guard(**facts):
    return give_mandate(
        person(name="Ina Holder"), by=INSTALLER, subject=SUBJECT, holder_title="Security officer", **facts
    )


def test_the_public_reads_functions_and_gaps_but_no_names(client, told, django_assert_num_queries):
    guard()
    with django_assert_num_queries(3):  # mandates, parts, and the modes that the office wrote
        words = told(client.get("/mandates/"))
    assert ("Security officer" in words, "Ina Holder" in words) == (True, False)
    assert ("Nobody" in words, "Somebody is needed" in words) == (True, True)


def test_staff_read_names(client, told):
    guard()
    client.force_login(person(Role.OPERATOR))
    assert "Security officer (Ina Holder)" in told(client.get("/mandates/"))


def test_the_office_appoints_hands_over_and_ends(client, told):
    office, first, second = person(Role.OFFICE), person(), person()
    client.force_login(office)
    page = f"/duties/{SUBJECT}/"
    assert "Nobody answers for this now." in told(client.get(page))
    form = {"appoint": "yes", "person": first.email, "holder_title": "Security officer", "gpu_hours": ""}
    assert client.post(page, form).url == page
    mandate = Mandate.objects.get()
    assert (mandate.user, mandate.ceiling_gpu_seconds) == (first, None)
    again = client.post(page, form | {"person": second.email})
    assert "then two people would" in told(again)
    moment = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    client.post(f"/mandates/{mandate.pk}/", {"person": second.email, "at": moment, "holder_title": ""})
    new = Mandate.objects.get(follows=mandate)
    mandate.refresh_from_db()
    assert (new.user, new.valid_from) == (second, mandate.valid_until)
    assert "still to begin" in told(client.get(page))
    client.post(f"/mandates/{mandate.pk}/", {"end": "yes"})
    assert [a.kind for a in queries.all_alarms() if a.subject == SUBJECT] == ["gap"]


def test_functions_are_named_and_end(client, told):
    client.force_login(person(Role.OFFICE))
    client.post(f"/duties/{SUBJECT}/", {"part": "informed", "function": "The board"})
    row = queries.find_row(SUBJECT)
    (one,) = row.involved["informed"]
    assert "The board" in told(client.get("/mandates/"))
    client.post(f"/involvements/{one.pk}/end/")
    assert "The board" not in told(client.get("/mandates/"))


def test_only_the_holder_shows_the_name(client, told):
    mandate = guard()
    client.force_login(mandate.user)
    client.post(f"/mandates/{mandate.pk}/", {"name": "show"})
    client.logout()
    assert "Security officer (Ina Holder)" in told(client.get("/mandates/"))


def test_a_stranger_changes_nothing(client):
    mandate = guard()
    client.force_login(person(Role.REVIEWER))
    form = {"appoint": "yes", "person": mandate.user.email, "holder_title": "X"}
    assert client.post(f"/duties/{SUBJECT}/", form).status_code == 200
    assert client.post(f"/mandates/{mandate.pk}/", {"end": "yes"}).status_code == 403
    assert client.get("/duties/no:duty/").status_code == 404
    assert Mandate.objects.count() == 1


def test_the_desk_of_the_office_tells_what_needs_somebody(client, told):
    client.force_login(person(Role.OFFICE))
    rows = len(queries.matrix())
    words = told(client.get("/desk/"))
    assert "Duties that need somebody Decide on applications:" in words
    assert f"and {rows - 4} more duties" in words
    for row in queries.matrix()[2:]:
        give_mandate(person(), by=INSTALLER, subject=row.duty.subject, scope=row.scope, holder_title="Head")
    Mandate.objects.filter(subject=SUBJECT).update(valid_until=clock.now() + timedelta(days=3))
    words = told(client.get("/desk/"))
    assert "more dut" not in words
    assert "Security from" in words


def run(*words):
    import sys

    from aifactory.cli import assemble

    sys.argv = ["aifactory", *words]
    done = CliRunner().invoke(assemble(), list(words))
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_the_commands_appoint_hand_over_and_list_alarms(live_remote, monkeypatch):
    monkeypatch.setattr("sys.argv", ["aifactory"])
    office, first, second = person(Role.OFFICE), person(), person()
    live_remote(office)
    made = run("mandates", "give", SUBJECT, first.email, "--title", "Security officer", "--json")
    assert (made["subject"], made["name"]) == (SUBJECT, first.name)
    new = run("mandates", "hand-over", made["id"], second.email, "--json")
    assert (new["follows"], new["title"]) == (made["id"], "Security officer")
    part = run(
        "mandates", "involve", SUBJECT, "--part", "consulted", "--function", "Privacy officer", "--json"
    )
    assert part["function"] == "Privacy officer"
    rows = {row["subject"]: row for row in run("mandates", "list", "--json")["items"]}
    assert [m["id"] for m in rows[SUBJECT]["accountable"]] == [new["id"]]
    assert [i["function"] for i in rows[SUBJECT]["consulted"]] == ["Privacy officer"]
    alarms = run("mandates", "alarms", "--json")["items"]
    assert SUBJECT not in {alarm["subject"] for alarm in alarms}
    assert len(alarms) == len(queries.all_alarms())
    ended = run("mandates", "end", new["id"], "--json")
    assert ended["valid_until"] is not None
