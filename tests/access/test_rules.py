"""Eligibility, size classes, conflicts and assignment: law and mathematics without a database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.access.modes import named
from aifactory.access.review.pick import TooFewReviewers, pick
from aifactory.access.screening.eligibility import judge
from aifactory.access.screening.facts import facts_of
from aifactory.kit.units import Resource, base
from aifactory.people.enterprises.size import SME, Size, size_of

REGIONAL = named("regional-v1")
ANSWERS = {"civil_use": True, "contract_until": "2028-01-31"}
REQUESTED = {
    "gpu": base(Resource.GPU, 2000),
    "core": 0,
    "storage": base(Resource.STORAGE, 500),
    "advice": base(Resource.ADVICE, 8),
}
HERE = {
    "country": "NL",
    "kind": "company",
    "registration_number": "01234567",
    "staff": 12,
    "turnover_eur": 900_000,
    "balance_eur": 400_000,
}


def failed(**changes: object) -> list[str]:
    given_facts = {
        "organisation": HERE,
        "answers": ANSWERS,
        "requested": REQUESTED,
        "ends": date(2027, 10, 31),
    }
    f = given_facts | changes
    facts = facts_of(f["organisation"], f["answers"], f["requested"], f["ends"])  # type: ignore[arg-type]
    return [v.rule for v in judge(REGIONAL.rules, facts) if not v.passed]


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, []),
        ({"organisation": HERE | {"country": "US"}}, ["country"]),
        ({"organisation": HERE | {"registration_number": ""}}, ["legal_form"]),
        ({"organisation": HERE | {"staff": 400}}, ["size"]),
        ({"organisation": HERE | {"staff": None}}, ["size"]),
        ({"organisation": HERE | {"kind": "public", "staff": 4000}}, []),
        ({"answers": ANSWERS | {"civil_use": False}}, ["civil_use"]),
        ({"answers": ANSWERS | {"contract_until": "2028-01-30"}}, ["contract"]),
        ({"requested": REQUESTED | {"storage": base(Resource.STORAGE, 9)}}, ["least_storage"]),
        ({"requested": REQUESTED | {"gpu": base(Resource.GPU, 20_000) + 1}}, ["most_gpu"]),
        (
            {"requested": {}},
            [
                f"{k}_{r.resource}"
                for r in REGIONAL.grants
                for k in ("least", "most")
                if k == "most" or r.least
            ],
        ),
    ],
)
def test_each_rule_fails_on_its_own_fact(changes: dict[str, object], rules: list[str]) -> None:
    assert failed(**changes) == rules


def test_a_verdict_quotes_rule_fact_and_source() -> None:
    facts = facts_of(HERE | {"country": "US"}, ANSWERS, REQUESTED, date(2027, 10, 31))
    verdict = judge(REGIONAL.rules, facts)[0]
    rule = REGIONAL.eligibility[0]
    assert verdict.plain() == {
        "rule": "country",
        "passed": False,
        "fact": "organisation.country",
        "found": "US",
        "text": rule.text.plain(),
        "change": rule.change.plain(),
        "source": rule.source.plain(),
    }


@pytest.mark.parametrize(
    ("staff", "turnover", "balance", "size"),
    [
        (9, 2_000_000, 9_000_000, Size.MICRO),
        (10, 0, 0, Size.SMALL),
        (9, 2_000_001, 2_000_001, Size.SMALL),
        (49, 10_000_000, 90_000_000, Size.SMALL),
        (249, 50_000_001, 43_000_000, Size.MEDIUM),
        (249, 50_000_001, 43_000_001, Size.SMALL_MID_CAP),
        (250, 1, 1, Size.SMALL_MID_CAP),
        (749, 150_000_001, 129_000_001, Size.LARGE),
        (750, 0, 0, Size.LARGE),
    ],
)
def test_size_classes_at_their_lines(staff: int, turnover: int, balance: int, size: Size) -> None:
    assert size_of(staff, turnover, balance) is size


figures = st.tuples(*[st.integers(0, 10**9)] * 3)


@given(figures, figures)
def test_growing_never_makes_an_enterprise_smaller(now: tuple[int, ...], more: tuple[int, ...]) -> None:
    order, grown = list(Size), [a + b for a, b in zip(now, more, strict=True)]
    assert order.index(size_of(*now)) <= order.index(size_of(*grown))
    assert Size.SMALL_MID_CAP not in SME


@given(st.dictionaries(st.text(min_size=1), st.integers(0, 50), max_size=12), st.integers(1, 5))
def test_the_least_loaded_read_and_the_order_given_does_not_matter(load: dict[str, int], count: int) -> None:
    if len(load) < count:
        with pytest.raises(TooFewReviewers):
            pick("app_1", load, load, count)
        return
    chosen = pick("app_1", load, load, count)
    assert chosen == pick("app_1", reversed(list(load)), load, count)
    assert len(set(chosen)) == count
    assert max(load[r] for r in chosen) <= min([load[r] for r in load if r not in chosen], default=99)
