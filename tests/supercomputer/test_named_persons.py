"""Who may use the data of an agreement changes while it goes on: in by consent of both, out by a word of either."""

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.awards.actions import add_member
from aifactory.datasets import actions as data
from aifactory.datasets import contracts
from aifactory.datasets.agreeing import AskedAlready
from aifactory.datasets.contracts import NoValidAgreement
from aifactory.datasets.models import Agreement
from aifactory.datasets.named_persons import queries
from aifactory.datasets.named_persons.actions import NobodyIsNamed, ask_to_add, decide, remove
from aifactory.datasets.named_persons.lifecycle import PERSONS_CHANGE, AgreementIsNotInForce
from aifactory.datasets.named_persons.models import PersonsChange
from aifactory.kit import clock
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.kit.signing import verify_envelope
from aifactory.notices.events import lines_of
from aifactory.ports.desk import CancelOrder
from aifactory.ports.keys import Signer
from aifactory.ports.registry import get
from aifactory.supercomputer import actions
from aifactory.supercomputer.desk import PortalDesk, stop_without_agreement
from aifactory.supercomputer.secure.walls import OnlyNamedPersons
from tests.awards.factories import GRANTOR
from tests.datasets import factories as datasets
from tests.people.factories import person
from tests.supercomputer.secure_factories import inside


def colleague(plant):
    """Return another person who works on the project, and signs nothing for the organisation."""
    user = person(organisation=plant.project.organisation)
    user.memberships.update(representative=False)
    add_member(plant.project, user, by=GRANTOR)
    return user


def named(here) -> list[str]:
    return Agreement.objects.get(pk=here.agreement.pk).named


def signed(envelope: str) -> tuple[str, str, dict]:
    payload = verify_envelope(envelope, get(Signer).public_keys(), payload_type=contracts.PERSONS_TYPE)
    return payload["party"], payload["signed_by"], payload["amendment"]


def submit(plant, here, user):
    return actions.submit(
        plant.project, by=user, recipe="tabular-classifier", parameters={"target": "malignant"},
        inputs={"table": here.agreement.version_id}, cores=1, wall_seconds=600, engine="simulated",
    )  # fmt: skip


def test_the_life_of_a_change():
    assert PERSONS_CHANGE.reachable() == set(PERSONS_CHANGE.states)


def test_somebody_joins_by_consent_of_both_who_sign_the_same_amendment(plant):
    here, other = inside(plant), colleague(plant)
    contract = here.agreement.contract()
    change = ask_to_add(here.agreement, [other, plant.user], by=plant.user, explanation=" Helps. ")
    assert (change.state, change.persons, change.explanation) == ("asked", [other.pk], "Helps.")
    with pytest.raises(OnlyNamedPersons):
        submit(plant, here, other)
    with pytest.raises(AskedAlready):
        ask_to_add(here.agreement, [colleague(plant)], by=plant.user)
    with pytest.raises(NotAllowed):
        decide(change, "accept", by=plant.user)

    change = decide(change, "accept", by=here.steward)

    agreed = Agreement.objects.get(pk=here.agreement.pk)
    amendment = {
        "schema": "aifactory/agreement-persons/1",
        "change": change.pk,
        "agreement": agreed.pk,
        "contract": agreed.digest,
        "add": [other.pk],
    }
    assert signed(change.user_signature) == ("user", plant.user.pk, amendment)
    assert signed(change.holder_signature) == ("holder", here.steward.pk, amendment)
    assert (agreed.contract(), agreed.named) == (contract, sorted([plant.user.pk, other.pk]))
    assert submit(plant, here, other).secure == [agreed.pk]
    told = Event.objects.filter(name__in=["persons:ask", "persons:accept", "agreement:name_persons"])
    assert [(e.name, e.data) for e in told.order_by("pk")] == [
        ("persons:ask", {"agreement": agreed.pk, "persons": [other.pk]}),
        ("persons:accept", {"agreement": agreed.pk, "persons": [other.pk]}),
        ("agreement:name_persons", {"change": change.pk}),
    ]


