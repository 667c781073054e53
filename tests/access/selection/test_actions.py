"""A call decided as one list: proposed by the rule, confirmed by people who stand free, published at once."""

import json
from pathlib import Path

import pytest

from aifactory.access import actions
from aifactory.access.decisions.actions import BelowTheLine, DecidedAsOneList, DeciderReviewed, NoMandate
from aifactory.access.models import Application, Call, Decision
from aifactory.access.permissions import Permission
from aifactory.access.selection import actions as selection
from aifactory.access.selection.actions import (
    ApplicationsAreNotReady,
    BeyondTheBudget,
    BudgetIsFixed,
    CallIsNotSelected,
    DeciderStandsTooClose,
    ListStands,
)
from aifactory.access.selection.draw import commitment
from aifactory.access.selection.models import Selection, SelectionLine
from aifactory.access.selection.procedure import InputsAreNotReadable, result_bytes
from aifactory.access.selection.rules import sees_whole
from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.kit.canonical import canonical, digest
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.actions import grant_role, join
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role, User
from aifactory.people.rules import can_view, visible
from tests.access import factories
from tests.access.factories import AFTER
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store", "during")]
HOUR = 3600
BUDGET = {"gpu": 12_000 * HOUR, "storage": 10**13}


def office() -> User:
    return person(Role.OFFICE)


def judged_call(tmp_path: Path, *scores: tuple[int, int], budget: dict[str, int] | None = None) -> Call:
    """Make a call with one reviewed application a pair of scores, each asking 2,000 hours (class `small`)."""
    call = factories.call()
    selection.state_budget(call, budget or BUDGET, by=office())
    for pair in scores:
        factories.reviewed(call, tmp_path, scores=pair)
    return call


def proposed(call: Call) -> Selection:
    with clock.frozen(AFTER):
        return selection.propose(call, by=office())


def by_reference(found: Selection) -> dict[str, SelectionLine]:
    return {line.application.reference: line for line in found.lines.select_related("application")}


