"""Every fairness figure on one data set of real records, each answer worked out by hand.

Twenty decided applications, numbered; 0-9 are small companies, 10-19 public bodies.

granted     0-3 and 10-17; only 0 gets GPU-hours (100), and 16 (300): the others got core-hours alone
region      even numbers North, odd ones South
sector      0-4 and 10-14 health, the others energy
newcomer    15-19 had a project before
floor       without it 0 and 1 (3.50 and 3.60 points) would have got nothing, and 18 (3.95) something
correction  without it 2 would have got nothing, and 18 something
"""

from datetime import timedelta

import pytest

from aifactory.access.models import Application, Call, Decision, Selection, SelectionLine
from aifactory.awards.models import Project
from aifactory.kit import clock
from aifactory.people.models import Organisation, Role
from aifactory.transparency import decided
from aifactory.transparency.fairness import Floor, Interval, Report, Row
from tests.access import factories
from tests.access.factories import AFTER, DURING
from tests.people.factories import person

pytestmark = pytest.mark.django_db

GRANTED = {*range(4), *range(10, 18)}
HOURS = {0: 100, 16: 300}
SCORES = {0: 350, 1: 360, 18: 395}
#: two awards drawn twice: the one alone ¼, both ½, the other alone ¼; so 95 of 100 draws are anything from 0 to 1
QUARTER, THREE_QUARTERS = Interval(0.25, 0.0, 1.0), Interval(0.75, 0.0, 1.0)


@pytest.fixture
def call() -> Call:
    made, decider = factories.call(), factories.decider()
    homes = [
        Organisation(name=f"Home {n}", country="NL", kind="company" if n < 10 else "public")
        for n in range(20)
    ]
    Organisation.objects.bulk_create(homes)
    rows = [application(made, home, n) for n, home in enumerate(homes)]
    Application.objects.bulk_create(rows)
    mandate = decider.mandates.get()
    Decision.objects.bulk_create(
        Decision(application=row, decided_by=decider, mandate=mandate, reasons="By the rule.", letter={},
                 outcome="awarded" if n in GRANTED else "rejected", awarded=awarded(n), decided_at=AFTER,
                 object_until=AFTER.date())
        for n, row in enumerate(rows)
    )  # fmt: skip
    found = Selection(call=made, inputs={}, inputs_digest="x", result={}, result_digest="x", proposed_by=decider,
                      state="published", published_at=AFTER)  # fmt: skip
    Selection.objects.bulk_create([found])
    SelectionLine.objects.bulk_create(
        SelectionLine(selection=found, application=row, label=f"A{n:04}", facts=facts(n))
        for n, row in enumerate(rows)
    )
    Project.objects.bulk_create(
        Project(title="Before", organisation=homes[n], leader=decider, application=f"app_before_{n}",
                created_at=DURING - timedelta(days=400), ends_at=DURING)
        for n in range(15, 20)
    )  # fmt: skip
    return made


def application(call: Call, home: Organisation, n: int) -> Application:
    known = {"country": "NL", "kind": home.kind, "registration_number": str(n), "size": "small"}
    known |= {"region": "South" if n % 2 else "North", "sector": "health" if n % 10 < 5 else "energy"}
    return Application(call=call, organisation=home, applicant=person(Role.APPLICANT), reference=f"R{n}", title="T",
                       state="awarded" if n in GRANTED else "rejected", organisation_facts=known,
                       submitted_at=DURING, due_at=AFTER)  # fmt: skip


def awarded(n: int) -> dict[str, int]:
    return {"gpu": HOURS[n] * 3600} if n in HOURS else {"core": 3600} if n in GRANTED else {}


def facts(n: int) -> dict[str, object]:
    given = n in GRANTED
    return {
        "standing": "ranked",
        "proposed": awarded(n),
        "corrected": SCORES.get(n, 400 if given else 300),
        "without_floor": (given and n not in {0, 1}) or n == 18,
        "without_correction": (given and n != 2) or n == 18,
    }