def test_who_is_taken_off_the_list_loses_running_jobs_in_the_next_round(plant, client):
    here, other = inside(plant), colleague(plant)
    decide(ask_to_add(here.agreement, [other], by=plant.user), "accept", by=here.steward)
    plant.behaviour |= {"seconds": 500.0}
    mine, theirs = (actions.start(submit(plant, here, user), by=user) for user in (plant.user, other))
    plant.turn()
    assert stop_without_agreement() == []

    change = remove(Agreement.objects.get(pk=here.agreement.pk), other, by=here.steward, reason="Left.")

    party, by, amendment = signed(change.holder_signature)
    assert (party, by, amendment["remove"], change.user_signature) == (
        "holder", here.steward.pk, [other.pk], "",
    )  # fmt: skip
    assert [job.pk for job in stop_without_agreement()] == [theirs.pk]
    assert stop_without_agreement() == []
    (cancel,) = (order for order in PortalDesk().orders("simulated") if isinstance(order, CancelOrder))
    assert cancel.reason == (
        f"Only the people named in the agreement {here.agreement.pk} may run jobs on this data."
    )
    plant.turn()
    theirs.refresh_from_db()
    mine.refresh_from_db()
    assert (theirs.state, mine.state, named(here)) == ("cancelled", "running", [plant.user.pk])
    client.force_login(other)
    shown = client.get(f"/jobs/{theirs.pk}/", headers={"Accept-Language": "nl"}).content.decode()
    assert "Only the people named" not in shown
    assert f"Alleen de mensen die in de overeenkomst {here.agreement.pk} staan" in shown
    with pytest.raises(OnlyNamedPersons):
        submit(plant, here, other)


@pytest.mark.thorough
def test_either_party_removes_and_an_empty_list_lets_nobody_in(plant):
    here = inside(plant)
    with pytest.raises(NotAllowed):
        remove(here.agreement, plant.user, by=colleague(plant), reason="I want it.")
    with pytest.raises(Invalid, match="reason"):
        remove(here.agreement, plant.user, by=plant.user, reason=" ")
    change = remove(here.agreement, plant.user, by=plant.user, reason="On leave.")
    assert (signed(change.user_signature)[0], change.holder_signature, named(here)) == ("user", "", [])
    with pytest.raises(OnlyNamedPersons):
        submit(plant, here, plant.user)
    agreement = Agreement.objects.get(pk=here.agreement.pk)
    with pytest.raises(Invalid, match="is not among the people"):
        remove(agreement, plant.user, by=plant.user, reason="On leave.")
    decide(ask_to_add(agreement, [plant.user], by=plant.user), "accept", by=here.steward)
    assert named(here) == [plant.user.pk]


@pytest.mark.thorough
def test_what_cannot_be_asked(plant):
    here, other = inside(plant), colleague(plant)
    with pytest.raises(NobodyIsNamed):
        ask_to_add(plant.agreement, [other], by=plant.user)
    with pytest.raises(Invalid, match="may not use the data yet"):
        ask_to_add(here.agreement, [plant.user], by=plant.user)
    with pytest.raises(Invalid, match="Name people who work on the project"):
        ask_to_add(here.agreement, [person()], by=plant.user)
    with pytest.raises(NotAllowed):
        ask_to_add(here.agreement, [other], by=other)
    refused = ask_to_add(here.agreement, [other], by=plant.user)
    with pytest.raises(Invalid, match="reason"):
        decide(refused, "refuse", by=here.steward)
    refused = decide(refused, "refuse", by=here.steward, reason="Not a doctor.")
    assert (refused.state, refused.reason, named(here)) == ("refused", "Not a doctor.", [plant.user.pk])
    with pytest.raises(NotPossibleNow):
        decide(refused, "accept", by=here.steward)
    taken_back = ask_to_add(here.agreement, [other], by=plant.user)
    assert decide(taken_back, "withdraw", by=plant.user).state == "withdrawn"
    waits = ask_to_add(here.agreement, [other], by=plant.user)
    data.suspend_agreement(here.agreement, by=here.steward, reason="A leak is looked into")
    waits = PersonsChange.objects.get(pk=waits.pk)
    with pytest.raises(AgreementIsNotInForce):
        decide(waits, "accept", by=here.steward)
    remove(waits.agreement, plant.user, by=here.steward, reason="A leak.")
    assert named(here) == []


@pytest.mark.thorough
def test_under_an_offer_that_needs_no_decision_nobody_waits(plant):
    offer = datasets.offer(datasets.published(), environment="blind", self_service=True)
    agreement, other = datasets.in_force(offer, plant.project), colleague(plant)
    change = ask_to_add(agreement, [other], by=plant.user)
    assert (change.state, signed(change.holder_signature)[1]) == ("in_force", offer.offered_by_id)
    assert contracts.persons_signed(agreement) == sorted([plant.user.pk, other.pk])


@pytest.mark.thorough
def test_a_list_that_was_changed_past_the_signatures_opens_nothing(plant):
    here, other, third = inside(plant), colleague(plant), colleague(plant)
    change = decide(ask_to_add(here.agreement, [other], by=plant.user), "accept", by=here.steward)
    submit(plant, here, other)
    forged = sorted([plant.user.pk, other.pk, third.pk])
    Agreement.objects.filter(pk=here.agreement.pk).update(persons_now=forged)
    with pytest.raises(NoValidAgreement, match="The list of people differs from what was signed"):
        submit(plant, here, other)
    PersonsChange.objects.filter(pk=change.pk).update(persons=[other.pk, third.pk])
    with pytest.raises(NoValidAgreement, match="differs from what was signed"):
        submit(plant, here, other)
    PersonsChange.objects.filter(pk=change.pk).update(persons=[other.pk], holder_signature="")
    with pytest.raises(NoValidAgreement, match="does not hold"):
        submit(plant, here, other)


