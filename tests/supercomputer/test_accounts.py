"""What projects should have on a cluster, from their awards; and what somebody did past us there."""

from datetime import timedelta

import pytest

from aifactory.audit.models import Event
from aifactory.kit import clock
from aifactory.ports.cluster import Allocation, Change
from aifactory.supercomputer import accounts
from aifactory.supercomputer.models import Drift
from tests.awards import factories as awards
from tests.supercomputer.factories import later

pytestmark = pytest.mark.django_db


def test_a_project_gets_what_it_was_awarded_while_it_lasts():
    line = awards.line(resource="gpu", amount=3600)
    project = line.project
    expected = Allocation(project.pk, project.organisation_id, (project.leader_id,), 3600, None, open=True)
    assert accounts.allocations() == [expected]
    with later(days=31):
        (closed,) = accounts.allocations()
    assert (closed.gpu_seconds, closed.open) == (0, False)


def test_a_renewal_raises_the_limit_by_its_own_amount_for_a_cluster_never_forgets():
    line = awards.line(resource="core", amount=3600)
    type(line).objects.filter(pk=line.pk).update(drawn=1000)
    with later(days=31):
        awards.line(line.project, resource="core", amount=600)
        (one,) = accounts.allocations()
    assert (one.core_seconds, one.open) == (1600, True)


def test_storage_alone_needs_no_account():
    awards.line(resource="storage", amount=10**9)
    assert accounts.allocations() == []


ONE = Allocation("prj_1", "org_1", (), 3600)
MISSING = Change("prj_1", "The budget prj_1 is missing.", ("sacctmgr",))
STRANGER = Change("x", "The cluster has an account x that we know nothing of.")


def compared(*changes, wanted=ONE, refused=()):
    accounts.compared("slurm", {"prj_1": wanted}, list(changes), list(refused))
    return list(Drift.objects.order_by("pk").values_list("account", "mended"))


def test_our_own_news_is_no_drift_and_the_same_difference_later_is():
    assert compared(MISSING) == []
    assert compared() == []
    more = Allocation("prj_1", "org_1", (), 7200)
    assert compared(MISSING, wanted=more) == []
    assert compared(MISSING, wanted=more) == [("prj_1", True)]
    assert Event.objects.filter(name="cluster:drift").count() == 1


def test_a_stranger_is_told_once_until_it_is_gone():
    assert compared(STRANGER) == [("x", False)]
    assert compared(STRANGER) == [("x", False)]
    assert compared() == [("x", False)]
    assert compared(STRANGER) == [("x", False)] * 2


def test_what_the_cluster_would_not_have_is_told_once():
    refused = [Change("prj_1", "The budget prj_1 is missing. Slurm refused: no such TRES")]
    assert compared(MISSING, refused=refused) == [("prj_1", False)]
    assert clock.now() - Drift.objects.get().created_at < timedelta(minutes=1)