def test_from_budget_to_letters(tmp_path: Path) -> None:
    call = judged_call(tmp_path, (5, 5), (4, 4), (2, 2), budget={"gpu": 10_000 * HOUR, "storage": 10**13})
    found = proposed(call)
    assert (found.state, found.lines.count()) == ("proposed", 3)
    lines = by_reference(found)
    told = {
        line.facts["raw"]: (line.standing, line.proposed.get("gpu", 0) // HOUR) for line in lines.values()
    }
    # The class has 3,000 of the 10,000 hours: one request fits; what the classes leave takes the next one.
    assert told == {500: ("ranked", 2000), 400: ("ranked", 2000), 200: ("below_the_line", 0)}
    with clock.frozen(AFTER):
        decider = factories.decider()
        assert selection.confirm(found, by=decider) == 3
        assert (found.state, Decision.objects.count()) == ("confirmed", 0)
        selection.publish(found, by=office())
    assert (found.state, found.published_at) == ("published", AFTER)
    outcomes = {d.application.reference: d.outcome for d in Decision.objects.select_related("application")}
    assert sorted(outcomes.values()) == ["awarded", "awarded", "rejected"]
    assert Project.objects.count() == 2
    assert set(Application.objects.values_list("state", flat=True)) == {"awarded", "rejected"}
    assert {d.decided_by for d in Decision.objects.all()} == {decider}
    letter = Decision.objects.get(outcome="rejected").letter
    assert letter["sections"][0]["paragraphs"] == [
        "Your application did not reach the quality line of the call, so it was not ranked."
    ]
    names = list(Event.objects.filter(thing=found.thing).order_by("pk").values_list("name", flat=True))
    assert names == ["selection:propose", "selection:confirm", "selection:publish"]


def test_the_published_inputs_give_the_published_result_byte_for_byte(tmp_path: Path) -> None:
    found = proposed(judged_call(tmp_path, (5, 4), (3, 4)))
    found.refresh_from_db()
    read = json.loads(canonical(found.inputs))
    assert result_bytes(read) == canonical(found.result)
    assert (digest(read), digest(found.result)) == (found.inputs_digest, found.result_digest)
    assert commitment(read["seed_parts"]["factory"]) == read["commitment"] == found.call.budget.commitment
    with pytest.raises(InputsAreNotReadable, match="committed"):
        result_bytes(read | {"seed_parts": {"factory": "00" * 32, "people": ""}})
    text = json.dumps(read)
    assert not any(pk in text for pk in Application.objects.values_list("pk", flat=True))
    assert not any(pk in text for pk in User.objects.values_list("pk", flat=True))


def test_publishing_twice_is_publishing_once(tmp_path: Path) -> None:
    found = proposed(judged_call(tmp_path, (5, 5)))
    with clock.frozen(AFTER):
        selection.confirm(found, by=factories.decider())
        selection.publish(found, by=office())
        selection.publish(found, by=office())
    assert (Decision.objects.count(), Project.objects.count()) == (1, 1)


def test_a_crash_in_the_middle_leaves_nothing_and_the_next_try_does_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = proposed(judged_call(tmp_path, (5, 5), (4, 4)))
    announce, calls = selection.announce, []

    def dies(*args: object, **facts: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise OSError("The power went.")
        return announce(*args, **facts)  # type: ignore[arg-type]

    with clock.frozen(AFTER):
        selection.confirm(found, by=factories.decider())
        monkeypatch.setattr(selection, "announce", dies)
        with pytest.raises(OSError, match="power"):
            selection.publish(found, by=office())
        found.refresh_from_db()
        assert (found.state, Decision.objects.count(), Project.objects.count()) == ("confirmed", 0, 0)
        selection.publish(found, by=office())
    assert (found.state, Decision.objects.count()) == ("published", 2)


def test_whoever_stands_too_close_leaves_that_line_to_another(tmp_path: Path) -> None:
    call = judged_call(tmp_path, (5, 5), (4, 4))
    close = factories.decider()
    first = call.applications.order_by("pk")[0]
    reviewed_by = first.reviews.order_by("pk")[0].reviewer
    grant_role(reviewed_by, Role.PANEL, by=INSTALLER)
    factories.give(reviewed_by)
    found = proposed(call)
    line = found.lines.get(application=first)
    with clock.frozen(AFTER):
        with pytest.raises(DeciderReviewed):
            selection.deviate(line, {}, reason="No.", by=reviewed_by)
        assert selection.confirm(found, by=reviewed_by) == 1
        assert found.state == "proposed"
        with pytest.raises(NoMandate, match="no line"):
            selection.confirm(found, by=reviewed_by)
        assert selection.confirm(found, by=close) == 1
    assert found.state == "confirmed"
    assert set(found.lines.values_list("decided_by", flat=True)) == {close.pk, reviewed_by.pk}


def test_a_conflict_that_comes_up_before_publishing_keeps_the_list_back(tmp_path: Path) -> None:
    call = judged_call(tmp_path, (5, 5))
    decider = factories.decider()
    found = proposed(call)
    with clock.frozen(AFTER):
        selection.confirm(found, by=decider)
        join(decider, call.applications.get().organisation, by=INSTALLER)
        with pytest.raises((DeciderStandsTooClose, NotAllowed)):
            selection.publish(found, by=office())
    assert Decision.objects.count() == 0


def test_a_deviation_has_a_reason_and_stays_within_the_budget(tmp_path: Path) -> None:
    call = judged_call(tmp_path, (5, 5), (4, 4), (2, 2), budget={"gpu": 2_000 * HOUR, "storage": 10**13})
    found = proposed(call)
    decider = factories.decider()
    lines = {line.facts["raw"]: line for line in found.lines.all()}
    with clock.frozen(AFTER):
        with pytest.raises(Invalid, match="Say why"):
            selection.deviate(lines[500], {}, reason=" ", by=decider)
        with pytest.raises(Invalid, match="at most"):
            selection.deviate(lines[500], {"gpu": 3_000 * HOUR}, reason="More.", by=decider)
        with pytest.raises(BeyondTheBudget):
            selection.deviate(lines[400], {"gpu": 1_000 * HOUR}, reason="Also good.", by=decider)
        with pytest.raises(BelowTheLine):
            selection.deviate(lines[200], {"gpu": 1 * HOUR}, reason="A friend.", by=decider)
        with pytest.raises(NoMandate):
            selection.deviate(lines[500], {}, reason="No.", by=factories.decider(mandate=False))
        selection.deviate(
            lines[500], {"gpu": 1_500 * HOUR}, reason="A test showed that less is enough.", by=decider
        )
        selection.deviate(lines[400], {"gpu": 500 * HOUR}, reason="To begin with.", by=decider)
        selection.confirm(found, by=decider)
        selection.publish(found, by=office())
    found_awards = {d.application_id: d.awarded for d in Decision.objects.filter(outcome="awarded")}
    assert found_awards == {
        lines[500].application_id: {"gpu": 1_500 * HOUR},
        lines[400].application_id: {"gpu": 500 * HOUR},
    }
    letter = Decision.objects.get(application=lines[400].application_id).letter
    why = next(s for s in letter["sections"] if s["heading"] == "Why")
    assert why["paragraphs"] == ["To begin with."]
    assert any(item.startswith("The rule proposed nothing. The person who decided") for item in why["items"])
    event = Event.objects.get(name="selection:confirm")
    assert event.data == {"deviations": 2}


def test_a_held_line_can_be_decided_anew_until_it_is_published(tmp_path: Path) -> None:
    found = proposed(judged_call(tmp_path, (5, 5), (4, 4)))
    decider = factories.decider()
    line = found.lines.first()
    assert line is not None
    with clock.frozen(AFTER):
        selection.deviate(line, {}, reason="It was withdrawn by telephone.", by=decider)
        again = selection.deviate(line, line.proposed, reason="", by=decider)
        assert (again.state, again.deviation, again.final) == ("held", "", line.proposed)
        selection.confirm(found, by=decider)
        selection.publish(found, by=office())
        with pytest.raises(NotPossibleNow):
            selection.deviate(line, {}, reason="Too late.", by=decider)


def test_nothing_is_fitted_to_scores(tmp_path: Path) -> None:
    call = judged_call(tmp_path, (5, 5))
    with pytest.raises(BudgetIsFixed):
        selection.state_budget(call, {"gpu": HOUR}, by=office())
    with pytest.raises(DecidedAsOneList):
        actions.decide(call.applications.get(), awarded={}, reasons="No.", by=factories.decider())
    with pytest.raises(ApplicationsAreNotReady):
        selection.propose(call, by=office())
    proposed(call)
    with pytest.raises(ListStands):
        proposed(call)


def test_a_list_set_aside_makes_room_for_another_with_the_same_seed(tmp_path: Path) -> None:
    call = judged_call(tmp_path, (5, 5))
    first = proposed(call)
    with pytest.raises(Invalid):
        selection.set_aside(first, because="", by=office())
    selection.set_aside(first, because="An application was withdrawn.", by=office())
    second = proposed(call)
    assert (first.state, second.state) == ("set_aside", "proposed")
    assert second.inputs["seed"] == first.inputs["seed"]


def test_what_is_withdrawn_meanwhile_gets_no_letter(tmp_path: Path) -> None:
    call = judged_call(tmp_path, (5, 5), (4, 4))
    found = proposed(call)
    gone = call.applications.order_by("pk")[0]
    actions.withdraw(gone, by=gone.applicant)
    with clock.frozen(AFTER):
        selection.confirm(found, by=factories.decider())
        selection.publish(found, by=office())
    assert list(Decision.objects.values_list("application", flat=True)) == [
        call.applications.order_by("pk")[1].pk
    ]


def test_who_may_what(tmp_path: Path) -> None:
    call = factories.call()
    for nobody in (factories.reviewer(), person()):
        with pytest.raises(NotAllowed):
            selection.state_budget(call, BUDGET, by=nobody)
    with pytest.raises(Invalid):
        selection.state_budget(call, {}, by=office())
    with pytest.raises(CallIsNotSelected):
        selection.state_budget(factories.call("playground-v1"), BUDGET, by=office())
    factories.reviewed(call, tmp_path)
    with pytest.raises(CallIsNotSelected, match="what this call has to give"):
        proposed(call)


def test_who_sees_what(tmp_path: Path) -> None:
    call = judged_call(tmp_path, (5, 5), (4, 4))
    found = proposed(call)
    first = call.applications.order_by("pk")[0]
    free, close, applicant = (
        office(),
        office(),
        first.applicant,
    )  # who joins an applicant is close to the whole call
    join(close, first.organisation, by=INSTALLER)
    close = User.objects.get(pk=close.pk)
    people = [None, free, close, applicant, factories.reviewer()]
    for viewer in people:
        assert can_view(viewer, found) == (found in visible(Selection, viewer))
        for line in found.lines.all():
            assert can_view(viewer, line) == (line in visible(SelectionLine, viewer))
    assert [visible(SelectionLine, viewer).count() for viewer in people] == [0, 2, 0, 0, 0]
    assert [viewer is not None and sees_whole(viewer, call) for viewer in people] == [
        False,
        True,
        False,
        False,
        False,
    ]
    assert Permission.PUBLISH == "selection:publish"
