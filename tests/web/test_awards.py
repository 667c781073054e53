"""The lists of projects and awards, and one award: what they say, to whom, and what they cost."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client

from aifactory.audit.actions import fire
from aifactory.awards import actions
from aifactory.awards.models import AwardLine, Project
from aifactory.kit import clock
from aifactory.people.models import Organisation, Role, User
from tests.awards.factories import GRANTOR, line, project
from tests.people.factories import organisation, person

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 11, 22, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def farm() -> Organisation:
    return organisation(name="Growers & co")


@pytest.fixture
def leader(farm: Organisation) -> User:
    return person(name="Robin de Vries", organisation=farm)


@pytest.fixture
def stress(farm: Organisation, leader: User) -> Project:
    return project(organisation=farm, leader=leader, title="Crop <stress>")


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def table(client: Client, address: str) -> list[list[str]]:
    """The cells of the page's table, row by row, its head first."""
    body = client.get(address).content.decode()
    rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    return [[words(cell) for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL)] for row in rows]


def columns(client: Client, address: str) -> list[list[str]]:
    """The column that each cell of the body names for a narrow screen, row by row."""
    body = client.get(address).content.decode().split("<tbody")[1]
    return [re.findall(r'data-label="([^"]*)"', row) for row in body.split("<tr")[1:]]


def test_projects_are_listed_newest_first(farm: Organisation, leader: User, stress: Project) -> None:
    rest = project(organisation=farm, leader=leader, title="At rest")
    fire(rest, "suspend", by=GRANTOR)
    head = ["Project", "Organisation", "Led by", "Status", "Ends"]
    facts = ["Growers & co", "Robin de Vries"]
    expected = [
        head,
        ["At rest", *facts, "Suspended", "22 December 2026"],
        ["Crop <stress>", *facts, "Active", "22 December 2026"],
    ]
    for viewer in (leader, person(Role.OFFICE)):
        assert table(as_(viewer), "/projects/") == expected
    assert columns(as_(leader), "/projects/") == [head[1:]] * 2


def test_awards_are_listed_with_what_is_left(leader: User, stress: Project) -> None:
    hours = line(stress, amount=3600 * 1500)
    actions.reserve(hours, 3600, key="job-1", by=GRANTOR)
    actions.draw("job-1", 3600, by=GRANTOR)
    line(stress, resource="storage", amount=2_000_000_000)
    head = ["Project", "Organisation", "Resource", "Granted", "Used", "Left", "Ends"]
    facts = ["Crop <stress>", "Growers & co"]
    expected = [
        head,
        [*facts, "Storage", "2 GB", "0 GB", "2 GB", "22 December 2026"],
        [*facts, "GPU time", "1,500 GPU-h", "1 GPU-h", "1,499 GPU-h", "22 December 2026"],
    ]
    for viewer in (leader, person(Role.OFFICE)):
        assert table(as_(viewer), "/allocations/") == expected
    assert columns(as_(leader), "/allocations/") == [head[1:]] * 2


def test_an_award_shows_every_booking(leader: User, stress: Project) -> None:
    hours = line(stress, amount=3600 * 10)
    actions.reserve(hours, 3600, key="job-1", by=GRANTOR)
    actions.draw("job-1", 1800, by=GRANTOR)
    actions.release("job-1", by=GRANTOR)
    actions.reserve(hours, 7200, key="job-2", by=GRANTOR)
    address = f"/allocations/{hours.pk}/"
    since = "22 November 2026, 12:00"
    for viewer in (leader, person(Role.OFFICE)):
        assert table(as_(viewer), address) == [
            ["For", "Set aside", "Billed", "Status", "Since"],
            ["job-2", "2 GPU-h", "0 GPU-h", "Set aside", since],
            ["job-1", "1 GPU-h", "0.5 GPU-h", "Settled", since],
        ]
        page = as_(viewer).get(address).content.decode()
        facts = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
        assert [(words(key), words(value)) for key, value in facts] == [
            ("Granted", "10 GPU-h"),
            ("Used and billed", "0.5 GPU-h"),
            ("Set aside for jobs", "2 GPU-h"),
            ("Left", "7.5 GPU-h"),
            ("From", "22 November 2026, 11:00"),
            ("Until", "22 December 2026, 12:00"),
        ]


@pytest.mark.parametrize("employed", [True, False], ids=["elsewhere", "nowhere"])
def test_a_stranger_sees_nothing(stress: Project, employed: bool) -> None:
    hours = line(stress)
    stranger = as_(person(organisation=organisation() if employed else None))
    addresses = ["/projects/", "/allocations/", f"/allocations/{hours.pk}/"]
    answers = [stranger.get(address) for address in addresses]
    assert [(answer.status_code, b"stress" in answer.content) for answer in answers] == [
        (200, False),
        (200, False),
        (404, False),
    ]
    assert [Client().get(address).status_code for address in addresses] == [302, 302, 302]


def test_a_member_from_elsewhere_sees_the_project(stress: Project) -> None:
    member = person(name="Kim")
    actions.add_member(stress, member, by=GRANTOR)
    line(stress)
    shown = [
        [row[0] for row in table(as_(member), address)[1:]] for address in ("/projects/", "/allocations/")
    ]
    assert shown == [["Crop <stress>"], ["Crop <stress>"]]


#: queries of a page, for the office and for a member: session and person, then the rows; of a member the organisations
#: too, of the office the mandate to change an award
COSTS = {"/projects/": (3, 4), "/allocations/": (3, 4), "one award": (8, 7)}


@pytest.mark.parametrize("role", [Role.OFFICE, None], ids=["office", "member"])
def test_a_page_asks_the_same_for_few_rows_and_for_many(
    farm: Organisation, leader: User, stress: Project, role: Role | None, django_assert_num_queries: object
) -> None:
    client = as_(person(role) if role else leader)
    one = line(stress)
    for wanted in (1, 30):
        for n in range(Project.objects.count(), wanted):
            line(project(organisation=farm, leader=leader, title=f"Project {n}"))
        for n in range(one.holds.count(), wanted):
            actions.reserve(one, 1, key=f"job-{n}", by=GRANTOR)
        for address, queries in COSTS.items():
            with django_assert_num_queries(queries[role is None]):
                page = client.get(f"/allocations/{one.pk}/" if address == "one award" else address)
            assert page.content.count(b'role="rowheader"') == min(wanted, 25)
            assert (b'rel="next"' in page.content) == (wanted > 25)


def test_the_next_page_goes_on_where_this_one_ends(farm: Organisation, leader: User) -> None:
    made = [line(project(organisation=farm, leader=leader, title=f"Project {n}")) for n in range(30)]
    assert AwardLine.objects.count() == len(made)
    for address in ("/projects/", "/allocations/"):
        client = as_(leader)
        following = re.search(r'rel="next" href="([^"]+)"', client.get(address).content.decode()).group(1)
        rest = table(client, address + html.unescape(following))[1:]
        assert [row[0] for row in rest] == [f"Project {n}" for n in (4, 3, 2, 1, 0)]
