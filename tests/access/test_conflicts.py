"""Conflicts of interest: found by rule or declared, kept with evidence, handled by type."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.access import actions
from aifactory.access.conflicts.actions import SEARCH, declare, handle, search_everything
from aifactory.access.conflicts.daily import DailySearch
from aifactory.access.conflicts.detection import (
    HANDLINGS,
    Affiliation,
    File,
    Handling,
    Kind,
    LookBack,
    Person,
    Publication,
    conflicts,
)
from aifactory.access.conflicts.lifecycle import RealConflictKeepsOut
from aifactory.access.conflicts.queries import blocked, close_to, findings
from aifactory.access.models import Application, Conflict, Review
from aifactory.audit.models import Event
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.actions import join, leave
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Role
from aifactory.people.rules import can_view, visible
from tests.access import factories
from tests.access.factories import OFFICE
from tests.people.factories import person

TODAY = date(2027, 3, 1)
FILE = File(
    "app_1",
    "org_a",
    "usr_a",
    "Ada Applicant",
    named=("Dr. Jan de Vries, Şule Öztürk",),
    excluded=("Rik Rival",),
    applicants_in_call=frozenset({"usr_b"}),
    organisations_in_call=frozenset({"org_b"}),
    partners=(("usr_p", date(2026, 12, 31)), ("usr_old", date(2024, 2, 1))),
    judged_applicants=frozenset({"usr_t"}),
    judged_organisations=frozenset({"org_t"}),
    market="soil",
)
BACK = LookBack(competitors=True)


def at(*places: str, until: date | None = None) -> tuple[Affiliation, ...]:
    return tuple(Affiliation(place, until) for place in places)


def works(*authors: str, on: date = date(2026, 5, 1)) -> tuple[Publication, ...]:
    return (Publication(authors, on),)


@pytest.mark.parametrize(
    ("someone", "found"),
    [
        (Person("r", "R. Else", at("org_z")), {}),
        (Person("r", "R. Else", at("org_a")), {Kind.SAME_ORGANISATION: {"organisation": "org_a"}}),
        (
            Person("r", "R. Else", at("org_a", until=date(2027, 2, 28))),
            {Kind.FORMER_ORGANISATION: {"organisation": "org_a", "until": "2027-02-28"}},
        ),
        (
            Person("r", "R. Else", at("org_a", until=date(2025, 2, 2))),
            {Kind.FORMER_ORGANISATION: {"organisation": "org_a", "until": "2025-02-02"}},
        ),
        (Person("r", "R. Else", at("org_a", until=date(2025, 2, 1))), {}),
        (Person("usr_a", "R. Else"), {Kind.APPLICANT: {}}),
        (Person("r", "Vries, Jan de"), {Kind.NAMED: {}}),
        (Person("r", "SULE OZTURK"), {Kind.NAMED: {}}),
        (Person("r", "Jan Vries Peters"), {}),
        (Person("r", ""), {}),
        (Person("usr_b", "R. Else"), {Kind.SAME_CALL: {"organisations": []}}),
        (Person("r", "R. Else", at("org_b")), {Kind.SAME_CALL: {"organisations": ["org_b"]}}),
        (
            Person("r", "R. Else", publications=works("R. Else", "ada applicant")),
            {Kind.CO_AUTHOR: {"with": ["ada applicant"], "on": "2026-05-01"}},
        ),
        (Person("r", "R. Else", publications=works("Ada Applicant", on=date(2024, 1, 1))), {}),
        (Person("r", "Ada Applicant-Twin", publications=works("R. Else")), {}),
        (Person("usr_p", "R. Else"), {Kind.CO_PROJECT: {"until": "2026-12-31"}}),
        (Person("usr_old", "R. Else"), {}),
        (Person("usr_t", "R. Else"), {Kind.TWO_WAY: {}}),
        (Person("r", "R. Else", at("org_t")), {Kind.TWO_WAY: {}}),
        (Person("r", "Rik Rival"), {Kind.EXCLUDED: {}}),
        (Person("r", "R. Else", markets=frozenset({"soil"})), {Kind.COMPETITOR: {"sector": "soil"}}),
        (Person("r", "R. Else", declared=frozenset({"app_1"})), {Kind.DECLARED: {}}),
    ],
)
def test_every_kind_of_tie(someone: Person, found: dict[Kind, dict[str, object]]) -> None:
    assert conflicts(someone, FILE, on=TODAY, look_back=BACK) == found


def test_competitors_count_only_where_the_mode_says_so() -> None:
    rival = Person("r", "R. Else", markets=frozenset({"soil"}))
    assert conflicts(rival, FILE, on=TODAY, look_back=LookBack()) == {}


@given(st.dates(date(2015, 1, 1), TODAY), st.integers(0, 120), st.integers(0, 120))
def test_a_longer_look_back_never_finds_less(until: date, shorter: int, more: int) -> None:
    someone = Person("r", "R. Else", at("org_a", until=until))
    less = conflicts(someone, FILE, on=TODAY, look_back=LookBack(shorter))
    assert set(less) <= set(conflicts(someone, FILE, on=TODAY, look_back=LookBack(shorter + more)))


def test_every_kind_has_a_handling() -> None:
    assert set(HANDLINGS) == set(Kind)


# ---- on record --------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.usefixtures("store", "during")


def kept(application: Application) -> set[tuple[str, str, str]]:
    rows = Conflict.objects.filter(application=application)
    return set(rows.values_list("person__name", "kind", "state"))


@pytest.mark.django_db
def test_what_comes_in_is_held_to_everybody_who_judges_and_kept_with_evidence(tmp_path: Path) -> None:
    home = factories.company(sector="agriculture")
    rival = person(Role.REVIEWER, name="Rival", organisation=factories.company(sector="agriculture"))
    named, author = person(Role.PANEL, name="Femke Example"), person(Role.OFFICE, name="Author")
    actions.name_collaborator("femke example", date(2026, 9, 9), by=author)
    with clock.frozen(factories.OPENS):
        former = person(Role.AUDITOR, name="Former", organisation=home)
        leave(former.memberships.get(), by=INSTALLER)
    person(Role.REVIEWER, name="Free")
    application = factories.submitted(factories.call(), tmp_path, by=person(organisation=home))
    assert kept(application) == {
        ("Rival", "competitor", "found"),
        ("Femke Example", "named", "recused"),
        ("Author", "co_author", "recused"),
        ("Former", "former_organisation", "recused"),
    }
    found = Conflict.objects.get(kind="co_author")
    assert (found.evidence, found.handled_by) == ({"with": ["femke example"], "on": "2026-09-09"}, None)
    assert blocked(Application.objects.all()) == {
        (application.pk, user.pk) for user in (rival, named, author, former)
    }


@pytest.mark.django_db
def test_what_changes_later_is_found_and_what_ends_is_lifted(tmp_path: Path) -> None:
    application = factories.submitted(factories.call(), tmp_path)
    reviewer = factories.reviewer()
    assert kept(application) == set()
    membership = join(reviewer, application.organisation, by=INSTALLER)
    assert kept(application) == {
        (reviewer.name, "same_organisation", "recused"),
        (reviewer.name, "same_call", "recused"),
    }
    leave(membership, by=INSTALLER)
    with clock.frozen(factories.soon(factories.DURING, days=1)):
        search_everything()
    assert kept(application) == {
        (reviewer.name, "same_organisation", "lifted"),
        (reviewer.name, "same_call", "lifted"),
        (reviewer.name, "former_organisation", "recused"),
    }
    known = actions.name_collaborator("Femke Example", date(2026, 1, 1), by=reviewer)
    actions.remove_collaborator(known, by=reviewer)
    actions.name_collaborator("Femke Example", date(2026, 1, 1), by=reviewer)
    assert (reviewer.name, "co_author", "recused") in kept(application)
    before = Conflict.objects.count()
    with clock.frozen(factories.soon(factories.DURING, days=1)):
        assert (search_everything(), Conflict.objects.count()) == (2, before)


@pytest.mark.django_db
def test_the_worker_searches_once_a_day_for_each_application_by_itself(tmp_path: Path) -> None:
    call = factories.call()
    first, second = (factories.submitted(call, tmp_path) for _ in range(2))
    reviewer = factories.reviewer()
    leave(join(reviewer, first.organisation, by=INSTALLER), by=INSTALLER)
    search = DailySearch(seconds=0.0)  # one application a step
    events = Event.objects.filter(name="conflicts:search")
    with clock.frozen(factories.soon(factories.DURING, days=1)):
        assert [search(), search(), search()] == [1, 1, 0]
        assert DailySearch()() == 0  # a worker that starts again the same day
    assert [event.data for event in events] == [{"day": "2027-02-16"}]
    assert kept(first) == {
        (reviewer.name, "same_organisation", "lifted"),
        (reviewer.name, "same_call", "lifted"),
        (reviewer.name, "former_organisation", "recused"),
    }
    with clock.frozen(factories.soon(factories.DURING, days=2)):
        cut_off = DailySearch(seconds=0.0)
        assert cut_off() == 1
        assert DailySearch(seconds=60)() == 2  # killed in between, the next one begins anew
        assert events.all().count() == 2
    # Two years on, the look-back is over: nobody changed anything.
    with clock.frozen(factories.soon(factories.DURING, days=800)):
        assert DailySearch(seconds=60)() == 2
    assert (reviewer.name, "former_organisation", "lifted") in kept(first)
    assert kept(second) == set()


@pytest.mark.django_db
def test_whoever_applies_judges_nobody_in_the_call(tmp_path: Path) -> None:
    call = factories.call()
    first = factories.submitted(call, tmp_path)
    rival = person(Role.REVIEWER, Role.OFFICE, organisation=factories.company())
    own = factories.submitted(call, tmp_path, by=rival)
    assert not can_view(rival, first)
    assert can_view(rival, own)
    later = factories.submitted(call, tmp_path)
    assert not can_view(rival, later)
    assert (later.pk, rival.pk) in blocked(Application.objects.all())
    actions.withdraw(own, by=rival)
    assert can_view(rival, later)


@pytest.mark.django_db
def test_two_do_not_judge_each_other(tmp_path: Path) -> None:
    first = person(Role.REVIEWER, organisation=factories.company())
    second = person(Role.REVIEWER, organisation=factories.company())
    ours = factories.eligible(factories.call(), tmp_path, by=first)
    theirs = factories.eligible(factories.call(), tmp_path, by=second)
    assert close_to([second], ours) == {second.pk: []}
    actions.assign_reviewers(ours, by=OFFICE, reviewers=[second])
    assert kept(theirs) >= {(first.name, "two_way", "recused")}
    assert close_to([first], theirs) == {first.pk: [Kind.TWO_WAY]}


@pytest.mark.django_db
def test_the_office_manages_an_apparent_conflict_and_a_real_one_keeps_out(tmp_path: Path) -> None:
    rival = person(Role.REVIEWER, organisation=factories.company(sector="agriculture"))
    home = factories.company(sector="agriculture")
    application = factories.eligible(factories.call(), tmp_path, by=person(organisation=home))
    office = person(Role.OFFICE)
    apparent = Conflict.objects.get(person=rival)
    assert (apparent.handling, apparent.state) == (Handling.MANAGE, "found")
    assert close_to([rival], application) == {rival.pk: [Kind.COMPETITOR]}
    with pytest.raises(Invalid):
        handle(apparent, "manage", measure=" ", by=office)
    handle(apparent, "manage", measure="Judges all criteria but value.", by=office)
    assert (apparent.handled_by, apparent.measure) == (office, "Judges all criteria but value.")
    assert close_to([rival], application) == {rival.pk: []}
    actions.assign_reviewers(application, by=OFFICE, reviewers=[rival])
    real = declare(application, reason="A friend works there.", by=rival)
    assert (real.state, Review.objects.get().state) == ("recused", "set_aside")
    with pytest.raises(RealConflictKeepsOut):
        handle(real, "manage", measure="Please.", by=office)
    handle(real, "lift", measure="It was another company.", by=office)
    search_everything()
    assert close_to([rival], application) == {rival.pk: []}


@pytest.mark.django_db
def test_nobody_decides_on_own_conflicts_nor_sees_them(tmp_path: Path) -> None:
    office = person(Role.OFFICE, name="Femke Example")
    factories.submitted(factories.call(), tmp_path)
    conflict = Conflict.objects.get(person=office)
    with pytest.raises(NotAllowed):
        handle(conflict, "lift", measure="It is nothing.", by=office)
    assert list(findings(office)) == []
    assert list(findings(person(Role.OFFICE))) == [conflict]
    assert list(visible(Conflict, person(Role.REVIEWER))) == []


@pytest.mark.django_db
def test_an_application_whose_review_is_set_aside_goes_back_into_review(tmp_path: Path) -> None:
    application = factories.reviewed(factories.call(), tmp_path)
    review = application.reviews.earliest("pk")
    join(review.reviewer, application.organisation, by=INSTALLER)
    application.refresh_from_db()
    review.refresh_from_db()
    assert (application.state, review.state) == ("in_review", "set_aside")


def test_the_search_may_do_no_more_than_it_needs() -> None:
    assert set(SEARCH.permissions) == {"conflict:handle", "review:set_aside"}
