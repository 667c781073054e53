"""Every table of states and transitions keeps the house's rules."""

import re

import pytest
from docs import facts

from aifactory.people.models import Mandate

LIFECYCLES = facts.lifecycles()


def test_every_record_with_a_state_has_a_table():
    with_state = {m for m in facts.records() if any(f.name == "state" for f in m._meta.concrete_fields)}
    assert {m for m in with_state if m not in LIFECYCLES and m._meta.label != "awards.Hold"} == set()
    assert len(LIFECYCLES) >= 12


@pytest.mark.parametrize("model", LIFECYCLES, ids=lambda model: model.__name__)
def test_every_state_is_reachable_and_has_a_label(model):
    lifecycle = LIFECYCLES[model]
    assert lifecycle.reachable() == set(lifecycle.states)
    assert all(label.strip() and label[0].isupper() for label in lifecycle.states.values())
    assert max(len(state) for state in lifecycle.states) <= model._meta.get_field("state").max_length


@pytest.mark.parametrize("model", LIFECYCLES, ids=lambda model: model.__name__)
def test_a_new_record_starts_at_the_beginning(model):
    assert model().state == LIFECYCLES[model].initial


@pytest.mark.parametrize("model", LIFECYCLES, ids=lambda model: model.__name__)
def test_somebody_may_walk_every_transition(model):
    known = facts.permissions()
    assert {t.name: t.permission for t in LIFECYCLES[model].transitions if t.permission not in known} == {}


def test_lifecycles_have_names_of_their_own():
    names = [lifecycle.name for lifecycle in LIFECYCLES.values()]
    assert sorted(names) == sorted(set(names))


def test_events_and_permissions_are_called_kind_and_verb():
    named = re.compile(r"[a-z]+(_[a-z]+)*:[a-z]+(_[a-z]+)*")
    assert [n for n in [*facts.events(), *facts.permissions()] if not named.fullmatch(n)] == []


def test_a_mandate_can_name_every_permission():
    longest = Mandate._meta.get_field("subject").max_length
    assert [p for p in facts.permissions() if len(p) > longest] == []
