"""Targets become shares; shares become commands; and whether all classes wait alike."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory.adapters.engine.slurm import accounts as slurm
from aifactory.kit import clock
from aifactory.ports.cluster import Allocation, JobRecord
from aifactory.supercomputer import accounts, ledger
from aifactory.supercomputer.cluster_desk import PortalClusterDesk
from aifactory.supercomputer.fair_share import queries, targets, waiting
from aifactory.supercomputer.fair_share.shares import Claim, shares
from aifactory.supercomputer.fair_share.waiting import EDGES, Interval, Row, Sample
from tests.awards import factories as awards
from tests.people.factories import organisation

TARGETS = targets.versions()[0]
PERCENTS = {one.id: one.percent for one in TARGETS.classes}
ORDER = list(PERCENTS)


@pytest.mark.parametrize(
    ("mode", "kind", "size", "expected"),
    [
        ("playground", "research", "public", "playground"),
        ("regional", "research", "public", "science"),
        ("regional", "hospital", "public", "public"),
        ("fast_lane", "company", "small", "sme"),
        ("large_scale", "company", "large", "industry"),
        ("", "company", "", "industry"),
    ],
)
def test_a_project_is_of_the_first_class_that_fits(mode, kind, size, expected):
    assert TARGETS.class_of(mode=mode, kind=kind, size=size).id == expected


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("percent = 35", "percent = 34", "100 percent together"),
        ('id = "science"', 'id = "sme"', "an id of its own"),
        ('kinds = ["research"]\n', "", "takes everybody"),
    ],
)
def test_targets_that_do_not_add_up_are_refused(tmp_path, before, after, sentence):
    text = (targets.FOLDER / "fair-share-v1.toml").read_text()
    (tmp_path / "fair-share-v1.toml").write_text(text.replace(before, after))
    with pytest.raises(ValueError, match=sentence):
        targets.load(tmp_path)


def test_a_class_shares_its_part_by_what_was_awarded():
    claims = {
        "a": Claim("sme", 300),
        "b": Claim("sme", 100),
        "c": Claim("science", 7),
        "d": Claim("science", 0),
    }
    assert shares(claims, PERCENTS) == {"a": 26_000, "b": 8_800, "c": 25_000, "d": 1}


@given(st.dictionaries(st.text(min_size=1), st.builds(Claim, st.sampled_from(ORDER), st.integers(0, 10**12))))
def test_shares_keep_the_targets_and_nobody_has_none(claims):
    found = shares(claims, PERCENTS)
    assert set(found) == set(claims)
    assert all(share >= 1 for share in found.values())
    for name, percent in PERCENTS.items():
        ours = [found[project] for project, claim in claims.items() if claim.user_class == name]
        if any(claim.weight for claim in claims.values() if claim.user_class == name):
            assert abs(sum(ours) - 1000 * percent) <= 0.06 * 1000 * percent + len(ours)


ONE = Allocation("prj_1", "org_1", (), 3600, shares=26_000)
TWO = Allocation("prj_2", "org_1", (), 3600, shares=8_800)


def changes(has: dict[str, str], *wanted: Allocation) -> list[tuple[str, ...]]:
    found = slurm.Found(shares=has)
    return [
        c.command for c in slurm.differences(list(wanted), found, runner="agent") if "share" in c.sentence
    ]


def test_the_cluster_is_told_what_differs_and_an_organisation_has_the_sum():
    def command(account, number):
        return ("sacctmgr", "-Qi", "modify", "account", account, "set", f"fairshare={number}")

    assert changes({"prj_1": "1", "prj_2": "8800", "org_1": "1"}, ONE, TWO) == [
        command("org_1", 34_800),
        command("prj_1", 26_000),
    ]
    assert changes({"prj_1": "26000", "prj_2": "8800", "org_1": "34800"}, ONE, TWO) == []
    assert changes({}, Allocation("prj_3", "org_3", (), 3600)) == []


@pytest.mark.django_db
def test_the_desk_gives_each_open_project_its_shares_and_what_is_ours_is_no_drift():
    small = awards.line(awards.project(organisation=organisation(kind="company")), amount=3600 * 100)
    science = awards.line(
        awards.project(organisation=organisation(kind="research")), resource="core", amount=3600
    )
    over = awards.line(awards.project(), amount=3600)
    type(over).objects.filter(pk=over.pk).update(ends_at=clock.now())
    desk = PortalClusterDesk(str.lower)
    given_ = {one.project: one.shares for one in desk.allocations("slurm")}
    assert given_ == {small.project_id: 15_000, science.project_id: 25_000, over.project_id: None}
    wanted = desk.allocations("slurm")
    moved = slurm.differences(wanted, slurm.Found(), runner="agent")
    desk.compared("slurm", moved, [])
    desk.compared("slurm", [], [])
    assert accounts.Drift.objects.count() == 0


def wait(seconds: int, runs: int = 1) -> tuple[int, ...]:
    step = waiting.step_of(seconds)
    return tuple(runs if n == step else 0 for n in range(len(EDGES) + 1))


def test_steps_hold_their_upper_end():
    assert [waiting.step_of(s) for s in (0, 60, 60.5, 3600, 3601, 604_800, 10**9)] == [0, 0, 1, 3, 4, 8, 9]


def test_who_waits_longer_than_the_others_is_marked():
    """Ten projects start within a minute, ten of another class wait for half a day or so."""
    samples = [Sample("sme", wait(30, 10)) for _ in range(10)] + [
        Sample("science", wait(40_000, 10)) for _ in range(10)
    ]
    science, sme = waiting.rows(samples, ["science", "sme"])
    assert (sme.projects, sme.runs, sme.within_hour, sme.median) == (
        10, 100, Interval(1.0, 1.0, 1.0), Interval(30.0, 30.0, 30.0),
    )  # fmt: skip
    assert (science.within_hour, science.median, science.difference, science.signal) == (
        Interval(0.0, 0.0, 0.0), Interval(28_800.0, 28_800.0, 28_800.0), Interval(-1.0, -1.0, -1.0), True,
    )  # fmt: skip


def test_one_busy_project_does_not_make_a_difference_certain():
    """A thousand late runs of one project are one witness: its class is not marked."""
    quick = [Sample("sme", wait(30, 10)) for _ in range(9)]
    busy = [Sample("science", wait(30, 10)) for _ in range(8)] + [Sample("science", wait(40_000, 1000))]
    (science, _sme) = waiting.rows([*quick, *busy], ["science", "sme"])
    assert science.within_hour.value == pytest.approx(80 / 1080)
    assert (science.within_hour.high, science.signal) == (1.0, False)


def test_a_class_of_few_projects_is_not_shown():
    assert waiting.rows([Sample("sme", wait(1))] * 2 + [Sample("science", wait(1))] * 3, ["sme", "science"])[
        0
    ] == Row("sme", hidden=True)


histograms = st.lists(st.integers(0, 50), min_size=len(EDGES) + 1, max_size=len(EDGES) + 1).map(tuple)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.builds(Sample, st.sampled_from(["sme", "science"]), histograms), max_size=12))
def test_figures_lie_in_their_ranges(samples):
    shown = [row for row in waiting.rows(samples, ["sme", "science"]) if not row.hidden]
    for row in shown:
        for one in (row.median, row.within_hour, *([row.difference] if row.difference else [])):
            assert one.low <= one.value <= one.high
        assert 0 <= row.within_hour.low <= row.within_hour.high <= 1
        assert row.runs == sum(sum(s.counts) for s in samples if s.user_class == row.user_class)
    both = [row.difference for row in shown if row.difference]
    if len(both) == 2:
        assert both[0].value == pytest.approx(-both[1].value)


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def run(number: int, account: str, *, waited: int, gpus: int = 1, seconds: int = 3600) -> JobRecord:
    begin = NOON + timedelta(seconds=number)
    return JobRecord(
        f"{number}", begin - timedelta(seconds=waited), "train", account, "usr", account, "main", "COMPLETED",
        begin, begin + timedelta(seconds=seconds), seconds, 1, {"cpu": 4, "gres/gpu": gpus, "node": 1},
    )  # fmt: skip


@pytest.mark.django_db
def test_the_audit_reads_the_books_and_tells_everybody(client, django_assert_num_queries):
    with clock.frozen(NOON):
        kinds = ["company"] * 3 + ["research"] * 3
        lines = [
            awards.line(awards.project(organisation=organisation(kind=kind)), amount=3600 * 100)
            for kind in kinds
        ]
        records = [
            run(10 * n + k, line.project_id, waited=30 if n < 3 else 40_000) for n, line in enumerate(lines)
            for k in range(4)
        ]  # fmt: skip
        records.append(run(99, lines[0].project_id, waited=10, gpus=8))
        known = {line.project_id: line.project_id for line in lines}
        ledger.take("slurm", records, until=NOON, accounts=known)
    with clock.frozen(NOON + timedelta(days=1)):
        queries._reckoned.cache_clear()
        with django_assert_num_queries(5):
            found = client.get("/api/v1/register/equal-treatment").json()
        assert (found["targets"], found["days"]) == ("fair-share-v1", 90)
        by_class = {one["id"]: one for one in found["classes"]}
        assert [by_class["science"][f"{name}_percent"] for name in ("target", "awarded", "used")] == [
            25,
            50.0,
            37.5,
        ]
        assert by_class["industry"]["used_percent"] == 62.5
        (cores, small, large) = found["sizes"]
        assert [row["signal"] for row in small["rows"]] == [True, True]
        assert (small["rows"][0]["class"], small["rows"][0]["runs"], small["rows"][0]["within_an_hour"]) == (
            "science", 12, {"value": 0.0, "low": 0.0, "high": 0.0},
        )  # fmt: skip
        assert (cores["rows"], large["rows"]) == ([], [{"class": "industry", "hidden": True}])
        page = client.get("/register/equal-treatment/").content.decode()
        assert "Does everybody wait alike?" in page
        assert "8 h (8 h to 8 h)" in page
        assert "These classes waited differently" in page
        assert client.get("/api/v1/register/fair-share").json()["digest"] == TARGETS.digest
        assert "No runs were read" not in page
        assert "not shown" in client.get("/register/equal-treatment/?days=30").content.decode()