@pytest.mark.thorough
def test_a_renewal_names_who_is_named_now(plant):
    soon = clock.now() + timedelta(days=1)
    here, other = inside(plant), colleague(plant)
    Agreement.objects.filter(pk=here.agreement.pk).update(valid_until=soon)
    decide(ask_to_add(here.agreement, [other], by=plant.user), "accept", by=here.steward)
    agreement = Agreement.objects.get(pk=here.agreement.pk)
    assert data.renew_agreement(agreement, by=plant.user).named == sorted([plant.user.pk, other.pk])


@pytest.mark.thorough
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.booleans(), st.integers(0, 2)), max_size=6))
def test_whatever_changes_come_the_list_is_what_was_signed(plant_with_people, moves):
    here, people = plant_with_people
    agreement = Agreement.objects.get(pk=here.agreement.pk)
    for one in people:  # from the same beginning each time
        if one.pk in agreement.named:
            remove(agreement, one, by=here.steward, reason="Begin anew.")
            agreement.refresh_from_db()
    expected: set[str] = set()
    for joins, who in moves:
        agreement.refresh_from_db()
        try:
            if joins:
                decide(ask_to_add(agreement, [people[who]], by=people[0]), "accept", by=here.steward)
            else:
                remove(agreement, people[who], by=people[0], reason="Not needed.")
        except Invalid:
            assert joins == (people[who].pk in expected)
            continue
        expected = expected | {people[who].pk} if joins else expected - {people[who].pk}
    agreement.refresh_from_db()
    assert set(agreement.named) == set(contracts.persons_signed(agreement)) == expected


@pytest.fixture
def plant_with_people(plant):
    return inside(plant), [plant.user, colleague(plant), colleague(plant)]


def test_on_pages_over_the_api_and_in_the_lists_of_who_must_act(plant, client, django_assert_num_queries):
    here, other = inside(plant), colleague(plant)
    page, api = f"/agreements/{here.agreement.pk}/persons/", f"/api/v1/agreements/{here.agreement.pk}/persons"
    client.force_login(plant.user)
    assert "Change who may use the data" in client.get(f"/agreements/{here.agreement.pk}/").content.decode()
    wrong = client.post(page, {"persons": "nobody@nowhere.example", "explanation": "Helps."})
    assert "Nobody has an account with this address." in wrong.content.decode()
    assert client.post(page, {"persons": other.email, "explanation": "Helps."}).url == page
    change = PersonsChange.objects.get()
    assert f"To be added: {other.name}" in client.get(page).content.decode()
    ((_kind, line),) = lines_of("persons:ask")
    assert here.steward in line.to(change)

    client.force_login(here.steward)
    assert "People who want to use your data" in client.get("/desk/").content.decode()
    assert "Agree and sign for the holder" in client.get(page).content.decode()
    answer = client.post(f"/persons-changes/{change.pk}/", {"step": "accept"})
    assert (answer.url, named(here)) == (page, sorted([plant.user.pk, other.pk]))
    assert list(queries.waiting_for(here.steward)) == []
    gone = {"person": other.pk, "reason": "Left the group."}
    assert client.post(f"{page}remove/", gone).url == page
    shown = client.get(page).content.decode()
    assert "Left the group." in shown
    assert client.post(f"{page}remove/", gone).status_code == 422

    client.force_login(plant.user)
    body = {"persons": [other.email], "explanation": "Is back."}
    made = client.post(api, json.dumps(body), content_type="application/json")
    assert (made.status_code, made.json()["persons"]) == (201, [{"id": other.pk, "name": other.name}])
    client.force_login(here.steward)
    step = f"/api/v1/persons-changes/{made.json()['id']}/accept"
    assert client.post(step, "{}", content_type="application/json").json()["state"] == "in_force"
    body = {"person": other.email, "reason": "Left again."}
    answer = client.post(f"{api}/remove", json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json()["kind"], answer.json()["state"]) == (201, "remove", "in_force")
    found = client.get(api).json()
    assert found["persons"] == [{"id": plant.user.pk, "name": plant.user.name}]
    assert [(c["kind"], c["state"]) for c in found["changes"]] == [
        ("remove", "in_force"), ("add", "in_force"), ("remove", "in_force"), ("add", "in_force"),
    ]  # fmt: skip
    with django_assert_num_queries(2):
        queries.list_facts(here.agreement)
    kept = client.get(f"/api/v1/agreements/{here.agreement.pk}/signed").json()["persons_changes"]
    assert sorted(kept[0]["amendment"]) == [
        "add",
        "agreement",
        "change",
        "contract",
        "schema",
    ]
