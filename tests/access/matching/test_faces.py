"""Matching on the pages, by REST and by command: the office, reviewers and everybody."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from aifactory.access.matching import actions, profiles, queries, seeds
from aifactory.access.matching.models import Bid, Commitment, Matching, ReviewerProfile
from aifactory.access.models import Call
from aifactory.kit import clock
from aifactory.people.models import Role, User
from aifactory.people.rules import can_view, visible
from aifactory.web.matching import works_in, written
from tests.access import factories
from tests.access.matching.test_actions import SECRETS, applications, committed, reviewers, shown
from tests.access.test_api import Script
from tests.people.factories import person
from tests.web.test_access import as_, sends, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


@pytest.fixture
def office() -> User:
    return person(Role.OFFICE)


def test_from_profile_to_draw_on_the_pages(tmp_path: Path, office: User) -> None:
    with clock.frozen(factories.DURING):
        call, people = factories.call(), reviewers()
        made = applications(call, tmp_path)
        reviewer = as_(people[0])
        assert (
            sends(
                reviewer,
                "/reviewing/profile/",
                works="Potato rot\nSeen on leaves.\n\n\nSteel\n",
                keywords="crops",
                languages=["en"],
                most_reviews="4",
            )
            == "/reviews/"
        )
        kept = ReviewerProfile.objects.get(person=people[0])
        assert kept.works == [
            {"title": "Potato rot", "abstract": "Seen on leaves."},
            {"title": "Steel", "abstract": ""},
        ]
        assert "Potato rot\nSeen on leaves.\n\nSteel" in text(reviewer, "/reviewing/profile/")
        assert (
            sends(reviewer, f"/reviewing/calls/{call.pk}/", **{made[0].pk: "want"})
            == f"/reviewing/calls/{call.pk}/"
        )
        assert [(bid.application, bid.wish) for bid in Bid.objects.all()] == [(made[0], "want")]
        page = f"/calls/{call.pk}/reviewers/"
        for side, client in (("office", as_(office)), ("reviewer", reviewer)):
            assert "Commit to a secret" in text(client, page)
            assert sends(client, f"{page}commit/", commitment=seeds.commitment(SECRETS[side])) == page
        wrong = as_(people[1]).post(f"{page}commit/", {"commitment": "no"}).content.decode()
        assert "Give a SHA-256: 64 digits and letters from a to f." in wrong
        assert "Draw reviewers and ask them" not in text(as_(office), f"/office/calls/{call.pk}/reviewers/")
    with clock.frozen(factories.AFTER):
        for side, client in (("office", as_(office)), ("reviewer", reviewer)):
            assert sends(client, f"{page}reveal/", secret=SECRETS[side]) == page
        address = sends(as_(office), f"/office/calls/{call.pk}/reviewers/", cap_percent="50")
        drawn = Matching.objects.get()
        assert address == f"/office/draws/{drawn.pk}/"
        told = text(as_(office), f"{address}?again")
        assert "the same came out" in told
        assert told.count("drawn</strong>") == 8
    public = text(Client(), page)
    assert drawn.seed in public
    assert SECRETS["office"] in public
    assert not [user.name for user in people if user.name in public]
    assert as_(people[0]).get(address).status_code == 403
    assert as_(office).get("/reviewing/profile/").status_code == 403


def test_the_same_by_script(tmp_path: Path, office: User) -> None:
    with clock.frozen(factories.DURING):
        call, people = factories.call(), reviewers()
        made = applications(call, tmp_path)
        staff, reviewer = Script(office), Script(people[0])
        profile = {"works": [{"title": "Rot"}], "keywords": "", "languages": ["nl"], "most_reviews": 3}
        assert reviewer.put("/matching/profile", profile)["works"] == [{"title": "Rot", "abstract": ""}]
        assert reviewer.get("/matching/profile")["most_reviews"] == 3
        assert reviewer.put(f"/matching/calls/{call.pk}/bids", {"bids": {made[1].pk: "can"}}) == {
            "changed": 1
        }
        found = reviewer.get(f"/matching/calls/{call.pk}/bids")
        assert {item["application"]: item["bid"] for item in found["items"]}[made[1].pk] == "can"
        assert found["workload"] == {"open": 0, "given": 0, "most": 3}
        reviewer.put(f"/matching/calls/{call.pk}/bids", {"bids": {"app_other": "can"}}, 404)
        for script, side in ((staff, "office"), (reviewer, "reviewer")):
            script.post(
                f"/matching/calls/{call.pk}/commitments", {"commitment": seeds.commitment(SECRETS[side])}, 201
            )
        assert staff.get(f"/matching/calls/{call.pk}/readiness")["applications"] == 4
        reviewer.get(f"/matching/calls/{call.pk}/readiness", 403)
    with clock.frozen(factories.AFTER):
        refused = staff.post(f"/matching/calls/{call.pk}/draws", {}, 409)
        assert refused["type"] == "urn:aifactory:problem:SecretsAreAwaited"
        for script, side in ((staff, "office"), (reviewer, "reviewer")):
            script.post(f"/matching/calls/{call.pk}/secrets", {"secret": SECRETS[side]})
        drawn = staff.post(f"/matching/calls/{call.pk}/draws", {}, 201)
        reviewer.post(f"/matching/calls/{call.pk}/draws", {}, 403)
    assert drawn["total"] <= drawn["total_bound"] <= drawn["total"] + 2e-6
    rows = staff.get(f"/matching/draws/{drawn['id']}")["items"]
    assert len(rows) == 4
    assert all(sum(one["probability"] for one in row["reviewers"]) == pytest.approx(2) for row in rows)
    assert all(sum(one["drawn"] for one in row["reviewers"]) == 2 for row in rows)
    assert staff.get(f"/matching/draws/{drawn['id']}/replay") == {"same": True}
    public = Client().get(f"/api/v1/matching/calls/{call.pk}").json()
    assert [one["side"] for one in public["commitments"]] == ["office", "reviewer"]
    assert public["draws"] == [{name: value for name, value in drawn.items() if name != "items"}]


def test_an_overseer_in_conflict_sees_totals_and_not_the_file(tmp_path: Path, office: User) -> None:
    with clock.frozen(factories.DURING):
        call, people = factories.call(), reviewers()
        made = applications(call, tmp_path)
        insider = person(Role.OFFICE, organisation=made[0].organisation)
        both = committed(call, office, people[0])
    with clock.frozen(factories.AFTER):
        shown(both)
        drawn = actions.match(call, by=insider)
    assert len(queries.expectations(drawn, office)) == 4
    # Who applies in a call sees nothing of how any file in it is judged.
    assert queries.expectations(drawn, insider) == []
    assert made[0].title not in text(as_(insider), f"/office/draws/{drawn.pk}/").split("<main")[1]


@pytest.mark.parametrize("count", [1, 6])
def test_pages_cost_the_same_for_many(
    tmp_path: Path, office: User, count: int, django_assert_max_num_queries: Any
) -> None:
    with clock.frozen(factories.DURING):
        call, people = factories.call(), reviewers()
        applications(call, tmp_path, count)
        made = committed(call, office, people[0])
    with clock.frozen(factories.AFTER):
        shown(made)
        drawn = actions.match(call, by=office)
        clients = {name: as_(user) for name, user in (("office", office), ("reviewer", people[0]))}
        for name, address, most in (
            ("office", f"/office/calls/{call.pk}/reviewers/", 8),
            ("office", f"/office/draws/{drawn.pk}/", 6),
            ("reviewer", f"/reviewing/calls/{call.pk}/", 6),
        ):
            with django_assert_max_num_queries(most):
                text(clients[name], address)
        with django_assert_max_num_queries(4):
            text(Client(), f"/calls/{call.pk}/reviewers/")


def test_lists_and_single_records_agree_on_who_sees_what(tmp_path: Path, office: User) -> None:
    with clock.frozen(factories.DURING):
        call, people = factories.call(), reviewers(5)
        hidden: Call = factories.call(opened=False)
        made = applications(call, tmp_path, 2)
        profiles.bid({made[0]: "want"}, by=people[0])
        both = [*committed(call, office, people[0]), *committed(hidden, office, people[0])]
    with clock.frozen(factories.AFTER):
        shown(both[:2])
        drawn = actions.match(call, by=office)
    things = [
        *Bid.objects.all(),
        *Commitment.objects.all(),
        drawn,
        *drawn.expectations.all(),
        *ReviewerProfile.objects.all(),
    ]
    viewers = [None, office, *people, made[0].applicant, person(Role.AUDITOR), person(Role.PANEL)]
    for viewer in viewers:
        for thing in things:
            assert can_view(viewer, thing) == visible(type(thing), viewer).filter(pk=thing.pk).exists(), (
                viewer,
                thing,
            )


@pytest.mark.parametrize(
    ("typed", "works"),
    [
        ("", []),
        ("One", [{"title": "One", "abstract": ""}]),
        (
            "One\r\ntext\r\nmore\r\n\r\n\r\nTwo",
            [{"title": "One", "abstract": "text\nmore"}, {"title": "Two", "abstract": ""}],
        ),
    ],
)
def test_works_are_read_from_a_text(typed: str, works: list[dict[str, str]]) -> None:
    assert works_in(typed) == works
    assert works_in(written(works)) == works
