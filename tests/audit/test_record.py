"""What of a record its digest is over."""

from datetime import UTC, datetime

import pytest

from aifactory.kit.clock import frozen
from aifactory.people.models import Organisation


@pytest.fixture(autouse=True)
def a_moment():
    with frozen(datetime(2026, 11, 23, 9, tzinfo=UTC)):
        yield


def organisation(**facts) -> Organisation:
    return Organisation(id="org_1", name="Delta", country="NL", kind="company", **facts)


def test_a_field_that_came_later_is_no_part_of_the_record_until_it_says_something(monkeypatch):
    monkeypatch.setattr(Organisation, "LATER", frozenset({"region", "staff"}))
    before = {
        "id": "org_1", "created_at": "2026-11-23T09:00:00.000000Z", "name": "Delta", "country": "NL", "kind": "company",
        "registration_number": "", "sector": "", "turnover_eur": None, "balance_eur": None,
    }  # fmt: skip
    assert organisation().document() == before
    assert organisation(region="Groningen").document() == before | {"region": "Groningen"}
    assert organisation(staff=0).document() == before | {"staff": 0}, "nought is said; unknown is not"
