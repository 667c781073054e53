"""A person who asks to be erased: everybody who has some of the data gets a duty, and nothing here knows who it was."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.datasets import actions as datasets
from aifactory.datasets import agreeing
from aifactory.datasets.contracts import NoValidAgreement
from aifactory.datasets.duties import say_of_duty
from aifactory.datasets.erasure import actions, queries
from aifactory.datasets.erasure.models import Erasure, ErasureDuty
from aifactory.datasets.erasure.reference import a_month_after, is_opaque, points_at_somebody
from aifactory.datasets.models import DatasetVersion
from aifactory.datasets.processing.actions import state
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role, User
from aifactory.ports.object_store import NoSuchObject
from tests.datasets import factories as make
from tests.people.factories import organisation, person


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_month_ends_on_the_same_date_or_on_the_last_day(day):
    end = a_month_after(day)
    assert 28 <= (end - day).days <= 31
    assert end.day == day.day or (end + timedelta(days=1)).day == 1
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == 1


@pytest.mark.parametrize(
    ("reference", "opaque"),
    [
        ("2026-014", True), ("AVG/7", True), ("case.19_b", True), ("jansen", False), ("j.jansen@x.example", False),
        ("111222333", False), ("NL91ABNA0417164300", False), ("0612345678", False), ("a1", False), ("", False),
        ("7" * 41, False), ("2026 014", False), ("123456789", True),
    ],
)  # fmt: skip
def test_a_reference_points_at_nobody(reference, opaque):
    assert is_opaque(reference) is opaque


def test_words_that_point_at_somebody_are_seen_in_a_sentence():
    assert points_at_somebody("Row of 111222333, done.")
    assert points_at_somebody("Ask (a.b@x.example)")
    assert not points_at_somebody("Rows 1 to 300 were written anew, see case 2026-014.")


pytestmark = [pytest.mark.usefixtures("store")]


@pytest.fixture
def used(db, store):
    """A dataset with two versions: one agreement mounted the first, one never used it, one may download."""
    dataset = make.published()
    version = dataset.versions.get()
    mounted, unused = (make.in_force(make.offer(dataset)) for _ in range(2))
    loads = make.in_force(make.offer(dataset, actions=["analyse", "download"]))
    mount(mounted)
    make.version(dataset, [("cells.csv", make.CSV + b"1.5,2,1\n")])
    return dataset, version, mounted, unused, loads


def mount(agreement, attempt="run_1"):
    return agreeing.mount_grant(
        agreement, version=agreement.version, project=agreement.project, job="job_1", attempt=attempt
    )


def asked(dataset, reference="2026-014", **facts):
    return actions.record(
        dataset, by=dataset.steward, cause="withdrawn", **({"reference": reference} | facts)
    )


def test_everybody_who_has_some_of_it_gets_a_duty(used):
    dataset, version, mounted, unused, loads = used
    erasure = asked(dataset, received_on=date(2026, 1, 31))
    owed = {(d.kind, d.subject_id, d.organisation_id) for d in erasure.duties.all()}
    newer = dataset.versions.get(number=2)
    assert owed == {
        ("version", version.pk, dataset.holder_id),
        ("version", newer.pk, dataset.holder_id),
        ("copies", mounted.pk, mounted.organisation_id),
        ("copies", loads.pk, loads.organisation_id),
    }
    assert (erasure.state, erasure.due_on) == ("open", date(2026, 2, 28))
    with pytest.raises(actions.AskedAlready):
        asked(dataset)
    assert "2026-014" not in str(list(Event.objects.values_list("data", flat=True)))
    mount(unused, "run_2")
    actions.watch()
    assert erasure.duties.filter(subject=unused.thing).count() == 1


def test_who_said_that_all_copies_are_gone_owes_nothing(used):
    _dataset, _version, mounted, _unused, loads = used
    asker = User.objects.get(pk=mounted.requested_by_id)
    say_of_duty(mounted, by=asker, duty="delete-at-end", met=True)
    assert [a.pk for a in queries.with_copies([mounted.version_id])] == [loads.pk]


def test_an_erased_version_is_gone_and_cannot_be_mounted(used, store):
    dataset, version, mounted, unused, _loads = used
    erasure = asked(dataset)
    keys = [file.key for file in version.files.all()]
    duty = erasure.duties.get(subject=version.thing)
    for nobody in (
        person(Role.STEWARD, organisation=organisation()),
        User.objects.get(pk=mounted.requested_by_id),
    ):
        with pytest.raises(NotAllowed):
            actions.answer(duty, by=nobody, met=True, statement="Deleted.")
    assert store.stat(keys[0]).size >= len(make.CSV)
    mount(mounted)
    actions.answer(duty, by=dataset.steward, met=True, statement="Version 2 is without this person.")
    version.refresh_from_db()
    mounted.refresh_from_db()
    assert (version.state, mounted.state, mounted.reason) == (
        "withdrawn", "ended", "Personal data had to be erased. Ask for the newest version.",
    )  # fmt: skip
    for agreement in (mounted, unused):
        with pytest.raises(NoValidAgreement):
            mount(agreement, "run_3")
    with pytest.raises(NoSuchObject):
        store.stat(keys[0])
    assert [v.number for v in queries.kept_versions(dataset)] == [2]
    with pytest.raises(NotPossibleNow):
        actions.answer(duty, by=dataset.steward, met=True, statement="Again.")


def test_it_is_done_when_everybody_has_answered_and_not_before(used):
    dataset, version, *_agreements = used
    erasure = asked(dataset)
    office = person(Role.OFFICE)
    for number, duty in enumerate(erasure.duties.order_by("pk"), start=1):
        erasure.refresh_from_db()
        assert erasure.state == "open", number
        actions.answer(duty, by=office, met=duty.kind == "copies", statement="Art. 17(3)(d): research.")
    erasure.refresh_from_db()
    assert (erasure.state, version.state) == ("done", "published")
    assert sorted(erasure.duties.values_list("kind", "state")) == [
        ("copies", "met"), ("copies", "met"), ("version", "excepted"), ("version", "excepted"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"reference": "Jan Jansen"}, "reference"),
        ({"reference": "111222333"}, "reference"),
        ({"cause": "retention"}, "cause"),
        ({"received_on": date(2999, 1, 1)}, "received_on"),
    ],
)
@pytest.mark.django_db
def test_a_request_that_names_somebody_or_nothing_is_refused(facts, field):
    dataset = make.dataset()
    said = {"reference": "2026-014", "cause": "withdrawn", "received_on": None} | facts
    with pytest.raises(Invalid) as refusal:
        actions.record(dataset, by=dataset.steward, **said)
    assert [e.field for e in refusal.value.errors] == [field]
    assert not Erasure.objects.exists()


@pytest.mark.django_db
def test_an_answer_names_nobody_either():
    dataset = make.published()
    duty = asked(dataset).duties.get()
    for statement in ("", "Row of 111222333.", "x" * 501, "Done.\x00"):
        with pytest.raises(Invalid):
            actions.answer(duty, by=dataset.steward, met=True, statement=statement)
    assert DatasetVersion.objects.get().state == "published"


@pytest.mark.django_db
def test_bytes_that_another_version_needs_stay(store):
    dataset = make.published()
    old = dataset.versions.get()
    new = datasets.new_version(dataset, by=dataset.steward)
    datasets.add_file(new, [make.CSV], by=dataset.steward, name="cells.csv")
    key = old.files.get().key
    new.files.update(key=key)
    duties = {d.subject_id: d for d in asked(dataset).duties.filter(kind="version")}
    actions.answer(duties[old.pk], by=dataset.steward, met=True, statement="The first of two.")
    assert store.stat(key).size >= len(make.CSV)
    actions.answer(duties[new.pk], by=dataset.steward, met=True, statement="The second of two.")
    with pytest.raises(NoSuchObject):
        store.stat(key)


@pytest.mark.django_db
def test_the_end_of_retention_opens_the_same_duties_once():
    dataset = make.published(personal=make.PERSONAL | {"keep_until": "2030-06-30"})
    make.published()
    with clock.frozen(clock.now().replace(year=2030, month=6, day=30, hour=12)):
        assert actions.watch() == {"opened": 0, "open": 0}
    with clock.frozen(clock.now().replace(year=2030, month=7, day=1, hour=12)):
        assert actions.watch() == {"opened": 1, "open": 1}
        assert actions.watch() == {"opened": 0, "open": 1}
        erasure = Erasure.objects.get()
        assert (erasure.cause, erasure.due_on, erasure.recorded_by) == ("retention", date(2030, 6, 30), None)
        assert [d.kind for d in queries.waiting_for(dataset.steward)] == ["version"]
        duty = erasure.duties.get()
        actions.answer(duty, by=dataset.steward, met=False, statement="A new study: kept two years more.")
        state(dataset, by=dataset.steward, said=make.PERSONAL | {"keep_until": "2032-06-30"})
        assert actions.watch() == {"opened": 0, "open": 0}
    with clock.frozen(clock.now().replace(year=2032, month=7, day=1, hour=12)):
        assert actions.watch() == {"opened": 1, "open": 1}
        duty = ErasureDuty.objects.get(state="open")
        actions.answer(duty, by=dataset.steward, met=True, statement="The study is over.")
        assert actions.watch() == {"opened": 0, "open": 0}


@pytest.mark.django_db
def test_lists_cost_the_same_for_many(django_assert_num_queries):
    user = make.steward()
    for n in range(2):
        asked(make.published(user), reference=f"case-{n}")
    office = person(Role.OFFICE)
    with django_assert_num_queries(1):
        found = list(queries.erasures(office))
    assert [(e.owed, e.waiting) for e in found] == [(1, 1)] * 2
    assert user.organisation_ids
    with django_assert_num_queries(1):
        assert len(list(queries.waiting_for(user))) == 2
    with django_assert_num_queries(1):
        assert [(e.dataset.holder.name, e.waiting) for e in queries.open_ones()] == [
            ("Ziekenhuis De Linde", 1)
        ] * 2