def test_every_figure_is_the_one_worked_out_by_hand(call: Call) -> None:
    with clock.frozen(AFTER):
        found = decided.fairness(call=call.pk)
    # 4 of 10 small companies, 8 of 10 others: half of the best, so a signal.
    # Of 10 with chance 0.4: P(X≤0)=0.006, P(X≤1)=0.046; P(X≤6)=0.945, P(X≤7)=0.988.
    # Of 10 with chance 0.8: P(X≤4)=0.006, P(X≤5)=0.033; P(X≤9)=0.893.
    size = [
        Row("other", False, 10, 8, Interval(0.8, 0.5, 1.0), 300.0, THREE_QUARTERS, 1.0, False),
        Row("sme", False, 10, 4, Interval(0.4, 0.1, 0.7), 100.0, QUARTER, 0.5, True),
    ]
    # 6 of 10 on both sides; both awards of GPU-hours went North.
    # P(X≤2)=0.012, P(X≤3)=0.055; P(X≤8)=0.954, P(X≤9)=0.994.
    equal = Interval(0.6, 0.3, 0.9)
    region = [
        Row("North", False, 10, 6, equal, 400.0, Interval(1.0, 1.0, 1.0), 1.0, False),
        Row("South", False, 10, 6, equal, 0.0, Interval(0.0, 0.0, 0.0), 1.0, False),
    ]
    # 3 of 10 in energy, 9 of 10 in health: a third. P(X≤0)=0.028; P(X≤5)=0.953, P(X≤6)=0.989 and the other way
    # P(X≤6)=0.013, P(X≤7)=0.070; P(X≤9)=0.651.
    sector = [
        Row("energy", False, 10, 3, Interval(0.3, 0.0, 0.6), 300.0, THREE_QUARTERS, 0.3 / 0.9, True),
        Row("health", False, 10, 9, Interval(0.9, 0.7, 1.0), 100.0, QUARTER, 1.0, False),
    ]
    # 9 of 15 newcomers, 3 of 5 known. P(X≤4)=0.009, P(X≤5)=0.034; P(X≤12)=0.973, P(X≤13)=0.995 and for five
    # P(X≤0)=0.010, P(X≤1)=0.087; P(X≤4)=0.922.
    newcomer = [
        Row("newcomer", False, 15, 9, Interval(0.6, 5 / 15, 13 / 15), 100.0, QUARTER, 1.0, False),
        Row("known", False, 5, 3, Interval(0.6, 0.2, 1.0), 300.0, THREE_QUARTERS, 1.0, False),
    ]
    # Two of twenty crossed. P(X≤0)=0.122; P(X≤4)=0.957, P(X≤5)=0.989.
    assert found == Report(
        applications=20,
        granted=12,
        gpu_hours=400.0,
        dimensions={"size": size, "region": region, "sector": sector, "newcomer": newcomer},
        floor=Floor(selected=12, came_in=2, left_out=1, hours_in=100.0, points=0.4),
        ranked=20,
        crossed=2,
        crossing=Interval(0.1, 0.0, 0.25),
    )


def test_the_api_and_the_page_say_the_same(client, call: Call) -> None:
    with clock.frozen(AFTER):
        told = client.get(f"/api/v1/register/fairness?call={call.pk}").json()
        page = " ".join(client.get(f"/register/fairness/?call={call.pk}").content.decode().split())
    assert [(row["group"], row["impact"], row["signal"]) for row in told["dimensions"]["sector"]] == [
        ("energy", 0.3333, True),
        ("health", 1.0, False),
    ]
    assert told["calibration"] == {
        "ranked": 20,
        "crossed": 2,
        "share": {"value": 0.1, "low": 0.0, "high": 0.25},
    }
    assert told["floor"] == {"selected": 12, "came_in": 2, "left_out": 1, "hours_in": 100.0, "points": 0.4}
    assert page.count("Less than four fifths") == 2
