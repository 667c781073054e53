"""An award that runs longer or is made smaller, and a project that is closed: with reasons, under a mandate."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.awards.actions import draw, reserve
from aifactory.awards.changes import actions
from aifactory.awards.changes.models import AwardChange
from aifactory.cli import projects as command
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from aifactory.people.mandates.queries import NoMandate
from aifactory.people.models import Role, User
from aifactory.supercomputer import accounts
from tests.awards.factories import GRANTOR, line, project
from tests.people.factories import person
from tests.web.conftest import live_remote, told

__all__ = ["live_remote", "told"]
pytestmark = pytest.mark.django_db
HOUR = 3600


def mandated(**facts: object) -> User:
    decider = person(Role.OFFICE, **facts)
    give_mandate(decider, by=INSTALLER, subject="award:change", holder_title="Head of the office")
    return decider


def test_an_award_runs_longer_and_its_project_and_its_budget_on_the_cluster_with_it():
    award, decider = line(amount=HOUR), mandated()
    with clock.frozen(award.ends_at + timedelta(days=1)):
        (before,) = accounts.allocations()
        until = clock.now() + timedelta(days=60)
        change = actions.extend(award, until, reasons=" The data came late. ", by=decider)
        (after,) = accounts.allocations()
    award.refresh_from_db()
    assert (award.ends_at, award.project.ends_at) == (until, until)
    assert ((before.gpu_seconds, before.open), (after.gpu_seconds, after.open)) == ((0, False), (HOUR, True))
    assert (change.reasons, change.mandate.holder_title, change.kind) == (
        "The data came late.", "Head of the office", "longer",
    )  # fmt: skip
    names = ("award:extend", "project:extend", "award:change")
    assert sorted(Event.objects.filter(name__in=names).values_list("name", flat=True)) == sorted(names)


def test_an_award_is_made_smaller_but_never_below_what_is_used_and_set_aside():
    award, decider = line(amount=10 * HOUR), mandated()
    reserve(award, 2 * HOUR, key="done", by=GRANTOR)
    draw("done", HOUR, by=GRANTOR)
    reserve(award, 3 * HOUR, key="runs", by=GRANTOR)
    for amount in (4 * HOUR - 1, 10 * HOUR, 11 * HOUR):
        with pytest.raises(Invalid, match="at least 4 GPU-h"):
            actions.reduce(award, amount, reasons="Less is needed.", by=decider)
    change = actions.reduce(award, 4 * HOUR, reasons="Less is needed.", by=decider)
    award.refresh_from_db()
    assert (award.amount, award.left, change.before, change.after) == (
        4 * HOUR,
        0,
        str(10 * HOUR),
        str(4 * HOUR),
    )


def test_only_a_mandate_changes_awards_and_never_ones_own():
    award = line()
    later = award.ends_at + timedelta(days=1)
    with pytest.raises(NoMandate):
        actions.extend(award, later, reasons="Why not.", by=person(Role.OFFICE))
    with pytest.raises(NotAllowed):
        actions.extend(award, later, reasons="Why not.", by=mandated(organisation=award.project.organisation))
    decider = mandated()
    with pytest.raises(Invalid, match="Say why"):
        actions.extend(award, later, reasons=" ", by=decider)
    with pytest.raises(Invalid, match="Choose a moment after"):
        actions.extend(award, award.ends_at, reasons="Why not.", by=decider)
    assert not AwardChange.objects.exists()


def test_a_project_is_closed_once_nothing_is_set_aside():
    mine = project()
    award = line(mine)
    reserve(award, 60, key="runs", by=GRANTOR)
    with pytest.raises(NotPossibleNow, match="set aside"):
        actions.close(mine, by=mine.leader)
    draw("runs", 60, by=GRANTOR)
    with pytest.raises(NotAllowed):
        actions.close(mine, by=person())
    assert actions.close(mine, by=mine.leader).state == "closed"
    assert actions.close(mine, by=mine.leader).state == "closed"
    (one,) = accounts.allocations()
    assert one.open is False
    award.refresh_from_db()
    with pytest.raises(NotPossibleNow, match="is closed"):
        actions.extend(award, award.ends_at + timedelta(days=9), reasons="Once more.", by=mandated())


def test_pages_routes_and_commands_change_an_award(client, told, live_remote):
    award, decider = line(amount=10 * HOUR), mandated()
    client.force_login(decider)
    assert "Let it run longer" in told(client.get(f"/allocations/{award.pk}/"))
    until = award.ends_at + timedelta(days=10)
    wish = {"ends_at": f"{until:%Y-%m-%dT%H:%M}", "reasons": "The data came late."}
    assert client.post(f"/allocations/{award.pk}/extend/", wish).url == f"/allocations/{award.pk}/"
    short = client.post(f"/allocations/{award.pk}/reduce/", {"amount": "20", "reasons": "Less."})
    assert "Choose less than 10 GPU-h, and at least 0 GPU-h" in told(short)
    live_remote(decider)
    run = CliRunner()
    done = run.invoke(command.app, ["reduce", award.pk, "4.5", "--reasons", "Less is needed.", "--json"])
    assert json.loads(done.stdout)["after"] == 4.5
    client.force_login(award.project.leader)
    words = told(client.get(f"/allocations/{award.pk}/"))
    assert "it was made smaller, from 10 GPU-h to 4.5 GPU-h. Head of the office: Less is needed." in words
    assert "Let it run longer" not in words
    assert client.get(f"/allocations/{award.pk}/extend/").status_code == 403
    kinds = [one["kind"] for one in client.get(f"/api/v1/allocations/{award.pk}/changes").json()]
    assert kinds == ["longer", "less"]
    assert "cannot be undone" in told(client.get(f"/projects/{award.project_id}/close/"))
    assert client.post(f"/projects/{award.project_id}/close/").url == f"/projects/{award.project_id}/"
    live_remote(award.project.leader)
    closed = run.invoke(command.app, ["close", award.project_id, "--json"])
    assert json.loads(closed.stdout)["state"] == "closed"
