"""Registering, releasing, withdrawing."""

import pytest

from aifactory.access.models import Application
from aifactory.assurance.actions import answer, ask_again, confirm, stop
from aifactory.assurance.queries import of
from aifactory.audit.models import Event
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role
from aifactory.registry import actions
from aifactory.registry.models import Model, ModelVersion
from aifactory.supercomputer.models import Attempt
from tests.people.factories import person
from tests.registry import factories as make


def test_a_run_is_registered_once(plant):
    version = make.registered(plant)
    again = actions.register(version.attempt, by=plant.user, name="Other", intended_use="Other")
    assert (again.pk, Model.objects.count(), ModelVersion.objects.count()) == (version.pk, 1, 1)


def test_the_same_name_makes_the_next_version(plant):
    assert [make.registered(plant).number, make.registered(plant).number] == [1, 2]
    assert Model.objects.get().name == "Tumour finder"


def test_a_run_without_results_is_no_model(plant):
    attempt = Attempt.objects.get(job=plant.submit())
    with pytest.raises(actions.NothingToRegister) as refusal:
        actions.register(attempt, by=plant.user, name="x", intended_use="y")
    assert str(refusal.value) == (
        "This run has no finished results. Wait until the job has succeeded, or run it again."
    )


def test_strangers_register_nothing(plant):
    attempt = make.trained(plant)
    with pytest.raises(NotAllowed):
        actions.register(attempt, by=person(), name="x", intended_use="y")
    assert ModelVersion.objects.count() == 0


def test_the_gate_names_all_that_is_missing(plant):
    version = make.registered(plant, files={"metrics.json": {"auc": 0.9}})
    with pytest.raises(Invalid) as refusal:
        actions.release(version, by=plant.user)
    assert [(e.field, e.message) for e in refusal.value.errors] == [
        ("card.limits", "The model card does not say this yet."),
        ("card.law", "The model card does not say this yet."),
    ]


def test_the_gate_goes_by_what_the_office_says_of_the_law_today(plant, tmp_path):
    make.lawful(plant.project, tmp_path)
    version = make.registered(plant)
    asked = of(f"access.application:{plant.project.application}")["ai_act"]
    applicant = Application.objects.get(pk=plant.project.application).applicant
    office = person(Role.OFFICE)
    stop(asked, ground="It is placed on the market as a toy.", by=office)
    with pytest.raises(Invalid) as refusal:
        actions.release(version, by=plant.user)
    assert [(e.field, e.rule) for e in refusal.value.errors] == [("card.law", "AI Act")]
    ask_again(asked, by=office)
    answer(subject=asked.subject, kind="ai_act", answers=asked.answers, by=applicant)
    confirm(of(asked.subject)["ai_act"], by=office)
    assert actions.release(version, by=plant.user).state == "released"


def test_a_file_that_changed_stops_the_release(plant, tmp_path, store):
    make.lawful(plant.project, tmp_path)
    version = make.registered(plant)
    version.files[0]["digest"] = "sha256:" + "0" * 64
    with pytest.raises(Invalid) as refusal:
        actions.release(version, by=plant.user)
    assert [e.field for e in refusal.value.errors] == ["provenance", "files"]


def test_released_then_withdrawn(plant, tmp_path):
    version = make.released(plant, tmp_path)
    assert actions.release(version, by=plant.user).state == "released"
    assert actions.withdraw(version, by=plant.user).state == "withdrawn"
    names = Event.objects.filter(thing=version.thing).order_by("pk").values_list("name", flat=True)
    assert list(names) == ["model:register", "model:release", "model:withdraw"]
