"""Terms are accepted before anything new, by whoever may sign; suspensions stop new work, with reasons."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from aifactory.kit.errors import Invalid, NotAllowed, NotFound
from aifactory.people.actions import give_mandate, join
from aifactory.people.actors import INSTALLER
from aifactory.people.mandates.queries import NoMandate
from aifactory.people.models import Role
from aifactory.people.rules import can_view, visible
from aifactory.people.terms import actions, queries, standing
from aifactory.people.terms.models import Acceptance, Suspension
from aifactory.people.terms.texts import TermsText, current, due, texts
from tests.awards.factories import project
from tests.people.factories import organisation, person

WORDS = Text(en="Yes.", nl="Ja.")


def text(version: int, valid_from: date, days: int = 0, name: str = "use") -> TermsText:
    return TermsText(
        id=name,
        version=version,
        valid_from=valid_from,
        accept_within_days=days,
        title=WORDS,
        intro=WORDS,
        clause=(WORDS,),
    )


OLD, NEW = text(1, date(2027, 1, 1)), text(2, date(2027, 6, 1), days=30)
MAY, JUNE, JULY = (datetime(2027, month, 10, tzinfo=UTC) for month in (5, 6, 7))


def owed(accepted: set[tuple[str, int]], at: datetime) -> list[tuple[int, bool]]:
    return [(one.text.version, one.stops(at)) for one in due([OLD, NEW], accepted, at)]


def test_the_first_acceptance_comes_before_anything_and_a_new_version_has_a_term():
    assert owed(set(), MAY) == [(1, True)]
    assert owed({("use", 1)}, MAY) == []
    assert owed({("use", 1)}, JUNE) == [(2, False)]
    assert owed({("use", 1)}, JULY) == [(2, True)]
    assert owed(set(), JUNE) == [(2, True)]
    assert owed({("use", 2)}, JULY) == []


versions = st.lists(st.dates(date(2026, 1, 1), date(2028, 1, 1)), min_size=1, max_size=5, unique=True)


moments = st.integers(0, 1000).map(lambda days: datetime(2025, 10, 1, 12, tzinfo=UTC) + timedelta(days=days))


@given(versions, st.sets(st.integers(1, 5)), moments)
def test_who_accepted_the_version_in_force_owes_nothing_and_nobody_owes_an_old_one(days, accepted, at):
    known = [text(number, day, 14) for number, day in enumerate(sorted(days), 1)]
    have = {("use", number) for number in accepted}
    in_force = current(known, at).get("use")
    owes = due(known, have, at)
    if in_force is None or ("use", in_force.version) in have:
        assert owes == []
    else:
        assert [one.text for one in owes] == [in_force]
        earlier = any(number < in_force.version for number in accepted)
        assert owes[0].stops(at) == (not earlier or at >= in_force.accept_by)


def test_our_texts_are_whole_and_a_change_of_a_word_changes_the_digest():
    assert {t.id for t in texts()} == {"acceptable-use", "civil-use", "sanctions-and-export"}
    for one in texts():
        changed = one.model_copy(update={"intro": WORDS})
        assert changed.digest != one.digest


@pytest.mark.django_db
def test_a_representative_accepts_for_the_organisation_and_nobody_else_does():
    place = organisation(terms=False)
    signs, works = person(organisation=place), person()
    join(works, place, by=INSTALLER)
    with pytest.raises(standing.TermsNotAccepted, match="Acceptable use"):
        standing.require(place, things=[])
    for stranger in (works, person(Role.OFFICE), person(Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            actions.accept(place, "civil-use", by=stranger)
    for one in queries.in_force():
        made = actions.accept(place, one.id, by=signs, digest=one.digest)
        assert (made.user, made.version, made.text_digest) == (signs, one.version, one.digest)
        assert actions.accept(place, one.id, by=signs) == made
    with pytest.raises(NotAllowed):
        actions.accept(place, "civil-use", by=works)  # also where it was accepted before
    standing.require(place, things=[])
    assert Acceptance.objects.filter(organisation=place).count() == 3


@pytest.mark.django_db
def test_what_was_read_must_be_what_is_in_force_and_paper_needs_its_digest():
    place = organisation(terms=False)
    signs, office = person(organisation=place), person(Role.OFFICE)
    with pytest.raises(actions.TextHasChanged):
        actions.accept(place, "civil-use", by=signs, digest="sha256:" + "1" * 64)
    with pytest.raises(NotFound):
        actions.accept(place, "no-such-text", by=signs)
    with pytest.raises(Invalid):
        actions.accept(place, "civil-use", by=office, paper_digest="sha256:tea")
    made = actions.accept(place, "civil-use", by=office, paper_digest="sha256:" + "a" * 64)
    assert (made.user, made.paper_digest) == (None, "sha256:" + "a" * 64)


@pytest.mark.django_db
def test_the_desk_of_a_representative_counts_what_is_due(django_assert_num_queries):
    place = organisation(terms=False)
    signs = person(organisation=place)
    with django_assert_num_queries(1):
        assert queries.to_accept(signs) == [(place.name, 3)]
    actions.accept(place, "civil-use", by=signs)
    assert queries.to_accept(signs) == [(place.name, 2)]


@pytest.fixture
def judge(db):
    who = person(Role.OFFICE)
    give_mandate(who, by=INSTALLER, subject="suspension:impose", holder_title="Director")
    return who


def test_a_suspension_needs_mandate_ground_and_reasons(judge):
    place = organisation()
    wish = {"ground": "terms", "reasons": "Crypto currency was mined."}
    with pytest.raises(NoMandate):
        actions.suspend(place.thing, by=person(Role.OFFICE), **wish)
    with pytest.raises(Invalid) as refusal:
        actions.suspend(place.thing, by=judge, ground="mood", reasons=" ")
    assert [e.field for e in refusal.value.errors] == ["ground", "reasons"]
    with pytest.raises(NotFound):
        actions.suspend("awards.awardline:awl_1", by=judge, **wish)
    with pytest.raises(Invalid):
        actions.suspend(judge.thing, by=judge, **wish)
    made = actions.suspend(place.thing, by=judge, **wish)
    assert (made.state, made.mandate.holder_title) == ("in_force", "Director")
    with pytest.raises(actions.IsSuspendedAlready):
        actions.suspend(place.thing, by=judge, **wish)
    assert Event.objects.get(name="suspension:impose").data == {}


@pytest.mark.parametrize("kind", ["person", "organisation", "project"])
def test_whoever_is_suspended_starts_nothing_new_until_it_is_lifted(judge, kind):
    work = project()
    thing = {"person": work.leader, "organisation": work.organisation, "project": work}[kind].thing
    things = [work.thing, work.leader.thing]
    made = actions.suspend(thing, by=judge, ground="security", reasons="A key leaked.")
    with pytest.raises(standing.IsSuspended) as refusal:
        standing.require(work.organisation, things=things)
    assert (refusal.value.rule, "A key leaked" in str(refusal.value)) == ("suspension:security", False)
    assert list(queries.concerned(made)) == [work.leader]
    with pytest.raises(Invalid):
        actions.lift(made, by=judge, reasons="")
    actions.lift(made, by=judge, reasons="The key was replaced.")
    standing.require(work.organisation, things=things)
    with pytest.raises(NotPossibleNow):
        actions.lift(made, by=judge, reasons="Again.")
    assert queries.counts() == {"in_force": 0, "lifted": 1}
    actions.suspend(thing, by=judge, ground="terms", reasons="Again.")
    assert queries.counts() == {"in_force": 1, "lifted": 1}


def test_nobody_lifts_their_own_suspension(judge):
    other = person(Role.OFFICE)
    give_mandate(other, by=INSTALLER, subject="suspension:impose", holder_title="Deputy")
    made = actions.suspend(other.thing, by=judge, ground="terms", reasons="Because.")
    with pytest.raises(NotAllowed):
        actions.lift(made, by=other, reasons="I find so.")


def test_suspensions_are_seen_by_overseers_and_by_those_concerned(judge):
    work = project()
    for thing in (work.thing, work.organisation.thing, work.leader.thing):
        actions.suspend(thing, by=judge, ground="terms", reasons="Because.")
    viewers = {
        "public": None,
        "leader": work.leader,
        "colleague": person(organisation=work.organisation),
        "stranger": person(),
        "operator": person(Role.OPERATOR),
        "reviewer": person(Role.REVIEWER),
    }
    seen = {name: visible(Suspension, who).count() for name, who in viewers.items()}
    assert seen == {"public": 0, "leader": 3, "colleague": 1, "stranger": 0, "operator": 3, "reviewer": 0}
    for model in (Suspension, Acceptance):
        for who in viewers.values():
            listed = set(visible(model, who))
            assert {thing for thing in model.objects.all() if can_view(who, thing)} == listed


def test_subjects_are_named_in_one_question_a_kind(judge, django_assert_num_queries):
    places = [organisation() for _ in range(4)]
    for place in places:
        actions.suspend(place.thing, by=judge, ground="payment", reasons="Not paid.")
    found = list(queries.suspensions(judge))
    with django_assert_num_queries(1):
        names = queries.subject_names(found)
    assert names == {place.thing: place.name for place in places}


def test_a_planned_job_waits_while_its_project_is_suspended(judge, plant):
    from aifactory.supercomputer.actions import start_due

    job = plant.submit()
    made = actions.suspend(plant.project.thing, by=judge, ground="security", reasons="A key leaked.")
    with pytest.raises(standing.IsSuspended):
        plant.submit()
    with clock.frozen(job.planned_start + timedelta(minutes=1)):
        assert start_due() == []
        job.refresh_from_db()
        assert job.state == "planned"
        actions.lift(made, by=judge, reasons="Replaced.")
        assert start_due() == [job]


def test_no_job_begins_before_the_terms_are_accepted_and_nothing_is_written(plant):
    Acceptance.objects.filter(organisation=plant.project.organisation).delete()
    before = Event.objects.count()
    with pytest.raises(standing.TermsNotAccepted):
        plant.submit()
    assert (plant.project.__class__.objects.count(), Event.objects.count()) == (1, before)
