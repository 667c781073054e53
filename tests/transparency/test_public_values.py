"""What a dataset gives back, and a card whose every claim has evidence or says that it has none."""

import pytest

from aifactory.audit.sealing import seal_all
from aifactory.datasets import actions as datasets
from aifactory.datasets.models import Agreement, Dataset, Mount
from aifactory.people.models import Role
from aifactory.supercomputer.models import Usage
from aifactory.transparency import actions
from aifactory.transparency.public_values import energy as energy_module
from aifactory.transparency.public_values.card import NO_VERSION, NONE, PROVEN, SAID, Line, card
from aifactory.transparency.public_values.queries import trust, values_of
from tests.datasets import factories as data
from tests.people.factories import person
from tests.registry import factories as make

READ = {"kwh": 2.0, "kwh_low": 1.5, "kwh_high": 2.5, "grams": 600.0, "grams_low": 400.0, "grams_high": 900.0}


def runs(agreement: Agreement, *energies: dict[str, object] | None) -> None:
    """Let runs of a project use the data, each with what was read of its energy (None: it has not ended)."""
    from aifactory.awards.models import Project
    from aifactory.supercomputer.models import Attempt, Job

    project = Project.objects.get(pk=agreement.project)
    plain = {"core_seconds": 1, "gpu_seconds": 0, "wall_seconds": 1.0}
    for n, read in enumerate(energies):
        job = Job.objects.create(
            project=project, submitted_by=project.leader, title="t", recipe="r", recipe_version="1",
            recipe_digest="d", cores=1, memory_bytes=1, wall_seconds=1, deadline=project.ends_at,
            planned_start=project.ends_at,
        )  # fmt: skip
        attempt = Attempt.objects.create(job=job, number=1, name=f"{agreement.pk}-{n}", engine="local")
        Mount.objects.create(agreement=agreement, attempt=attempt.name)
        if read is not None:
            Usage.objects.create(attempt=attempt, project=project, **(plain | read))


@pytest.fixture
def agreement(db, store):
    return data.in_force(data.offer(data.published()))


def test_energy_is_a_sum_with_its_bounds_and_no_reading_is_never_zero(agreement):
    dataset = agreement.offer.dataset
    nothing = {"runs": 0, "few": False, "without_reading": 0, "kwh": None, "grams_co2eq": None, "methods": []}
    assert energy_module.energy_of(dataset, hide=False) == nothing | {"simulated": False}
    runs(agreement, None, {"kwh": None})
    assert energy_module.energy_of(dataset, hide=False) == nothing | {
        "runs": 2, "without_reading": 2, "simulated": False,
    }  # fmt: skip
    other = data.in_force(data.offer(dataset))
    runs(
        other,
        READ | {"method": "D"},
        READ | {"method": "D", "kwh_low": 1.0, "simulated": True},
        READ | {"method": "C"},
    )
    assert energy_module.energy_of(dataset, hide=False) == {
        "runs": 5, "few": False, "without_reading": 2, "simulated": True,
        "kwh": {"value": 6.0, "low": 4.0, "high": 7.5},
        "grams_co2eq": {"value": 1800.0, "low": 1200.0, "high": 2700.0},
        "methods": [{"method": "D", "runs": 2}, {"method": "C", "runs": 1}],
    }  # fmt: skip
    hidden = energy_module.energy_of(dataset, hide=True)
    assert (hidden["runs"], hidden["few"], hidden["without_reading"]) == (None, True, None)
    assert hidden["methods"] == [{"method": "D", "runs": None}, {"method": "C", "runs": None}]
    assert hidden["kwh"] == {"value": 6.0, "low": 4.0, "high": 7.5}


def test_a_stranger_cannot_subtract_a_small_count_from_the_rest(agreement):
    runs(agreement, *[READ | {"method": "D"}] * 11, None)
    dataset = agreement.offer.dataset
    shown = energy_module.energy_of(dataset, hide=True)
    assert (shown["runs"], shown["without_reading"], shown["methods"]) == (
        12, None, [{"method": "D", "runs": None}],
    )  # fmt: skip
    assert values_of(dataset, person())["energy"]["without_reading"] is None
    assert values_of(dataset, dataset.steward)["energy"]["without_reading"] == 1
    Dataset.objects.update(access="public", contains_personal_data=False)
    dataset.refresh_from_db()
    assert values_of(dataset, None)["energy"]["without_reading"] == 1


