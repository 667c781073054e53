"""Time that an outage took is given back once, by the policy, to every award that it hit."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.awards.actions import draw, reserve
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role
from aifactory.people.rules import visible
from aifactory.supercomputer.outages import actions
from aifactory.supercomputer.outages.models import Extension
from aifactory.supercomputer.outages.policy import Span, lost, policy
from tests.awards import factories as awards
from tests.people.factories import person

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
spans = st.builds(
    lambda start, length: Span(NOON + start * HOUR, NOON + (start + length) * HOUR),
    st.integers(0, 40), st.integers(0, 30),
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(spans, max_size=6), spans)
def test_however_outages_overlap_each_hour_of_an_award_is_counted_once(outages, award):
    counted, earlier = 0, []
    for outage in outages:
        counted += lost(outage, award, earlier)
        earlier.append(outage)
    hours = {
        hour
        for outage in outages
        for hour in range(100)
        if outage.start <= NOON + hour * HOUR < outage.end and award.start <= NOON + hour * HOUR < award.end
    }
    assert counted == len(hours) * 3600


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.booleans())
def test_never_less_than_was_lost_and_more_for_who_could_not_plan(one, other, planned):
    rule = policy()
    given = rule.given(one, planned=planned)
    assert given % rule.round_to_seconds == 0
    assert given >= one if one >= rule.least_seconds else given == 0
    assert rule.given(one, planned=False) >= rule.given(one, planned=True)
    assert (rule.given(min(one, other), planned=planned)) <= rule.given(max(one, other), planned=planned)


def test_figures_of_the_policy():
    asked = [(59 * 60, True), (3600, True), (3600, False), (5 * 3600 + 1, True), (8 * 3600, False)]
    assert [policy().given(seconds, planned=planned) // 60 for seconds, planned in asked] == [
        0,
        60,
        120,
        360,
        600,
    ]


@pytest.fixture
def operator(db):
    return person(Role.OPERATOR)


def recorded(operator, start, end, **facts):
    wish = {"cluster": "slurm", "what": "Cooling failed", "planned": False} | facts
    return actions.record(by=operator, starts_at=start, ends_at=end, **wish)


def test_every_award_that_was_hit_runs_longer_once_and_its_people_are_told(operator):
    hit, cores, used_up = awards.line(), awards.line(resource="core"), awards.line()
    reserve(used_up, 3600, key="all", by=awards.GRANTOR)
    draw("all", 3600, by=awards.GRANTOR)
    was, now = hit.ends_at, clock.now()
    outage = recorded(operator, now - HOUR / 2, None, resources=["gpu"])
    assert actions.settle_over() == []  # nobody knows yet when it ends

    with clock.frozen(now + 3 * HOUR):
        actions.end(outage, by=operator)
        assert [extension.line_id for extension in actions.settle_over()] == [hit.pk]
        assert actions.settle_over() == []
    for line in (hit, cores, used_up):
        line.refresh_from_db()
    extension = Extension.objects.get()
    # Half an hour before now until three hours after it, and a quarter on top: 4.4 hours, so five.
    assert (extension.lost_seconds, extension.given_seconds) == (12600, 18000)
    assert (hit.ends_at, extension.was_until, extension.runs_until) == (was + 5 * HOUR, was, was + 5 * HOUR)
    assert hit.project.__class__.objects.get(pk=hit.project_id).ends_at == was + 5 * HOUR
    assert cores.ends_at < was + HOUR
    assert used_up.ends_at < was + HOUR
    assert [extension.pk for extension in visible(Extension, hit.project.leader)] == [extension.pk]
    assert not visible(Extension, cores.project.leader).exists()
    names = Event.objects.filter(thing=hit.thing).order_by("pk").values_list("name", flat=True)
    assert list(names) == ["award:grant", "award:extend"]
    with pytest.raises(NotPossibleNow):
        actions.annul(type(outage).objects.get(), by=operator)
    with pytest.raises(actions.OutageIsOver):
        actions.end(outage, by=operator)


def test_two_outages_at_once_give_back_no_hour_twice(operator):
    line, now = awards.line(), clock.now()
    with clock.frozen(now + 12 * HOUR):
        for begin, end in ((0, 10), (4, 10), (8, 12)):
            recorded(operator, now + begin * HOUR, now + end * HOUR, planned=True)
        actions.settle_over()
    given = Extension.objects.filter(line=line).order_by("pk").values_list("given_seconds", flat=True)
    assert [seconds // 3600 for seconds in given] == [10, 2]


def test_an_award_that_ended_during_the_outage_runs_from_now(operator):
    line, now = awards.line(), clock.now()
    with clock.frozen(line.ends_at + 2 * HOUR):
        recorded(operator, line.ends_at - 4 * HOUR, line.ends_at + HOUR, planned=True)
        (extension,) = actions.settle_over()
        assert extension.runs_until == clock.now() + 4 * HOUR
    assert now < extension.was_until


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"what": " "}, "what"),
        ({"resources": []}, "resources"),
        ({"resources": ["storage"]}, "resources"),
        ({"planned": True, "ends_at": None}, "ends_at"),
        ({"ends_at": NOON - HOUR}, "ends_at"),
        ({"ends_at": NOON + timedelta(days=91)}, "ends_at"),
        ({"starts_at": NOON + 2 * HOUR, "ends_at": None}, "starts_at"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(operator, changes, field):
    wish = {
        "cluster": "c",
        "what": "x",
        "planned": False,
        "starts_at": NOON,
        "ends_at": NOON + HOUR,
    } | changes
    with clock.frozen(NOON), pytest.raises(Invalid) as refused:
        actions.record(by=operator, **wish)
    assert [error.field for error in refused.value.errors] == [field]


def test_only_operators_and_the_office_record_outages(operator):
    with pytest.raises(NotAllowed):
        recorded(person(Role.REVIEWER), NOON, NOON + HOUR)
