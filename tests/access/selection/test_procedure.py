"""From published inputs to the same bytes, whoever computes them and in whatever order they were written."""

import json
import random
import subprocess
import sys

import pytest

from aifactory.access.selection.procedure import InputsAreNotReadable, hundredths, result_bytes, result_of
from aifactory.kit.canonical import canonical, digest
from tests.access.selection.worlds import inputs


@pytest.mark.parametrize("selection", [{}, {"entrants": "class"}, {"draw": False, "least_percent": 50}])
def test_a_replay_gives_the_same_bytes_in_another_process_and_another_order(
    selection: dict[str, object],
) -> None:
    given = inputs(60, **selection)
    expected = result_bytes(given)
    mixed = json.loads(json.dumps(given))
    random.Random(5).shuffle(mixed["applications"])
    for application in mixed["applications"]:
        application["reviews"].reverse()
    again = json.loads(result_bytes(mixed))
    assert again["inputs"] == digest(mixed) != digest(given)
    assert {k: v for k, v in again.items() if k != "inputs"} == {
        k: v for k, v in json.loads(expected).items() if k != "inputs"
    }
    program = (
        "import json, sys; from aifactory.access.selection.procedure import result_bytes;"
        " sys.stdout.buffer.write(result_bytes(json.load(sys.stdin)))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], input=canonical(given), capture_output=True, check=True,
        env={"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "77"},
    )  # fmt: skip
    assert other.stdout == expected


def test_who_is_not_ranked_is_told_why_and_raw_scores_alone_decide_on_the_line() -> None:
    given = inputs(40)
    result = result_of(given)
    by_id = {line["id"]: line for line in result["applications"]}
    for application in given["applications"]:
        line = by_id[application["id"]]
        if not application["eligible"]:
            assert line["standing"] == "ineligible"
        elif application["gate"] == "stop":
            assert line["standing"] == "stopped"
        else:
            means = [sum(r["scores"][c] for r in application["reviews"]) / 3 for c in ("value", "approach")]
            passed = means[0] * 0.6 + means[1] * 0.4 >= 3 - 1e-9 and means[1] >= 2
            assert line["standing"] == ("ranked" if passed else "below_the_line")
    assert {line["standing"] for line in by_id.values()} >= {"ranked", "below_the_line"}


def test_what_is_given_is_within_the_budget_and_told_by_class() -> None:
    given = inputs(80)
    result = result_of(given)
    ranked = [line for line in result["applications"] if line["standing"] == "ranked"]
    spent = sum(line["proposed"].get("gpu", 0) for line in ranked)
    assert spent + result["left"]["gpu"] == given["budget"]["gpu"]
    assert spent == sum(one["spent"].get("gpu", 0) for one in result["classes"])
    assert sum(one["candidates"] for one in result["classes"]) == len(ranked)
    assert any(line["odds"] for line in ranked)


@pytest.mark.parametrize(
    "broken",
    [{}, {"format": "x"}, {"seed": "no"}, {"rule": {}}, {"budget": None}, {"applications": [{"id": "a"}]}],
)
def test_a_file_that_holds_no_inputs_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(InputsAreNotReadable):
        result_of(inputs(5) | broken if broken else {})


def test_hundredths_go_half_up_and_stay_on_the_scale() -> None:
    assert [hundredths(x) for x in (3.005, 2.994999, -0.3, 5.4)] == [300, 299, 0, 500]
