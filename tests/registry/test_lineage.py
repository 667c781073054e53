"""A model made of data, or of what was made of it, is found; and so is one that is registered later."""

from aifactory.datasets.erasure import actions as erasing
from aifactory.datasets.models import Dataset
from aifactory.registry import actions
from aifactory.registry.lineage import attempts_from, models_from
from aifactory.supercomputer.models import Attempt, Job
from tests.datasets import factories as data
from tests.registry import factories as make


def derived(attempt: Attempt) -> Attempt:
    """A finished run of the same project that read the results of another, and no dataset."""
    job = attempt.job
    inputs = [{"role": "model", "attempt": attempt.pk, "files": []}]
    second = Job.objects.create(
        **{f.attname: getattr(job, f.attname) for f in Job._meta.concrete_fields}
        | {"id": f"{job.pk}2", "inputs": inputs, "request_key": None}
    )
    files = [{"path": "model.skops", "key": "x", "digest": "sha256:00", "size": 1}]
    return Attempt.objects.create(
        job=second, number=1, name=f"{attempt.name}-2", engine="simulated", state="completed", outputs=files
    )


def test_what_was_made_of_data_is_found_through_every_step(plant, django_assert_num_queries):
    version = make.registered(plant)
    second = derived(version.attempt)
    third = derived(second)
    data.in_force(data.offer(data.published()), plant.project)  # other data, no run
    source = plant.agreement.version_id
    with django_assert_num_queries(3):
        assert attempts_from([source]) == {version.attempt_id, second.pk, third.pk}
    assert [m.pk for m in models_from([source])] == [version.pk]
    others = Dataset.objects.exclude(versions=source).values_list("versions", flat=True)
    assert attempts_from(list(others)) == set()


def test_a_model_gets_a_duty_also_when_it_is_registered_after_all_was_answered(plant):
    version = make.registered(plant)
    dataset = plant.agreement.version.dataset
    steward = dataset.steward
    erasure = erasing.record(dataset, by=steward, reference="2026-014", cause="withdrawn")
    duty = erasure.duties.get(kind="model")
    assert (duty.subject, duty.name) == (version.thing, "Tumour finder 1")
    assert duty.organisation_id == plant.project.organisation_id
    erasing.answer(
        duty, by=plant.user, met=False, statement="It holds averages of 300 people, nothing of one."
    )
    erasing.answer(erasure.duties.get(kind="copies"), by=plant.user, met=True, statement="Nothing is left.")
    second = make.trained(plant)
    erasing.answer(erasure.duties.get(kind="version"), by=steward, met=False, statement="Art. 17(3)(d).")
    erasure.refresh_from_db()
    assert erasure.state == "done"
    late = actions.register(second, by=plant.user, name="Tumour finder", intended_use="As before.")
    erasure.refresh_from_db()
    assert (erasure.state, erasure.duties.get(state="open").subject) == ("open", late.thing)
