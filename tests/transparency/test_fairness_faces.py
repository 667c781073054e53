"""The fairness figures from real records, by page and API."""

from datetime import timedelta

import pytest

from aifactory.access import actions
from aifactory.access.models import Application
from aifactory.kit import clock
from aifactory.transparency import decided
from tests.access import factories
from tests.access.conftest import store  # noqa: F401 - a fixture
from tests.access.factories import AFTER, DURING
from tests.access.objection_factories import granted, mandated, objection
from tests.people.factories import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(store, tmp_path):  # noqa: F811
    """Six small firms of which two got something, and six institutes of which all did; one more waits."""
    with clock.frozen(DURING):
        made = factories.call()
        small = [factories.reviewed(made, tmp_path, by=applicant("company", "North")) for _ in range(6)]
        large = [factories.reviewed(made, tmp_path, by=applicant("research", "South")) for _ in range(6)]
        factories.eligible(made, tmp_path)
    with clock.frozen(AFTER):
        decider = factories.decider()
        for number, one in enumerate([*small, *large]):
            gpu = 3600 * 100 if number in (0, 1) or number >= 6 else 0
            actions.decide(one, awarded={"gpu": gpu}, reasons="By the rule.", by=decider)
    return made


def applicant(kind: str, region: str):
    return person(organisation=factories.company(kind=kind, region=region))


def test_the_figures_are_those_of_the_published_decisions(client, call):
    found = client.get(f"/api/v1/register/fairness?call={call.pk}").json()
    assert (found["applications"], found["granted"], found["gpu_hours"]) == (12, 8, 800.0)
    by_group = {row["group"]: row for row in found["dimensions"]["size"]}
    assert {g: (r["applications"], r["granted"], r["impact"], r["signal"]) for g, r in by_group.items()} == {
        "sme": (6, 2, 0.3333, True),
        "other": (6, 6, 1.0, False),
    }
    assert (by_group["sme"]["gpu_share"]["value"], by_group["other"]["gpu_share"]["value"]) == (0.25, 0.75)
    # P(X≤0) = (2/3)^6 = 0.088 for 6 with chance 1/3; P(X≤4) = 1 - 13/729 = 0.982.
    assert by_group["sme"]["success"] == {"value": 0.3333, "low": 0.0, "high": 0.6667}
    assert [row["group"] for row in found["dimensions"]["newcomer"]] == ["newcomer"]
    assert found["calibration"] == {"ranked": 0, "crossed": 0, "share": None}
    assert found["floor"] == {"selected": 0, "came_in": 0, "left_out": 0, "hours_in": 0.0, "points": None}
    history = client.get("/api/v1/register/fairness/regional").json()["items"]
    assert [(one["call"], len(one["size"])) for one in history] == [(call.pk, 2)]


def test_an_award_on_objection_counts(call):
    lost = Application.objects.filter(state="rejected").earliest("pk")
    handler = mandated()
    before = decided.fairness(call=call.pk)
    made = objection(lost)
    with clock.frozen(AFTER + timedelta(days=50)):
        granted(made, handler, gpu=3600 * 100)
    after = decided.fairness(call=call.pk)
    assert (before.granted, after.granted, after.gpu_hours) == (8, 9, 900.0)


def test_the_page_is_for_everybody(client, call):
    page = client.get("/register/fairness/").content.decode()
    assert "Is it fair?" in page
    assert "Micro, small and medium-sized" in page
    assert "Less than four fifths" in page
    one = client.get(f"/register/fairness/?call={call.pk}").content.decode()
    assert "There was no ranking here" in one
    over = client.get("/register/fairness/?mode=regional").content.decode()
    assert "Over time" in over
    assert client.get("/register/fairness/?call=nothing").status_code == 404
    assert (
        "Nothing is decided here yet." in client.get("/register/fairness/?mode=playground").content.decode()
    )


def test_it_costs_the_same_for_many(call, django_assert_num_queries):
    with django_assert_num_queries(4):
        assert len(decided.cases(decided.decided())) == 12
