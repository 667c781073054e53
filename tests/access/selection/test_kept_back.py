"""What objections may still ask is given to nobody else; and what screening asks comes before a list."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory.access import actions, modes
from aifactory.access.models import Application, Call, Objection
from aifactory.access.objections import actions as objections
from aifactory.access.selection import actions as selection
from aifactory.access.selection.procedure import result_bytes, result_of, to_give
from aifactory.awards.state_aid.actions import annul_aid, declare_aid
from aifactory.kit import clock
from aifactory.kit.canonical import canonical
from aifactory.people.models import Role
from tests.access import factories
from tests.access.factories import AFTER, DURING
from tests.access.selection.test_actions import HOUR, judged_call, office, proposed
from tests.access.selection.worlds import inputs
from tests.people.factories import person

GPU = st.integers(0, 400 * HOUR)


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 12), st.integers(1, 4), GPU, GPU)
def test_a_list_never_gives_what_is_kept_back(count: int, seed: int, gpu: int, storage: int) -> None:
    world = inputs(count, seed=seed)
    kept_back = {"gpu": gpu, "storage": storage * 10**6, "advice": 5}
    result = result_of(world | {"kept_back": kept_back})
    for name, whole in world["budget"].items():
        given_ = sum(line.get("proposed", {}).get(name, 0) for line in result["applications"])
        assert given_ + result["left"][name] == max(whole - kept_back[name], 0)
    # Keeping back is the same as having had less to give.
    less = result_of(world | {"budget": to_give(world | {"kept_back": kept_back})})
    assert {k: v for k, v in result.items() if k != "inputs"} == {
        k: v for k, v in less.items() if k != "inputs"
    }


def refused_early(call: Call, folder: Path) -> Objection:
    """Reject an application that may not apply before the list is made, and object to that."""
    made = factories.submitted(call, folder, answers={"civil_use": "no"})
    actions.judge_eligibility(made, by=factories.OFFICE)
    decision = actions.decide(made, awarded={}, reasons="It is not civil.", by=factories.decider())
    return objections.object_to(decision, by=made.applicant, grounds="It is civil.")


@pytest.mark.django_db
@pytest.mark.usefixtures("store")
def test_an_open_objection_takes_its_part_of_proposal_deviation_and_publication(tmp_path: Path) -> None:
    with clock.frozen(DURING):
        call = judged_call(tmp_path, (5, 5), (4, 4), budget={"gpu": 4_500 * HOUR})
        first = refused_early(call, tmp_path)
    found = proposed(call)
    # Each asks 2,000 hours. Of 4,500 the objection keeps back 2,000: one fits, where two would have.
    assert found.inputs["budget"] == {"gpu": 4_500 * HOUR}
    assert found.inputs["kept_back"]["gpu"] == 2_000 * HOUR
    lines = {line.facts.get("raw"): line for line in found.lines.all()}
    assert [lines[raw].proposed.get("gpu", 0) // HOUR for raw in (500, 400)] == [2_000, 0]
    assert found.result["left"] == {"gpu": 500 * HOUR}
    assert result_bytes(found.inputs) == canonical(found.result)
    decider = factories.decider()
    with clock.frozen(AFTER):
        with pytest.raises(selection.BeyondTheBudget, match="leave 500 GPU-h, and this one takes 501"):
            selection.deviate(lines[400], {"gpu": 501 * HOUR}, reason="Also good.", by=decider)
        objections.withdraw(first, by=first.objector)
        selection.deviate(lines[400], {"gpu": 1_000 * HOUR}, reason="Also good.", by=decider)
        selection.confirm(found, by=decider)
        again = objections.object_to(first.decision, by=first.objector, grounds="It is civil after all.")
        with pytest.raises(
            selection.BeyondTheBudget, match="2,500 GPU-h are left, and this list takes 3,000"
        ):
            selection.publish(found, by=office())
        objections.withdraw(again, by=again.objector)
        selection.publish(found, by=office())
    assert Application.objects.filter(state="awarded").count() == 2


@pytest.fixture
def checked_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = modes.named("regional-v1").plain()
    mode = modes.from_plain(plain | {"screening": {"technical": True, "law_gate": True}})
    monkeypatch.setattr(modes, "named", lambda _name: mode)


def reviewed_unchecked(call: Call, folder: Path, score: int) -> Application:
    """Bring an application through its reviews, with no step of screening taken."""
    made = factories.eligible(call, folder, checked=False)
    people = [factories.reviewer(), factories.reviewer()]
    for review in actions.assign_reviewers(made, by=factories.OFFICE, reviewers=people):
        factories.scored(review, score)
    return made


@pytest.mark.django_db
@pytest.mark.usefixtures("store", "checked_mode")
def test_a_list_waits_for_screening_and_what_cannot_run_is_not_ranked(tmp_path: Path) -> None:
    with clock.frozen(DURING):
        call = factories.call()
        selection.state_budget(call, {"gpu": 4_000 * HOUR}, by=office())
        best, other = (reviewed_unchecked(call, tmp_path, score) for score in (5, 4))
        steps: list[Any] = [
            lambda: factories.technically_checked(best, "not_feasible"),
            lambda: factories.technically_checked(other, "adjust", proposed={"gpu": 1_500 * HOUR}),
            *(
                lambda one=one: actions.weigh_law(one, result="pass", reasons="Fine.", by=person(Role.OFFICE))
                for one in (best, other)
            ),
        ]
        for step in steps:
            with (
                clock.frozen(AFTER),
                pytest.raises(selection.ApplicationsAreNotReady, match="step of screening"),
            ):
                selection.propose(call, by=office())
            step()
    found = proposed(call)
    lines = {line.application_id: line for line in found.lines.all()}
    assert {pk: (line.standing, line.proposed.get("gpu", 0)) for pk, line in lines.items()} == {
        best.pk: ("not_feasible", 0),
        other.pk: ("ranked", 2_000 * HOUR),
    }
    with clock.frozen(AFTER):
        selection.confirm(found, by=factories.decider())
        selection.publish(found, by=office())
    best.refresh_from_db()
    assert best.decision.letter["sections"][0]["paragraphs"] == [
        "The technical check says that this work can't run here, and no score outweighs that."
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("store")
def test_what_there_is_no_room_for_as_aid_waits_for_a_deviation(tmp_path: Path) -> None:
    with clock.frozen(DURING):
        call = judged_call(tmp_path, (5, 5))
        made = call.applications.get()
        # 2,000 GPU-h at EUR 2.50, 500 GB at EUR 0.10 and 8 hours of advice at EUR 90 are worth EUR 5,770.
        had = declare_aid(
            made.organisation,
            granted_on=DURING.date(),
            cents=29_500_000,
            authority="Province",
            by=made.applicant,
        )
    found, decider = proposed(call), factories.decider()
    line = found.lines.get()
    with clock.frozen(AFTER):
        with pytest.raises(selection.NoMandate, match="no line"):
            selection.confirm(found, by=decider)
        held = selection.deviate(
            line, {"gpu": 1_900 * HOUR}, reason="More would be too much aid.", by=decider
        )
        assert held.state == "held"
        annul_aid(had, by=office())
        assert selection.deviate(held, line.proposed, reason="", by=decider).final == line.proposed
