"""Warnings, plans, giving back, taking back, granting again, and what lapses: with records, on every face."""

from datetime import UTC, datetime, timedelta

import pytest

from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.awards.actions import draw, grant_line, reserve
from aifactory.awards.models import AwardLine
from aifactory.awards.pace import actions, queries
from aifactory.awards.pace.actions import NotTheirTimeToGive, NotUsedEnough, PoolIsEmpty, SomebodyAskedEarlier
from aifactory.awards.pace.models import Lapse, PaceWarning, PoolCredit, PoolWish, Reclaim
from aifactory.awards.pace.watching import watch
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from aifactory.people.mandates.queries import NoMandate
from aifactory.people.models import Role, User
from aifactory.transparency import objecting
from aifactory.transparency.objecting import object_until
from tests.awards.factories import GRANTOR, project
from tests.people.factories import person

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 9, 1, 10, tzinfo=UTC)
HOUR, DAY = 3600, timedelta(days=1)


def on(day: int):
    return clock.frozen(BEGIN + day * DAY)


def award(*, hours: int = 1000, days: int = 180, resource: str = "gpu", **facts) -> AwardLine:
    with on(0):
        mine = project(**facts)
        return grant_line(
            mine,
            by=GRANTOR,
            resource=resource,
            amount=hours * HOUR,
            starts_at=BEGIN,
            ends_at=BEGIN + days * DAY,
        )


def use(line: AwardLine, hours: int, *days: int) -> AwardLine:
    for day in days:
        with on(day):
            reserve(line, hours * HOUR, key=f"{line.pk}-{day}", by=GRANTOR)
            draw(f"{line.pk}-{day}", hours * HOUR, by=GRANTOR)
    line.refresh_from_db()
    return line


def mandated(**facts) -> User:
    decider = person(Role.OFFICE, **facts)
    with on(-1):
        give_mandate(decider, by=INSTALLER, subject="award:reclaim", holder_title="Head of allocation")
    return decider


def proposed(line: AwardLine) -> Reclaim:
    """Let the days pass until the rule proposes to take some back."""
    for day in (30, 45, 60):
        with on(day):
            watch()
    return Reclaim.objects.get(line=line)


