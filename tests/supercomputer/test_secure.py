"""The secure environment: who may run what, what goes in, and how a file comes out."""

import json

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aifactory.audit.models import Event
from aifactory.awards.actions import add_member
from aifactory.datasets import actions as data
from aifactory.datasets.contracts import NoValidAgreement, may_leave
from aifactory.kit.errors import Invalid, NotAllowed, Refused
from aifactory.people.models import User
from aifactory.ports.desk import RunOrder
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer import actions, queries
from aifactory.supercomputer.desk import PortalDesk
from aifactory.supercomputer.models import Attempt, Job
from aifactory.supercomputer.secure import actions as secure
from aifactory.supercomputer.secure.guards import CannotBeReleased, NotIndependent, TwoPeopleMustLook
from aifactory.supercomputer.secure.models import OutputFile
from aifactory.supercomputer.secure.walls import (
    CodeIsNotReviewed,
    IsWithheld,
    NotInOneEnvironment,
    OnlyNamedPersons,
)
from aifactory.supercomputer.uploads.actions import bring
from tests.awards.factories import GRANTOR
from tests.datasets import factories as datasets
from tests.people.factories import person
from tests.supercomputer.secure_factories import ROWS, inside

WHY = "Groups of more than a hundred people."


def member(plant) -> User:
    user = person(organisation=plant.project.organisation)
    add_member(plant.project, user, by=GRANTOR)
    return user


def test_only_the_people_whom_both_signed_for_run_jobs_on_the_data(plant):
    here = inside(plant)
    assert here.agreement.contract()["persons"] == [plant.user.pk]
    other = member(plant)
    table = {"inputs": {"table": here.agreement.version_id}}
    with pytest.raises(OnlyNamedPersons, match="Only the people named in the agreement"):
        actions.submit(
            plant.project, by=other, recipe="tabular-classifier", parameters={"target": "malignant"}, **table
        )
    job = plant.submit(**table)
    assert (job.secure, job.agreements) == ([here.agreement.pk], [here.agreement.pk])
    with pytest.raises(NotInOneEnvironment, match="have a network"):
        plant.submit(recipe="distributed-training", nodes=2, **table)
    plant.behaviour |= {"exit_code": 3}
    attempt = here.run()
    with pytest.raises(OnlyNamedPersons):
        actions.retry(attempt.job, by=other)
    plant.project.members.filter(user=plant.user).update(until=attempt.created_at)
    with pytest.raises(Refused):
        here.run()


def test_persons_are_people_of_the_project(plant):
    offer = datasets.offer(datasets.published(), environment="blind")
    asked = {
        "by": plant.user,
        "version": offer.dataset.versions.get(),
        "project": plant.project,
        "purpose": datasets.PURPOSE,
    }
    with pytest.raises(Invalid, match="Name people who work on the project"):
        data.request_agreement(offer, **asked, persons=[person()])
    other = member(plant)
    agreement = data.request_agreement(offer, **asked, persons=[other])
    assert agreement.named == [other.pk]


def test_data_that_stays_inside_is_neither_downloaded_nor_sent_to_another_factory(plant, client):
    with pytest.raises(Invalid, match="can't be downloaded"):
        datasets.offer(datasets.published(), environment="blind", actions=["analyse", "download"])
    with pytest.raises(Invalid, match="no word for this: environment glass"):
        datasets.offer(datasets.published(), environment="glass")
    here = inside(plant)
    client.force_login(plant.user)
    file = here.agreement.version.files.get()
    assert client.get(f"/api/v1/dataset-files/{file.pk}").status_code == 403
    with pytest.raises(NoValidAgreement, match="not sent to another"):
        may_leave(here.agreement)
    may_leave(plant.agreement)


def test_what_a_job_wrote_and_printed_stays_inside(plant):
    here = inside(plant)
    kept = here.kept()
    attempt = Attempt.objects.get(pk=kept.attempt_id)
    assert (attempt.state, attempt.outputs, attempt.log, attempt.progress) == ("completed", [], "", {})
    assert [file["path"] for file in kept.files] == ["metrics.json", "table.csv", "log.txt"]
    assert (kept.holder_id, kept.checkers) == (here.agreement.offer.dataset.holder_id, 1)
    with pytest.raises(IsWithheld, match="stays in the secure environment"):
        queries.log_after(attempt, 0, by=plant.user)
    for name in ("table.csv", "no-such-file"):
        with pytest.raises(IsWithheld):
            queries.result(attempt, name, by=plant.user)
    assert Event.objects.get(name="output:withhold").data == {"attempt": attempt.pk}


