"""What the law asks of personal data, said before it is published, and the record that writes itself."""

import csv
import io
import json
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aifactory.audit.models import Event
from aifactory.datasets import actions, agreeing
from aifactory.datasets.guards import LawNotTold
from aifactory.datasets.processing import queries, words
from aifactory.datasets.processing.actions import NotAboutPeople, state, state_as_told
from aifactory.datasets.processing.said import Said, missing, take_over, write
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.kit.rows import written
from aifactory.people.models import Role
from tests.datasets import factories as make
from tests.people.factories import organisation, person

TODAY = date(2026, 11, 23)
#: on a busy machine the first examples may take long to draw: that says nothing of the rule
BUSY = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WHOLE = write(make.PERSONAL)


def asked(**change):
    return [(e.field, e.rule) for e in missing(write(make.PERSONAL | change), TODAY)]


def test_what_the_law_asks_is_named_with_its_article():
    assert missing(WHOLE, TODAY) == []
    assert [(e.field, e.rule) for e in missing(Said(), TODAY)] == [
        ("controller", "Art. 4(7)"),
        ("processor", "Art. 28"),
        ("basis", "Art. 6(1)"),
        ("categories", "Art. 30(1)(c)"),
        ("subjects", "Art. 30(1)(c)"),
        ("keep_until", "Art. 5(1)(e)"),
    ]
    assert asked(condition="") == [("condition", "Art. 9(2)")]
    assert asked(condition="", categories=["traits"]) == []
    assert asked(law="") == [("law", "Art. 6(3)")]
    assert asked(law="", basis="interest") == []
    assert asked(law="", basis="interest", condition="", categories=["criminal"]) == [("law", "Art. 10")]
    assert asked(basis="consent", informed="") == [("informed", "Art. 7(1)")]
    assert asked(condition="consent", informed="") == [("informed", "Art. 7(1)")]
    assert asked(keep_until="2026-11-22") == [("keep_until", "Art. 5(1)(e)")]
    assert asked(keep_until="2026-11-23") == []


SAID = st.fixed_dictionaries(
    {},
    optional={
        "controller": st.just("A"),
        "processor": st.just("B"),
        "basis": st.sampled_from(sorted(words.BASES)),
        "law": st.just("A law"),
        "condition": st.sampled_from(sorted(words.CONDITIONS)),
        "categories": st.lists(st.sampled_from(sorted(words.CATEGORIES)), unique=True),
        "subjects": st.lists(st.sampled_from(sorted(words.SUBJECTS)), unique=True),
        "informed": st.just("A letter."),
        "keep_until": st.dates(TODAY - timedelta(days=2), TODAY + timedelta(days=2)),
    },
)


FILLED = {"controller": "A", "processor": "B", "law": "C", "informed": "D", "subjects": ["patients"]}


@BUSY
@given(SAID, st.sampled_from(sorted(FILLED)))
def test_to_say_something_answers_that_question_and_raises_no_other(said, name):
    before = {e.field for e in missing(write(said), TODAY)}
    assert {e.field for e in missing(write(said | {name: FILLED[name]}), TODAY)} == before - {name}


@BUSY
@given(st.dictionaries(st.sampled_from([*Said.__dataclass_fields__, "x"]), st.one_of(
    st.none(), st.integers(), st.text(max_size=300), st.lists(st.one_of(st.text(max_size=5), st.integers()))
)))  # fmt: skip
def test_what_a_stranger_tells_is_taken_as_far_as_it_fits(told):
    kept = take_over(told)
    assert write(kept.document()) == kept
    assert take_over([told]) == Said()


def test_a_wrong_word_is_refused_at_its_field():
    wrong = {
        "basis": "because", "categories": ["health", "x"], "keep_until": "soon", "privacy_contact": "me",
        "notice_page": "javascript:alert(1)", "controller": "x" * 201, "law": 3, "colour": "red",
    }  # fmt: skip
    with pytest.raises(Invalid) as refusal:
        write(wrong)
    assert {e.field for e in refusal.value.errors} == wrong.keys()


pytestmark = pytest.mark.usefixtures("store")


@pytest.mark.django_db
def test_without_a_ground_personal_data_is_not_published():
    dataset = make.dataset(personal=make.PERSONAL | {"basis": "", "condition": "", "keep_until": None})
    make.version(dataset)
    with pytest.raises(LawNotTold) as refusal:
        actions.publish_dataset(dataset, by=dataset.steward)
    assert refusal.value.message == (
        "It holds personal data, so the law asks for more. Say on which legal ground it may be used. (Art. 6(1)) "
        "Say which exception allows the use of sensitive data. (Art. 9(2)) "
        "Say until which day it is kept. (Art. 5(1)(e))"
    )
    assert (refusal.value.field, refusal.value.rule) == ("basis", "GDPR Art. 6(1), Art. 9(2), Art. 5(1)(e)")
    state(dataset, by=dataset.steward, said=make.PERSONAL)
    assert actions.publish_dataset(dataset, by=dataset.steward).state == "published"