def amounts(*lines: AwardLine) -> list[int]:
    return [AwardLine.objects.get(pk=line.pk).amount // HOUR for line in lines]


def test_an_idle_award_is_warned_twice_then_answered_for_then_taken_back_in_part():
    line, decider = award(), mandated()
    with on(10):
        assert watch() == {"warned": 0, "proposed": 0, "lapsed": 0}
    with on(30):
        assert [watch()["warned"] for _ in range(2)] == [1, 0]
    with on(45):
        assert watch() == {"warned": 1, "proposed": 0, "lapsed": 0}
    with on(60):
        assert watch() == {"warned": 0, "proposed": 1, "lapsed": 0}
        assert watch() == {"warned": 0, "proposed": 0, "lapsed": 0}
        assert list(PaceWarning.objects.values_list("kind", flat=True)) == ["idle", "idle"]
        reclaim = Reclaim.objects.get()
        found = queries.standing(line)
        assert reclaim.amount == (line.amount - found.forecast.more.high) // 2 > 0
        assert (reclaim.figures["used"], reclaim.figures["days_unused"]) == (0.0, 60)
        with pytest.raises(NotPossibleNow, match="can still answer"):
            actions.confirm(reclaim, reasons="Others wait.", by=decider)
        actions.answer(reclaim, "We start in December.", by=line.project.leader)
        with pytest.raises(NoMandate):
            actions.confirm(reclaim, reasons="Others wait.", by=person(Role.OFFICE))
        with pytest.raises(Invalid):
            actions.confirm(reclaim, reasons=" ", by=decider)
        done = actions.confirm(reclaim, reasons="Others wait.", by=decider)
        assert (done.state, done.mandate.holder_title, object_until(done)) == (
            "confirmed", "Head of allocation", datetime(2026, 12, 14).date(),
        )  # fmt: skip
    taken = done.amount
    line.refresh_from_db()
    assert line.amount == 1000 * HOUR - taken
    credit = PoolCredit.objects.get()
    assert (credit.amount, credit.left, credit.source, credit.usable_until) == (
        taken, taken, "reclaimed", line.ends_at,
    )  # fmt: skip
    with on(61):
        assert watch()["proposed"] == 0
        assert queries.standing(line).warned == 1  # the earlier ones led to the decision
    moves = ("award:take_back", "pool:take_in", "reclaim:confirm")
    assert sorted(Event.objects.filter(name__in=moves).values_list("name", flat=True)) == sorted(moves)


def test_a_project_objects_in_time_and_somebody_else_rules_and_gives_back():
    line, decider = award(), mandated()
    reclaim = proposed(line)
    leader, judge = line.project.leader, person(Role.AUDITOR)
    with on(60):
        give_mandate(judge, by=INSTALLER, subject="objection:decide", holder_title="Chair")
        give_mandate(decider, by=INSTALLER, subject="objection:decide", holder_title="Chair")
    with on(80):
        with pytest.raises(NotPossibleNow, match="nothing here to object to"):
            objecting.object_to(reclaim, "We need it.", by=leader)
        taken = actions.confirm(reclaim, reasons="Others wait.", by=decider)
        with pytest.raises(NotAllowed):
            objecting.object_to(taken, "We need it.", by=person())
    with on(126), pytest.raises(NotPossibleNow, match="The last day to object was 2027-01-04"):
        objecting.object_to(taken, "Late.", by=leader)
    with on(100):
        objecting.object_to(taken, " The microscope broke. ", by=leader)
        with pytest.raises(NotPossibleNow, match="no more"):
            objecting.object_to(taken, "Again.", by=leader)
        heard = {"hearing": "Heard on 1 December.", "reasons": "Not their fault."}
        for nobody, error in ((decider, NotAllowed), (leader, NoMandate), (person(Role.OFFICE), NoMandate)):
            with pytest.raises(error):
                objecting.rule(taken, 0, **heard, by=nobody)
        with pytest.raises(Invalid, match="at most what was taken"):
            objecting.rule(taken, taken.amount + 1, **heard, by=judge)
        PoolCredit.objects.update(left=10 * HOUR)  # the rest was granted again meanwhile
        done = objecting.rule(taken, 100 * HOUR, **heard, by=judge)
        with pytest.raises(NotPossibleNow, match="no objection to rule on"):
            objecting.rule(taken, 0, **heard, by=judge)
    assert (done.restored, done.ruling_mandate.holder_title, done.objection) == (
        100 * HOUR, "Chair", "The microscope broke.",
    )  # fmt: skip
    assert objecting.ruling_until(done) == datetime(2027, 2, 15).date()
    line.refresh_from_db()
    assert (line.amount, PoolCredit.objects.get().left) == (1000 * HOUR - done.amount + 100 * HOUR, 0)


def test_the_page_of_a_reclaim_takes_the_objection_and_the_ruling(client):
    line, decider, judge = award(), mandated(), person(Role.AUDITOR)
    reclaim = proposed(line)
    with on(80):
        give_mandate(judge, by=INSTALLER, subject="objection:decide", holder_title="Chair")
        actions.confirm(reclaim, reasons="Others wait.", by=decider)
        address = f"/reclaims/{reclaim.pk}/"
        client.force_login(line.project.leader)
        assert b"Send the objection" in client.get(address).content
        assert client.post(address, {"step": "object", "objection": "It broke."}).url == address
        page = client.get(address).content
        assert (b"It broke." in page, b"To be ruled on" in page, b"Send the ruling" in page) == (
            True,
            True,
            False,
        )
        client.force_login(judge)
        assert b"Send the ruling" in client.get(address).content
        wrong = {"step": "rule", "restored": "99999", "hearing": "Heard.", "reasons": "Not theirs."}
        assert b"at most what was taken" in client.post(address, wrong).content
        assert client.post(address, wrong | {"restored": "5"}).url == address
        told = client.get(f"/api/v1/reclaims/{reclaim.pk}").json()
    assert (told["restored"], told["ruling"], told["ruling_until"]) == (5.0, "Not theirs.", "2027-02-15")
    assert b"The objection was granted" in client.get(address).content


def test_who_begins_to_use_it_meanwhile_keeps_it():
    line, decider = award(), mandated()
    reclaim = proposed(line)
    use(line, 100, 66, 68, 70, 72)
    with on(80), pytest.raises(NotPossibleNow, match="uses its time again"):
        actions.confirm(reclaim, reasons="Others wait.", by=decider)
    with on(80):
        kept = actions.drop(reclaim, reasons="It is used now.", by=decider)
    assert (kept.state, kept.reasons, object_until(kept), amounts(line)) == (
        "dropped", "It is used now.", None, [1000],
    )  # fmt: skip


def test_nobody_decides_about_their_own_organisation():
    line = award()
    reclaim = proposed(line)
    own = mandated(organisation=line.project.organisation)
    with on(90), pytest.raises(NotAllowed):
        actions.confirm(reclaim, reasons="Others wait.", by=own)


def test_a_plan_for_later_keeps_the_rule_away():
    line = award()
    with on(5):
        months = {"2026-11": 300 * HOUR, "2026-12": 400 * HOUR, "2027-01": 300 * HOUR}
        kept = actions.plan_use(line, months, why="Data comes in November.", by=line.project.leader)
        assert kept.months == months
    with on(60):
        assert watch() == {"warned": 0, "proposed": 0, "lapsed": 0}
        found = queries.standing(line)
        assert (found.seen.expected, found.verdict) == (0, "fine")
    with on(85):
        assert watch()["warned"] == 1
        with pytest.raises(NotAllowed):
            actions.plan_use(line, months, why="Mine.", by=person())


@pytest.mark.parametrize(
    ("months", "field"),
    [
        ({"2027-03": 1000}, "2027-03"),
        ({}, "months"),
        ({"2026-09": 1001}, "months"),
        ({"2026-09": -1, "2026-10": 5}, "months"),
        ({"2027-02": 1000}, "months"),
    ],
    ids=["outside", "nothing", "too much", "below zero", "all at the end"],
)
def test_a_plan_that_cannot_be_is_refused(months, field):
    line = award()
    with on(1), pytest.raises(Invalid) as refusal:
        actions.plan_use(line, {m: a * HOUR for m, a in months.items()}, why="So.", by=line.project.leader)
    assert {error.field for error in refusal.value.errors} == {field}


def test_a_plan_made_after_a_proposal_comes_too_late():
    line = award()
    proposed(line)
    with on(61), pytest.raises(NotPossibleNow, match="The plan that counts"):
        actions.plan_use(line, {"2026-11": 500 * HOUR}, why="Now.", by=line.project.leader)


def test_a_fast_award_is_warned_that_it_ends_early():
    use(award(hours=300), 10, *range(1, 22))
    with on(22):
        assert watch()["warned"] == 1
    warning = PaceWarning.objects.get()
    assert (warning.kind, warning.figures["verdict"], warning.figures["used"]) == ("fast", "fast", 210.0)


def test_what_is_given_back_goes_to_who_asked_first_and_the_rest_lapses():
    giver, first, second = award(days=100), award(hours=100), award(hours=100)
    office = mandated()
    for line in (first, second):
        use(line, 60, 20)
    with on(30):
        with pytest.raises(NotUsedEnough):
            actions.ask(giver, HOUR, why="More.", by=giver.project.leader)
        with pytest.raises(Invalid):
            actions.ask(first, 51 * HOUR, why="More.", by=first.project.leader)
        early = actions.ask(first, 40 * HOUR, why="A longer run.", by=first.project.leader)
        with pytest.raises(NotPossibleNow, match="asked for more already"):
            actions.ask(first, HOUR, why="And more.", by=first.project.leader)
    with on(31):
        late = actions.ask(second, 30 * HOUR, why="Another run.", by=second.project.leader)
        with pytest.raises(PoolIsEmpty):
            actions.grant_again(early, HOUR, reasons="", by=office)
        with pytest.raises(Invalid):
            actions.give_back(giver, 1001 * HOUR, by=giver.project.leader)
        actions.give_back(giver, 50 * HOUR, why="A smaller model will do.", by=giver.project.leader)
        actions.give_back(award(days=90), 10 * HOUR, by=AwardLine.objects.latest("pk").project.leader)
        assert queries.pool() == {"gpu": 60 * HOUR}
        with pytest.raises(SomebodyAskedEarlier):
            actions.grant_again(late, HOUR, reasons="", by=office)
        done = actions.grant_again(late, 20 * HOUR, reasons="Its machine closes tomorrow.", by=office)
        assert (done.out_of_turn, done.granted // HOUR, done.state) == (True, 20, "granted")
        assert actions.grant_again(early, 35 * HOUR, reasons="", by=office).out_of_turn is False
    assert amounts(giver, first, second) == [950, 135, 120]
    assert sorted(PoolCredit.objects.values_list("amount", "left")) == [(10 * HOUR, 0), (50 * HOUR, 5 * HOUR)]
    with on(101):
        assert watch()["lapsed"] == 3
        assert watch()["lapsed"] == 0
        assert queries.pool() == {}
        assert queries.moved() == [
            {"resource": "gpu", "unit": "GPU-h", "returned": 60.0, "reclaimed": 0.0, "granted": 55.0,
             "lapsed": 1945.0, "held": 0.0}
        ]  # fmt: skip
    assert sorted(Lapse.objects.values_list("amount", flat=True)) == [5 * HOUR, 950 * HOUR, 990 * HOUR]


def test_an_award_lapses_only_when_nothing_is_set_aside_any_more():
    line = award(days=30)
    with on(29):
        reserve(line, 100 * HOUR, key="long", by=GRANTOR)
    with on(31):
        assert watch()["lapsed"] == 0
        draw("long", 40 * HOUR, by=GRANTOR)
        assert watch()["lapsed"] == 1
    lapse = Lapse.objects.get()
    assert (lapse.amount, lapse.ended_at, lapse.credit) == (960 * HOUR, line.ends_at, None)
    AwardLine.objects.filter(pk=line.pk).update(ends_at=BEGIN + 60 * DAY)
    with on(32):
        assert list(queries.lapses()) == []
    with on(61):
        assert watch()["lapsed"] == 1
        assert [one.amount for one in queries.lapses()] == [960 * HOUR]


def test_storage_and_what_was_bought_is_nobodys_to_give():
    line = award(resource="storage")
    with on(1), pytest.raises(NotTheirTimeToGive):
        actions.give_back(line, 1, by=line.project.leader)


def test_a_list_costs_the_same_for_many(client, django_assert_num_queries):
    use(award(), 5, 10, 20)
    client.force_login(person(Role.OFFICE))
    for wanted in (1, 4):
        for _ in range(AwardLine.objects.count(), wanted):
            use(award(), 5, 20)
        with on(30), django_assert_num_queries(6):
            page = client.get("/office/pace/")
        assert page.content.count(b'role="rowheader"') == wanted
        with on(30), django_assert_num_queries(6):
            assert len(client.get("/api/v1/pace").json()["items"]) == wanted


def test_the_pace_of_an_award_by_page_and_api(client):
    line = use(award(), 5, *range(1, 29))
    client.force_login(line.project.leader)
    with on(30):
        facts = client.get(f"/api/v1/allocations/{line.pk}/pace").json()
        end = facts["forecast"].pop("used_at_end")
        weeks = facts["forecast"].pop("by_week")
        assert facts == {
            "line": line.pk, "project": line.project_id, "resource": "gpu", "unit": "GPU-h", "granted": 1000.0,
            "used": 140.0, "expected_by_now": 1000 / 6, "planned": None, "days_left": 150, "days_unused": 2,
            "verdict": "fine", "warnings": 0, "policy": "pace-v1",
            "forecast": {"level_percent": 95, "used_up_early": 0.0, "used_up_in_days": None},
        } | {"expected_by_now": facts["expected_by_now"]}  # fmt: skip
        assert abs(facts["expected_by_now"] - 166.67) < 0.01
        assert 750 < end["low"] <= end["value"] <= end["high"] < 1000
        assert (len(weeks), weeks[-1]["days_from_now"], weeks[-1]["used"]) == (22, 150, end)
        page = client.get(f"/allocations/{line.pk}/pace/").content.decode()
        assert "On pace" in page
        assert "af-chart__band" in page
        month = {"2026-10": "400", "2026-11": "400", "why": "Two large runs."}
        assert client.post(f"/allocations/{line.pk}/plan/", month).status_code == 302
        assert queries.standing(line).planned == {"2026-10": 400 * HOUR, "2026-11": 400 * HOUR}
        wrong = client.post(f"/allocations/{line.pk}/plan/", {"2026-10": "4000", "why": "More."})
        assert "at most 1,000 GPU-h in all" in wrong.content.decode()
        assert client.post(f"/allocations/{line.pk}/give-back/", {"amount": "50"}).status_code == 302
        more = client.post(f"/allocations/{line.pk}/more/", {"amount": "10", "why": "A run."})
        assert "at least 50 % of their award" in more.content.decode()
        given = client.post(
            f"/api/v1/allocations/{line.pk}/returns", {"amount": 0.5}, content_type="application/json"
        )
        assert (given.status_code, given.json()["amount"]) == (201, 0.5)
        refused = client.put(
            f"/api/v1/allocations/{line.pk}/plan",
            {"months": {"2026-10": -1}, "why": "x"},
            content_type="application/json",
        )
        assert [error["field"] for error in refused.json()["errors"]] == ["months", "months"]
        public = client.get("/register/unused-time/").content.decode()
        assert "50.5" in public
        assert "Who decides" in public


def test_taking_back_by_page(client):
    line, decider = award(), mandated()
    reclaim = proposed(line)
    address = f"/reclaims/{reclaim.pk}/"
    client.force_login(line.project.leader)
    with on(62):
        assert "Send the answer" in client.get(address).content.decode()
        assert client.post(address, {"step": "answer", "answer": "In December."}).status_code == 302
        assert client.post(address, {"step": "confirm", "reasons": "Mine."}).status_code == 200
    client.force_login(decider)
    with on(63):
        assert "In December." in client.get(address).content.decode()
        assert line.project.title in client.get("/office/pool/").content.decode()
        assert client.post(address, {"step": "confirm", "reasons": "Others wait."}).status_code == 302
        page = client.get(address).content.decode()
    assert "was taken back on" in page
    assert "If you do not agree" in page
    reclaim.refresh_from_db()
    assert (reclaim.state, reclaim.answer) == ("confirmed", "In December.")


def test_granting_again_by_page_and_api(client):
    giver, line, office = award(), use(award(hours=100), 60, 20), mandated()
    with on(30):
        actions.give_back(giver, 50 * HOUR, by=giver.project.leader)
        wishes = [actions.ask(line, 10 * HOUR, why="A run.", by=line.project.leader)]
    client.force_login(office)
    with on(31):
        address = f"/pool-wishes/{wishes[0].pk}/"
        assert "In the pool now" in client.get(address).content.decode()
        assert client.post(address, {"step": "refuse"}).status_code == 200
        assert client.post(address, {"step": "grant", "amount": "10"}).status_code == 302
        wishes.append(actions.ask(line, 10 * HOUR, why="Again.", by=line.project.leader))
        told = client.post(
            f"/api/v1/pool-wishes/{wishes[1].pk}/refuse",
            {"reasons": "Others first."},
            content_type="application/json",
        ).json()
    assert (told["state"], told["asked"], told["reasons"]) == ("refused", 10.0, "Others first.")
    assert [w.state for w in PoolWish.objects.order_by("pk")] == ["granted", "refused"]
    assert amounts(line) == [110]
