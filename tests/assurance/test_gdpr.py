from datetime import date
from typing import Any

import pytest

from aifactory.assurance import ethics, gdpr

TODAY = date(2026, 11, 22)
#: Names and addresses of customers under a contract: nothing special.
ORDINARY: dict[str, Any] = {
    "personal_data": "yes",
    "special": ["none"],
    "subjects": ["none"],
    "legal_basis": "contract",
    "secondary": "no",
    "role": "controller",
    "transfer": "no",
    "retention_set": "yes",
    "does": ["none"],
    "national_list": "no",
}
#: Measurements of patients under a code, from care, now for research at a hospital.
PATIENTS = ORDINARY | {
    "special": ["health"],
    "subjects": ["vulnerable"],
    "legal_basis": "public_task",
    "special_ground": "research",
    "secondary": "yes",
    "permission_for_reuse": "yes",
    "dpia_done": "no",
}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"personal_data": "no"}, "no_personal_data"),
        (ORDINARY, "data_protected"),
        (ORDINARY | {"does": ["matching"], "dpia_done": "no"}, "dpia_advised"),
        (ORDINARY | {"does": ["matching", "scoring"], "dpia_done": "no"}, "dpia_required"),
        (ORDINARY | {"does": ["decisions", "scoring"], "dpia_done": "yes"}, "dpia_required"),
        (ORDINARY | {"national_list": "yes", "dpia_done": "no"}, "dpia_required"),
        (
            ORDINARY | {"subjects": ["large_scale"], "does": ["public_places"], "dpia_done": "no"},
            "dpia_required",
        ),
        (PATIENTS, "dpia_required"),
        (PATIENTS | {"special_ground": "none"}, "not_lawful"),
        (PATIENTS | {"permission_for_reuse": "no"}, "not_lawful"),
        (ORDINARY | {"legal_basis": "none"}, "not_lawful"),
        (ORDINARY | {"transfer": "bare"}, "not_lawful"),
        (ORDINARY | {"transfer": "unknown"}, "needs_human_review"),
    ],
)
def test_each_conclusion_is_reached(answers: dict[str, Any], expected: str) -> None:
    assert gdpr.assess(answers, as_of=TODAY).result == expected


def test_coded_measurements_of_patients_carry_their_duties() -> None:
    outcome = gdpr.assess(PATIENTS, as_of=TODAY)
    assert [(d.id, d.article) for d in outcome.duties] == [
        ("dpia", "Art. 35(1), (7)"),
        ("processor_agreement", "Art. 28(3)"),
        ("record", "Art. 30"),
        ("information", "Art. 13, 14"),
        ("security", "Art. 25, 32"),
        ("special_safeguards", "Art. 9(2), 89(1)"),
        ("health_reuse", "Regulation (EU) 2025/327, chapter IV"),
    ]
    assert [f.sentence.en for f in outcome.path] == [
        "There are personal data, also where they stand under a code.",
        "The ground is: A public task (e).",
        "They are sensitive data; the exception is: Scientific research (j).",
        "They were collected for another purpose, and may serve this one.",
        "Two or more signs of high risk come together.",
    ]


def test_a_finished_impact_assessment_is_kept_not_asked_again() -> None:
    duties = [d.id for d in gdpr.assess(PATIENTS | {"dpia_done": "yes"}, as_of=TODAY).duties]
    assert "dpia" not in duties
    assert "dpia_kept" in duties


def test_ethics_gives_conditions_never_points() -> None:
    headings = [
        "oversight",
        "robustness",
        "data_governance",
        "openness",
        "fairness",
        "society",
        "accountability",
    ]
    good = {"civil_use": "yes"} | dict.fromkeys(headings, "yes")

    assert ethics.assess(good, as_of=TODAY).codes == ("in_order_now",)
    assert ethics.assess({"civil_use": "no"}, as_of=TODAY).codes == ("not_civil",)
    lacking = ethics.assess(good | {"fairness": "no"}, as_of=TODAY)
    assert (lacking.codes, [d.id for d in lacking.duties]) == (("conditions",), ["fairness"])
