"""Reports and results."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role
from aifactory.people.rules import can_view, visible
from aifactory.transparency import actions
from aifactory.transparency.models import Outcome, Report
from tests.awards import factories as awards
from tests.people.factories import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    made = awards.project()
    awards.line(made, resource="core", amount=36_000)
    return made


def test_figures_are_drawn_from_the_records(project):
    report = actions.draft(project, by=project.leader)
    assert report.figures["awards"] == [
        {"resource": "core", "unit": "core-h", "granted": 10.0, "used": 0.0, "set_aside": 0.0}
    ]
    assert report.figures["energy"] == {
        "runs": 0,
        "runs_with_energy": 0,
        "runs_with_carbon": 0,
        "core_hours": 0.0,
        "gpu_hours": 0.0,
        "kwh": None,
        "grams_co2eq": None,
    }


def test_handing_in_asks_for_the_words_that_only_people_know(project):
    report = actions.draft(project, by=project.leader)
    with pytest.raises(Invalid) as refusal:
        actions.submit(report, by=project.leader)
    assert [(e.field, e.rule) for e in refusal.value.errors] == [
        ("summary", "required"),
        ("unused", "use below 90 %"),
    ]


def test_a_report_goes_to_the_office_and_back_and_is_accepted(project):
    office = person(Role.OFFICE)
    report = actions.draft(project, by=project.leader)
    actions.write(report, by=project.leader, summary="It works.", unused="Started late.")
    report = actions.submit(report, by=project.leader)
    with pytest.raises(actions.ReportIsHandedIn):
        actions.write(report, by=project.leader, summary="Changed.")
    with pytest.raises(NotAllowed):
        actions.accept(report, by=project.leader)
    assert actions.send_back(report, by=office).state == "draft"
    report = actions.accept(actions.submit(report, by=project.leader), by=office)
    assert (report.state, report.summary) == ("accepted", "It works.")
    assert actions.draft(project, by=project.leader).state == "accepted"
    with pytest.raises(actions.ReportIsHandedIn):
        actions.write(Report.objects.get(), by=project.leader, summary="Changed.")


def test_results_say_how_they_can_be_checked(project):
    with pytest.raises(Invalid) as refusal:
        actions.record_outcome(project, by=project.leader, kind="fame", title="", evidence=" ")
    assert [e.field for e in refusal.value.errors] == ["title", "evidence", "kind"]
    with pytest.raises(NotAllowed):
        actions.record_outcome(project, by=person(), kind="jobs", title="x", evidence="y")
    assert Outcome.objects.count() == 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(roles=st.sets(st.sampled_from(list(Role)), max_size=2), member=st.booleans(), accepted=st.booleans())
def test_one_by_one_and_lists_agree(roles, member, accepted):
    project = awards.project()
    report = actions.draft(project, by=project.leader)
    if accepted:
        actions.write(report, by=project.leader, summary="Done.")
        report = actions.accept(actions.submit(report, by=project.leader), by=person(Role.OFFICE))
    viewer = person(*roles, organisation=project.organisation if member else None)
    for who in (viewer, None):
        assert can_view(who, report) == visible(Report, who).filter(pk=report.pk).exists()