def test_how_a_job_failed_tells_nothing_that_it_chose(plant):
    here = inside(plant)
    plant.behaviour |= {"exit_code": 42}
    kept = here.kept()
    attempt, job = (
        Attempt.objects.get(pk=kept.attempt_id),
        Job.objects.get(secure__isnull=False, attempts=kept.attempt),
    )
    assert (attempt.state, attempt.exit_code, attempt.facts) == ("failed", None, {"node": "simulated"})
    assert "42" not in attempt.reason + job.reason
    assert job.reason.startswith("It failed. What it printed stays in the secure environment")
    assert kept.facts["exit_code"] == 42


def test_a_job_on_what_such_a_job_made_is_inside_too(plant):
    here = inside(plant)
    first = here.kept().attempt
    wish = {"recipe": "batch-inference", "inputs": {"model": first.pk, "table": plant.agreement.version_id}}
    job = plant.submit(**wish, parameters={})
    assert job.secure == [here.agreement.pk]
    assert "table.csv" not in json.dumps([job.inputs, queries.job_facts(job)])
    actions.start(job, by=plant.user)
    orders = {order.attempt: order for order in PortalDesk().orders("simulated")}
    order = orders[job.attempts.get().name]
    assert isinstance(order, RunOrder)
    (model,) = (one for one in order.inputs if one.role == "model")
    assert ({file.path for file in model.files}, order.restricted) == (
        {"metrics.json", "table.csv", "log.txt"},
        True,
    )
    data.end_agreement(here.agreement, by=here.steward, reason="The study is over")
    with pytest.raises(NoValidAgreement, match="ended"):
        plant.submit(**wish, parameters={})


def test_own_code_runs_only_as_the_holder_read_it(plant):
    here = inside(plant)
    files = [("main.py", [b"print('hello')"])]
    first, second = (bring(plant.project, by=plant.user, title="Mine", files=files) for _ in range(2))
    wish = {"recipe": "own-script", "parameters": {}}
    inputs = {"code": first.pk, "data": here.agreement.version_id}
    with pytest.raises(CodeIsNotReviewed, match="has not approved these files"):
        plant.submit(**wish, inputs=inputs)
    review = secure.ask_review(here.agreement, first, by=plant.user, explanation="It says hello.")
    with pytest.raises(secure.AskedAlready):
        secure.ask_review(here.agreement, first, by=plant.user, explanation="Again.")
    with pytest.raises(NotAllowed):
        secure.read_code(review, "main.py", by=plant.user)
    with pytest.raises(NotAllowed):
        secure.decide_review(review, "approve", by=plant.user, reason="It is fine.")
    assert b"".join(secure.read_code(review, "main.py", by=here.steward).chunks) == b"print('hello')"
    add_member(plant.project, here.steward, by=GRANTOR)
    with pytest.raises(NotIndependent):
        secure.decide_review(review, "approve", by=here.steward, reason="It is fine.")
    secure.decide_review(review, "approve", by=here.colleague(), reason="It is fine.")
    job = actions.start(plant.submit(**wish, inputs=inputs), by=plant.user)
    with pytest.raises(CodeIsNotReviewed):
        plant.submit(**wish, inputs=inputs | {"code": second.pk})
    secure.decide_review(review, "withdraw", by=here.colleague(), reason="It writes too much.")
    assert not [order for order in PortalDesk().orders("simulated") if isinstance(order, RunOrder)]
    job.refresh_from_db()
    assert (job.state, "has not approved" in job.reason) == ("failed", True)


def test_a_released_file_is_a_result_like_any_other_and_bound_to_its_digest(plant):
    here = inside(plant)
    kept = here.kept()
    release = secure.ask_release(kept, ["table.csv", " log.txt "], by=plant.user, reason=WHY)
    table, log = release.files.order_by("pk")
    assert (table.signs, log.signs) == ([], [])
    with pytest.raises(secure.AskedAlready):
        secure.ask_release(kept, ["table.csv"], by=plant.user, reason=WHY)
    with pytest.raises(NotAllowed):
        secure.look(table, by=plant.user)
    assert b"".join(secure.look(table, by=here.steward).chunks) == ROWS
    secure.decide_file(log, "refuse", by=here.steward, reason="Print less: a line an epoch.")
    secure.decide_file(table, "release", by=here.steward, reason="All groups are large.")
    attempt = Attempt.objects.get(pk=kept.attempt_id)
    (file,) = attempt.outputs
    place = f"attempts/{attempt.name}/table.csv"
    assert file == {"path": "table.csv", "key": place, "digest": table.digest, "size": len(ROWS)}
    assert b"".join(queries.result(attempt, "table.csv", by=plant.user).chunks) == ROWS
    with pytest.raises(IsWithheld):
        queries.result(attempt, "log.txt", by=plant.user)
    assert Event.objects.get(name="output:release").data == {"digest": table.digest}
    again = secure.ask_release(kept, ["log.txt"], by=plant.user, reason=WHY)
    assert again.files.get().state == "asked"
    (get(ObjectStore).root / place).write_bytes(b"other bytes")
    with pytest.raises(IsWithheld):
        queries.result(attempt, "table.csv", by=plant.user)


