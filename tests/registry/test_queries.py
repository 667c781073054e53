"""Who sees which model, and what of its card."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aifactory.people.models import Role
from aifactory.people.rules import can_view, visible
from aifactory.registry import actions, queries
from aifactory.registry.models import Model, ModelVersion
from tests.people.factories import person
from tests.registry import factories as make


def test_candidates_are_seen_with_their_project_and_released_ones_by_all(plant, tmp_path):
    version = make.released(plant, tmp_path)
    candidate = make.registered(plant, name="Second try")
    viewers = [None, person(), plant.user, person(Role.OFFICE), person(Role.STEWARD)]
    seen = [set(queries.versions(viewer).values_list("pk", flat=True)) for viewer in viewers]
    assert seen == [
        {version.pk},
        {version.pk},
        {version.pk, candidate.pk},
        {version.pk, candidate.pk},
        {version.pk},
    ]


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(roles=st.sets(st.sampled_from(list(Role)), max_size=2), member=st.booleans())
def test_one_by_one_and_lists_agree(plant, roles, member):
    if not ModelVersion.objects.exists():
        make.registered(plant)
        withdrawn = make.registered(plant, name="Old")
        actions.withdraw(withdrawn, by=plant.user)
    viewer = person(*roles, organisation=plant.project.organisation if member else None)
    for model in (ModelVersion, Model):
        things = list(model.objects.all())
        listed = set(visible(model, viewer))
        assert [can_view(viewer, thing) for thing in things] == [thing in listed for thing in things]
        public = set(visible(model, None))
        assert [can_view(None, thing) for thing in things] == [thing in public for thing in things]


def test_columns_of_data_that_is_not_public_stay_within_the_project(plant, tmp_path):
    version = make.released(plant, tmp_path)
    hidden, shown = queries.card(version, None), queries.card(version, plant.user)
    assert (hidden["parameters"], hidden["facts"]) == ({}, {"limits": ["Measured on one table."]})
    assert set(make.METRICS) - set(hidden["metrics"]) == {"target", "classes"}
    assert (shown["facts"], shown["metrics"]) == (make.FACTS, make.METRICS)


def test_the_title_of_a_dataset_is_shown_to_those_who_see_it(plant, tmp_path):
    version = make.released(plant, tmp_path)
    assert [given["title"]["en"] for given in queries.card(version, None)["data"]] == [
        "Breast cells under the microscope"
    ]
    plant.agreement.offer.dataset.__class__.objects.update(access="nonpublic")
    assert [given["title"] for given in queries.card(version, None)["data"]] == [None]


def test_columns_of_open_data_are_for_everyone(plant, tmp_path):
    version = make.released(plant, tmp_path)
    dataset = plant.agreement.offer.dataset
    type(dataset).objects.update(access="public", contains_personal_data=False)
    assert queries.card(version, None)["facts"] == make.FACTS


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"curves": 3},
        {"curves": [{"points": [[0, 0], [2, 1]]}]},
        {"curves": [{"points": [[0, "x"], [1, 1]]}, 7, {"points": [[0, 0]]}]},
    ],
    ids=["nothing", "no list", "outside", "no numbers"],
)
def test_odd_curves_are_passed_over(plant, written):
    version = make.registered(plant, files=make.FILES | {"roc.json": written})
    assert queries.curves(version) == []


def test_the_statement_is_shown_only_while_its_signature_holds(plant):
    version = make.registered(plant)
    signed = queries.statement(version)
    assert signed is not None
    assert {s["name"]: "sha256:" + s["digest"]["sha256"] for s in signed["subject"]} == {
        f["path"]: f["digest"] for f in version.files
    }
    version.provenance = version.provenance.replace("payload", "payload", 1)[:-40] + version.provenance[-39:]
    assert queries.statement(version) is None