@pytest.mark.django_db
def test_a_published_entry_stays_complete_and_the_log_gets_no_words():
    dataset = make.published()
    with pytest.raises(Invalid):
        state(dataset, by=dataset.steward, said=make.PERSONAL | {"basis": ""})
    with pytest.raises(NotAllowed):
        state(dataset, by=person(Role.STEWARD, organisation=organisation()), said=make.PERSONAL)
    kept = state(dataset, by=person(Role.OFFICE), said=make.PERSONAL | {"keep_why": "zq"})
    assert (kept.keep_why, kept.dataset_id) == ("zq", dataset.pk)
    assert [e.data for e in Event.objects.filter(thing=kept.thing)] == [{}, {}]
    open_ = make.dataset(access="public", contains_personal_data=False)
    with pytest.raises(NotAboutPeople):
        state(open_, by=open_.steward, said=make.PERSONAL)


@pytest.mark.django_db
def test_what_another_factory_did_not_tell_keeps_its_data_from_use():
    dataset = make.dataset(personal=None)
    make.version(dataset)
    told = make.PERSONAL | {"basis": "because", "condition": ["x"], "subjects": 7}
    state_as_told(dataset, told, by=dataset.steward)
    assert queries.said_of(dataset).controller == "Ziekenhuis De Linde"
    with pytest.raises(LawNotTold, match=r"Art\. 6\(1\)"):
        actions.publish_dataset(dataset, by=dataset.steward)


USE = {"kind": "use", "title": "Breast cells under the microscope", "controller": "Ziekenhuis De Linde",
       "basis": "public_task", "condition": "research", "categories": ["traits", "health"], "subjects": ["patients"],
       "purpose": make.PURPOSE, "keep_until": "2099-12-31", "country": "NL", "outside_eea": False, "state": "in_force",
       "measures": ["grants", "agreement", "log", "checksums", "sealed", "hidden", "no-download", "delete-at-end"],
       "uses": 2}  # fmt: skip


@pytest.mark.django_db
def test_an_entry_grows_from_an_agreement_and_its_uses(django_assert_num_queries):
    dataset = make.published()
    agreement = make.in_force(make.offer(dataset))
    make.requested(make.offer(dataset))  # asked is not yet agreed
    make.in_force(make.offer(make.published(access="public", contains_personal_data=False)))
    first, later = clock.now(), clock.now() + timedelta(days=1)
    for name, at in (("run_a", first), ("run_b", later)):
        with clock.frozen(at):
            agreeing.mount_grant(
                agreement, version=agreement.version, project=agreement.project, job="job_1", attempt=name
            )
    user = make.User.objects.get(pk=agreement.requested_by_id)
    with django_assert_num_queries(4):  # one is for the memberships of the one who asks
        (entry,) = queries.use_facts(list(queries.uses(user)))
    assert {name: entry[name] for name in USE} == USE
    assert entry["who"] == agreement.organisation.name
    assert (entry["first_use"], entry["last_use"]) == (clock.stamp(first), clock.stamp(later))
    (kept,) = queries.store_facts(list(queries.stored(dataset.steward)))
    assert (kept["kind"], kept["recipients"], kept["uses"], kept["who"]) == (
        "store", [agreement.organisation.name], 2, "Ziekenhuis De Linde",
    )  # fmt: skip
    stranger = person(organisation=organisation())
    assert (list(queries.uses(stranger)), list(queries.stored(stranger)), list(queries.stored(None))) == (
        [],
        [],
        [],
    )
    assert len(list(queries.every_entry(person(Role.AUDITOR)))) == 2


@pytest.mark.django_db
def test_the_whole_record_as_a_file(monkeypatch):
    user = make.steward()
    for n in range(3):
        make.published(user, title=f"=Set {n}")
    monkeypatch.setattr(queries, "PIECE", 2)
    rows = json.loads("".join(written(queries.every_entry(user), "json")[1]))
    assert [row["title"] for row in rows] == ["=Set 0", "=Set 1", "=Set 2"]
    sheet = list(csv.DictReader(io.StringIO("".join(written(queries.every_entry(user), "csv")[1]))))
    assert [row["title"] for row in sheet] == ["'=Set 0", "'=Set 1", "'=Set 2"]
    assert {row["categories"] for row in sheet} == {"traits; health"}
    assert sheet[0].keys() == rows[0].keys()


@pytest.mark.django_db
def test_the_record_costs_the_same_for_many(django_assert_num_queries):
    user = make.steward()
    for _ in range(2):
        make.in_force(make.offer(make.published(user)))
    assert user.organisation_ids
    office = person(Role.OFFICE)
    with django_assert_num_queries(3):
        assert len(queries.use_facts(list(queries.uses(office)))) == 2
    with django_assert_num_queries(4):
        assert len(queries.store_facts(list(queries.stored(user)))) == 2