def test_no_copy_leaves_and_nothing_against_the_terms_or_after_a_stop(plant):
    here = inside(plant)
    kept = here.kept({"harmless.txt": datasets.CSV, "table.csv": ROWS})
    release = secure.ask_release(kept, ["harmless.txt", "table.csv"], by=plant.user, reason=WHY)
    copy, table = release.files.order_by("pk")
    assert [sign["rule"] for sign in copy.signs] == ["copy"]
    with pytest.raises(CannotBeReleased, match="copy of the data"):
        secure.decide_file(copy, "release", by=here.steward, reason="It looks fine.")
    data.suspend_agreement(here.agreement, by=here.steward, reason="A leak is looked into")
    with pytest.raises(CannotBeReleased, match="was stopped"):
        secure.decide_file(table, "release", by=here.steward, reason="It looks fine.")
    with pytest.raises(NoValidAgreement):
        secure.ask_release(kept, ["log.txt"], by=plant.user, reason=WHY)
    kept = inside(plant, actions=["analyse", "train"]).kept()
    with pytest.raises(NoValidAgreement, match="No results leave under the agreement"):
        secure.ask_release(kept, ["table.csv"], by=plant.user, reason=WHY)


@pytest.fixture
def four_eyes(plant):
    """A file that two people must look at, and everybody who might try."""
    here = inside(plant, "blind-two-checkers")
    file = secure.ask_release(here.kept(), ["table.csv"], by=plant.user, reason=WHY).files.get()
    involved = here.colleague()
    add_member(plant.project, involved, by=GRANTOR)
    people = [here.steward, here.colleague(), involved, plant.user, person()]
    return file, people


def test_two_people_and_no_fewer_release_what_the_terms_say_so(four_eyes):
    file, (first, second, *_others) = four_eyes
    with pytest.raises(TwoPeopleMustLook):
        secure.decide_file(file, "release", by=first, reason="Fine.")
    secure.decide_file(file, "approve", by=first, reason="Fine by me.")
    with pytest.raises(NotIndependent, match="somebody else must look too"):
        secure.decide_file(file, "release", by=first, reason="Fine.")
    done = secure.decide_file(file, "release", by=second, reason="Fine by me too.")
    assert (done.state, done.first_checker_id, done.checker_id) == ("released", first.pk, second.pk)
    told = Event.objects.filter(name__startswith="output:").order_by("pk").values_list("name", flat=True)
    assert [name.removeprefix("output:") for name in told] == [
        "withhold", "ask", "examine", "approve", "release",
    ]  # fmt: skip


@pytest.mark.thorough
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from(["approve", "release", "refuse", "withdraw"])),
        max_size=6,
    )
)
def test_whatever_people_try_two_independent_checkers_released_it_or_nobody_did(four_eyes, moves):
    file, people = four_eyes
    before, looked = "asked", []
    with transaction.atomic():
        for who, step in moves:
            file = OutputFile.objects.get(pk=file.pk)
            may = {
                "approve": before == "asked" and who in {0, 1},
                "release": before == "half" and who in {0, 1} and looked != [who],
                "refuse": before in {"asked", "half"} and who in {0, 1} and looked != [who],
                "withdraw": before in {"asked", "half"} and who == 3,
            }[step]
            try:
                secure.decide_file(file, step, by=people[who], reason="Because.")
            except Refused:
                assert not may, (before, who, step)
                continue
            assert may, (before, who, step)
            looked += [who] if step == "approve" else []
            before = {"approve": "half", "release": "released", "refuse": "refused", "withdraw": "withdrawn"}[
                step
            ]
        released = [f["path"] for f in Attempt.objects.get(pk=file.release.withheld.attempt_id).outputs]
        assert released == (["table.csv"] if before == "released" else [])
        transaction.set_rollback(True)
