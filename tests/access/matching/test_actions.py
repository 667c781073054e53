"""From profiles, bids and secrets to a draw: what is kept, what is refused, what can be repeated."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aifactory.access import actions as access
from aifactory.access.matching import actions, commitments, profiles, queries, seeds
from aifactory.access.matching.inputs import gather
from aifactory.access.matching.models import Bid, Commitment, Expectation, Matching, ReviewerProfile
from aifactory.access.matching.optimum import TooFewFree
from aifactory.access.models import Application, Call, Review
from aifactory.audit.models import Event
from aifactory.cli import admin
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role, User
from tests.access import factories
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]

SUBJECTS = ("potato rot on leaves", "steel bridges and cracks", "hearing aids and speech", "fish in the sea")
SECRETS = {"office": "o" * 32, "reviewer": "r" * 40}


def reviewers(count: int = 6, most: int = 6) -> list[User]:
    """Register reviewers who each wrote about two of the subjects."""
    people = []
    for number in range(count):
        user = factories.reviewer()
        subjects = (SUBJECTS[number % 4], SUBJECTS[(number + 1) % 4])
        works = [{"title": subject, "abstract": f"About {subject}."} for subject in subjects]
        profiles.describe(works=works, keywords="models", most_reviews=most, by=user)
        people.append(user)
    return people


def applications(call: Call, folder: Path, count: int = 4) -> list[Application]:
    """Hand in eligible applications, each about one of the subjects."""
    made = []
    for number in range(count):
        need = {"need": f"We need to see {SUBJECTS[number % 4]}."}
        made.append(factories.eligible(call, folder, answers=need))
    return made


def committed(call: Call, office: User, reviewer: User) -> list[Commitment]:
    """Let both sides commit."""
    return [
        commitments.commit(call, seeds.commitment(SECRETS[side]), by=user)
        for side, user in (("office", office), ("reviewer", reviewer))
    ]


def shown(made: list[Commitment]) -> None:
    """Let both sides show their secrets."""
    for one in made:
        commitments.reveal(one, SECRETS[one.side], by=one.person)


@pytest.fixture
def ready(tmp_path: Path) -> tuple[Call, User, list[User]]:
    """Bring a call to where the draw can be made: the clock stands after it wherever it is frozen."""
    with clock.frozen(factories.DURING):
        call, office, people = factories.call(), person(Role.OFFICE), reviewers()
        applications(call, tmp_path)
        made = committed(call, office, people[0])
    with clock.frozen(factories.AFTER):
        shown(made)
    return call, office, people


def test_the_operator_draws_beside_the_factory_in_the_name_of_the_office(
    ready: tuple[Call, User, list[User]],
) -> None:
    call, office, people = ready
    with clock.frozen(factories.AFTER):
        strange = CliRunner().invoke(admin.app, ["draw", call.pk, "--by", people[0].email])
        told = CliRunner().invoke(admin.app, ["draw", call.pk, "--by", office.email])
    assert isinstance(strange.exception, NotAllowed)
    made = Matching.objects.get(call=call)
    assert told.stdout == f"{made.pk}: 4 applications, 8 reviews\n"


def test_a_draw_asks_reviewers_and_says_how_good_it_is(ready: tuple[Call, User, list[User]]) -> None:
    call, office, people = ready
    with clock.frozen(factories.AFTER):
        made = actions.match(call, by=office)
    assert made.seed == seeds.seed(call.pk, SECRETS.values())
    assert (made.number, made.withheld, made.cap_percent, made.applications, made.reviews) == (1, 0, 50, 4, 8)
    assert made.level <= made.level_bound <= made.level + 1
    assert made.total <= made.total_bound <= made.total + 1
    assert 0.98 * made.level - 1 <= made.worst <= made.level
    assert made.inputs_digest.startswith("sha256:")
    rows = list(made.expectations.all())
    reviews = Review.objects.filter(application__call=call)
    assert {(row.application_id, pk) for row in rows for pk in row.drawn} == set(
        reviews.values_list("application_id", "reviewer_id")
    )
    assert {row.demand for row in rows} == {2}
    assert all(sum(row.probabilities.values()) == 2_000_000_000 for row in rows)
    assert all(max(row.probabilities.values()) <= 500_000_000 for row in rows)
    assert made.drawn_worst == min(row.got for row in rows)
    assert made.worst - 1 <= min(row.expected for row in rows) <= made.worst + 1
    assert set(Application.objects.values_list("state", flat=True)) == {"in_review"}
    assert set(made.loads) == {user.pk for user in people}
    assert queries.replay(made)
    assert Event.objects.filter(name="matching:run").get().actor == office.pk


def test_another_draw_would_not_replay(ready: tuple[Call, User, list[User]]) -> None:
    call, office, _people = ready
    with clock.frozen(factories.AFTER):
        made = actions.match(call, by=office)
    kept = made.expectations.first()
    kept.drawn = sorted(set(kept.probabilities) - set(kept.drawn))[:2]
    Expectation.objects.bulk_update([kept], ["drawn"])
    assert not queries.replay(made)


def test_who_declines_is_replaced_by_a_draw_of_its_own(ready: tuple[Call, User, list[User]]) -> None:
    call, office, _people = ready
    with clock.frozen(factories.AFTER):
        first = actions.match(call, by=office)
        with pytest.raises(actions.NobodyLacksReviewers):
            actions.match(call, by=office)
        review = Review.objects.order_by("pk").first()
        assert review is not None
        access.decline_review(review, reason="No time.", by=review.reviewer)
        second = actions.match(call, by=office)
    assert (second.number, second.applications, second.reviews, second.seed) == (2, 1, 1, first.seed)
    (replacement,) = second.expectations.get().drawn
    (before,) = first.expectations.filter(application=review.application)
    assert replacement not in before.drawn
    now = review.application.reviews.filter(state="assigned").values_list("reviewer_id", flat=True)
    assert set(now) == {*before.drawn, replacement} - {review.reviewer_id}
    assert queries.replay(first)
    assert queries.replay(second)


def test_a_no_and_a_conflict_take_a_pair_out_and_a_wish_counts(tmp_path: Path) -> None:
    with clock.frozen(factories.DURING):
        call = factories.call()
        insider = factories.reviewer()
        people = [*reviewers(4), insider]
        application = factories.eligible(call, tmp_path, answers={"need": f"See {SUBJECTS[0]}."})
        own = factories.eligible(
            call, tmp_path, by=person(organisation=insider.memberships.get().organisation)
        )
        plain = gather(call)
        row = [a.pk for a in plain.applications].index(application.pk)
        column = {user.pk: n for n, user in enumerate(plain.people)}
        profiles.bid({application: Bid.Wish.NO}, by=people[1])
        profiles.bid({application: Bid.Wish.WANT}, by=people[0])
        wished = gather(call)
    assert plain.scores[row, column[people[1].pk]] > 0
    assert wished.scores[row, column[people[1].pk]] == -1
    before, after = (int(found.scores[row, column[people[0].pk]]) for found in (plain, wished))
    assert abs(after - min(1.25 * before, 1_000_000)) <= 1
    assert (plain.scores[:, column[insider.pk]] == -1).all()
    assert plain.digest() != wished.digest()
    assert own.pk not in [a.pk for a, _ in queries.open_to_bids(call, insider)]


def test_a_reader_of_another_language_is_left_out(tmp_path: Path) -> None:
    with clock.frozen(factories.DURING):
        call = factories.call()
        dutch = factories.reviewer()
        profiles.describe(works=[], languages=["nl"], by=dutch)
        factories.eligible(
            call, tmp_path, answers={"need": "We look at the rot of the crops that is on the field."}
        )
        assert gather(call).scores.tolist() == [[-1]]


def test_too_few_free_reviewers_need_a_mandate_and_a_reason(tmp_path: Path) -> None:
    with clock.frozen(factories.DURING):
        call, office, people = factories.call(), person(Role.OFFICE), reviewers(3)
        applications(call, tmp_path, 1)
        made = committed(call, office, people[0])
    with clock.frozen(factories.AFTER):
        shown(made)
        with pytest.raises(TooFewFree, match=r"0\.50 reviews can't be given out"):
            actions.match(call, by=office)
        with pytest.raises(actions.LimitNeedsMandate):
            actions.match(call, by=office, cap_percent=100, reason="Three reviewers are free.")
        mandate = factories.give(office)
        with pytest.raises(Invalid):
            actions.match(call, by=office, cap_percent=100)
        drawn = actions.match(call, by=office, cap_percent=100, reason="Three reviewers are free.")
    assert (drawn.mandate, drawn.reason, drawn.cap_percent) == (mandate, "Three reviewers are free.", 100)


def test_secrets_are_committed_to_before_and_shown_after(tmp_path: Path) -> None:
    with clock.frozen(factories.DURING):
        call, office, reviewer = factories.call(), person(Role.OFFICE), factories.reviewer()
        made = committed(call, office, reviewer)
        with pytest.raises(Invalid):
            commitments.commit(call, seeds.commitment("x" * 32), by=office)
        with pytest.raises(Invalid):
            commitments.commit(call, seeds.commitment(SECRETS["office"]), by=factories.reviewer())
        with pytest.raises(Invalid):
            commitments.commit(call, "sha256:no", by=factories.reviewer())
        with pytest.raises(NotAllowed):
            commitments.commit(call, seeds.commitment("y" * 32), by=person())
        with pytest.raises(commitments.CommitmentsAreOpen):
            commitments.reveal(made[0], SECRETS["office"], by=office)
    with clock.frozen(factories.AFTER):
        with pytest.raises(commitments.CommitmentsAreClosed):
            commitments.commit(call, seeds.commitment("z" * 32), by=factories.reviewer())
        with pytest.raises(commitments.SecretsAreAwaited):
            commitments.seed_of(call)
        with pytest.raises(NotAllowed):
            commitments.reveal(made[0], SECRETS["office"], by=reviewer)
        with pytest.raises(Invalid):
            commitments.reveal(made[0], SECRETS["reviewer"], by=office)
        shown(made[:1])
    with clock.frozen(factories.CUT_OFF + timedelta(days=4)), pytest.raises(commitments.SeedNeedsTwoSides):
        commitments.seed_of(call)


def test_who_holds_a_secret_back_is_left_out_on_record(ready: tuple[Call, User, list[User]]) -> None:
    call, office, people = ready
    late = Commitment(call=call, person=people[1], side="reviewer", commitment=seeds.commitment("l" * 32))
    Commitment.objects.bulk_create([late])
    with clock.frozen(factories.CUT_OFF + timedelta(days=2)), pytest.raises(commitments.SecretsAreAwaited):
        actions.match(call, by=office)
    with clock.frozen(factories.CUT_OFF + timedelta(days=4)):
        made = actions.match(call, by=office)
        assert (made.withheld, made.seed) == (1, seeds.seed(call.pk, SECRETS.values()))
        with pytest.raises(commitments.SeedIsFixed):
            commitments.reveal(late, "l" * 32, by=people[1])


def test_the_office_alone_draws(ready: tuple[Call, User, list[User]]) -> None:
    call, _office, people = ready
    with clock.frozen(factories.AFTER), pytest.raises(NotAllowed):
        actions.match(call, by=people[0])
    assert not Matching.objects.exists()


def test_a_profile_is_kept_whole_or_not_at_all() -> None:
    user = factories.reviewer()
    works: list[dict[str, Any]] = [{"title": "Rot", "abstract": None}, {"title": "", "abstract": "Lost."}]
    with pytest.raises(Invalid) as refused:
        profiles.describe(works=works, keywords="k" * 501, languages=["fr"], most_reviews=99, by=user)
    assert [(e.field, e.rule) for e in refused.value.errors] == [
        ("works[2]", "required"), ("keywords", "length"), ("languages", "closed list"), ("most_reviews", "range"),
    ]  # fmt: skip
    assert not ReviewerProfile.objects.exists()
    profiles.describe(works=works[:1], by=user)
    kept = profiles.describe(works=works[:1], keywords="rot", languages=["nl", "en"], most_reviews=0, by=user)
    assert ReviewerProfile.objects.get() == kept
    assert (kept.works, kept.languages) == ([{"title": "Rot", "abstract": ""}], ["en", "nl"])
    with pytest.raises(NotAllowed):
        profiles.describe(works=[], by=person())


def test_the_workload_is_told_to_the_reviewer_and_the_office(ready: tuple[Call, User, list[User]]) -> None:
    call, office, people = ready
    with clock.frozen(factories.AFTER):
        actions.match(call, by=office)
    found = queries.readiness(call, office)
    rows = found.loads
    assert sum(asked for _, asked, _ in rows) == 8
    assert [asked for _, asked, _ in rows] == sorted((asked for _, asked, _ in rows), reverse=True)
    for user, asked, most in rows:
        assert (queries.workload(call, user).open, most) == (asked, 6)
    assert (found.lacking, found.reviews, found.reviewers, found.without_profile) == (0, 0, len(people), [])