def test_benefits_are_models_reports_and_results_of_the_runs_that_had_it(plant, tmp_path):
    model = make.released(plant, tmp_path)
    dataset = plant.agreement.offer.dataset
    actions.record_outcome(
        plant.project,
        by=plant.user,
        kind="publication",
        title="A paper",
        evidence="https://doi.org/10.5555/1",
    )
    actions.draft(plant.project, by=plant.user)
    found = values_of(dataset, None)["benefits"]
    assert [(one["kind"], one["name"], one["page"], one["evidence"]) for one in found] == [
        ("model", "Tumour finder 1", f"/models/{model.pk}/", model.digest),
        ("publication", "A paper", f"/register/projects/{plant.project.pk}/", "https://doi.org/10.5555/1"),
    ]
    make.registered(plant, name="A candidate")
    unused = data.published()
    data.in_force(data.offer(unused), plant.project)
    assert len(values_of(dataset, None)["benefits"]) == 2
    assert values_of(unused, None)["benefits"] == []


def standings(dataset, viewer=None):
    return {line.id: line.standing for line in card(dataset, viewer)}


BARE = {
    "checksums": NONE, "inspection": NONE, "scan": NONE, "drift": NONE, "terms": NONE, "contract": NONE, "log": NONE,
    "source": NONE, "ground": NONE, "people": NONE, "accountable": NONE,
}  # fmt: skip


def test_a_claim_without_evidence_says_so(db, store):
    dataset = data.dataset(personal=None)
    assert standings(dataset, dataset.steward) == BARE
    assert [line.says for line in card(dataset, dataset.steward)][:5] == [NO_VERSION] * 4 + [
        card(dataset, dataset.steward)[4].says
    ]


@pytest.mark.parametrize("standing", [PROVEN, SAID, NONE])
@pytest.mark.parametrize("has", [True, False])
def test_no_line_can_be_written_without_what_it_stands_on(standing, has):
    evidence = card.__globals__["Evidence"](NO_VERSION, "/x/")
    kept = (evidence,) if has else ()
    if has == (standing == NONE):
        with pytest.raises(ValueError, match="pieces of evidence"):
            Line("x", NO_VERSION, NO_VERSION, standing, kept)
    else:
        assert (
            Line("x", NO_VERSION, NO_VERSION, standing, kept).document()["evidence"]
            == [{"what": NO_VERSION.plain(), "link": "/x/", "digest": ""}] * has
        )


def test_every_claim_of_a_dataset_in_use_has_its_evidence(agreement, django_assert_max_num_queries):
    dataset = agreement.offer.dataset
    datasets.tell_more(
        dataset, by=dataset.steward,
        said={"provenance": "Measured in our hospital.", "homepage": "https://linde.example"}
        | {"contact": "data@linde.example"},
    )  # fmt: skip
    data.version(dataset, [("cells.csv", data.CSV + b"1.5,2,1\n")])
    dataset.refresh_from_db()
    assert standings(dataset)["log"] == SAID
    seal_all("factory.test/log")
    assert standings(dataset) == dict.fromkeys(BARE, PROVEN) | {
        "source": SAID, "ground": SAID, "people": SAID, "accountable": SAID,
    }  # fmt: skip
    with django_assert_max_num_queries(25):
        lines = {line.id: line for line in card(dataset, None)}
    newest = dataset.versions.get(number=2)
    assert lines["checksums"].evidence[0].digest == newest.digest
    assert [e.digest for e in lines["drift"].evidence] == [
        newest.report_digest, dataset.versions.get(number=1).report_digest,
    ]  # fmt: skip
    assert lines["contract"].evidence[0].digest == agreement.digest
    assert lines["contract"].says.en.startswith("Agreements signed by both: < 10.")
    inside = {line.id: line for line in card(dataset, person(Role.OFFICE))}
    assert inside["contract"].says.en.startswith("Agreements signed by both: 1.")
    assert inside["contract"].evidence[0].link == f"/agreements/{agreement.pk}/"
    assert (lines["contract"].evidence[0].link, lines["inspection"].evidence[0].link) == ("", "")
    assert inside["scan"].says.en == "Columns with signs of personal data: 0, of which sure: 0."
    told = trust(dataset, None)
    assert (told["with_evidence"], len(told["lines"])) == (11, 11)


def test_signatures_that_do_not_hold_are_no_evidence(agreement):
    Agreement.objects.update(holder_signature="{}")
    assert standings(agreement.offer.dataset)["contract"] == NONE
