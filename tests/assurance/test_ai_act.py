from datetime import date
from typing import Any

import pytest

from aifactory.assurance import ai_act

from .case_readings import PLAIN, limited, listed_use, practice

TODAY = date(2026, 11, 22)
MODEL = {
    "trains_generative": "yes",
    "narrow_model": "no",
    "own_share": "from_scratch",
    "designated": "no",
    "open_weights": "no",
}
DEVICE = {"product_law": "medical_device", "product_part": "product", "third_party": "yes"}


def codes(**answers: Any) -> tuple[str, ...]:
    return ai_act.assess(PLAIN | answers, as_of=TODAY).codes


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"ai_system": "no"}, ("out_of_scope",)),
        ({"military": "yes"}, ("out_of_scope",)),
        ({"stage": "research"}, ("out_of_scope_now",)),
        ({"stage": "development"}, ("out_of_scope_now",)),
        ({"stage": "pilot"}, ("minimal",)),
        ({}, ("minimal",)),
        ({"meets_people": ["talks"], "obvious": "no"}, ("transparency",)),
        ({"meets_people": ["talks"], "obvious": "yes"}, ("minimal",)),
        (MODEL | {"training_flop": 1e23}, ("minimal",)),
        (MODEL | {"training_flop": 1.1e23}, ("gpai",)),
        (MODEL | {"training_flop": 1.1e25}, ("gpai_systemic",)),
        (MODEL | {"training_flop": 2e23, "designated": "yes"}, ("gpai_systemic",)),
        (MODEL | {"training_flop": 2e23, "own_share": "less"}, ("minimal",)),
        (MODEL | {"training_flop": 2e22, "own_share": "more"}, ("gpai",)),
        (MODEL | {"training_flop": 4e22, "own_share": "not_published"}, ("gpai",)),
        (MODEL | {"training_flop": 3e22, "own_share": "not_published"}, ("minimal",)),
        (limited("4a", "c"), ("exempt_6_3",)),
        (limited("4a", "c") | {"sways_decision": "yes"}, ("high_risk_annex_III",)),
        (limited("4a", "c") | {"profiles_people": "yes"}, ("high_risk_annex_III",)),
        (listed_use("4a"), ("high_risk_annex_III",)),
        (DEVICE, ("high_risk_annex_I",)),
        (DEVICE | {"third_party": "no"}, ("minimal",)),
        (DEVICE | {"product_part": "comfort", "failure_endangers": "no"}, ("minimal",)),
        (DEVICE | {"product_part": "comfort", "failure_endangers": "yes"}, ("high_risk_annex_I",)),
        (DEVICE | {"product_law": "radio", "only_radio_check": "yes"}, ("minimal",)),
        (DEVICE | {"product_law": "radio", "only_radio_check": "no"}, ("high_risk_annex_I",)),
        (DEVICE | listed_use("5d"), ("high_risk_annex_I", "high_risk_annex_III")),
        (
            listed_use("5d") | {"meets_people": ["talks"], "obvious": "no"},
            ("high_risk_annex_III", "transparency"),
        ),
        (practice("scores", unfair_score="yes") | listed_use("5b"), ("prohibited",)),
        ({"areas": ["unknown"]}, ("needs_human_review",)),
        (MODEL | {"training_flop": "unknown"}, ("needs_human_review",)),
        (DEVICE | {"areas": ["unknown"]}, ("needs_human_review", "high_risk_annex_I")),
    ],
)
def test_each_conclusion_is_reached(answers: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert codes(**answers) == expected


@pytest.mark.parametrize(
    "answers",
    [
        practice("manipulates", serious_harm="yes"),
        practice("exploits", serious_harm="yes"),
        practice("intimate", unguarded_images="yes"),
        practice("abuse", unguarded_images="yes"),
        practice("scores", unfair_score="yes"),
        practice("predicts_crime", profile_alone="yes"),
        practice("scrapes_faces", face_database="yes"),
        practice("work_emotions", medical_or_safety="no"),
        practice("sorts_bodies", deduces_sensitive="yes"),
        practice("live_identification", for_police="yes"),
    ],
)
def test_each_practice_of_article_5_stops(answers: dict[str, Any]) -> None:
    outcome = ai_act.assess(PLAIN | answers, as_of=TODAY)
    assert (outcome.codes, [d.id for d in outcome.duties]) == (("prohibited",), ["stop"])
    assert ai_act.PROCEDURE.next_questions(PLAIN | answers) == []


POINTS = "1a 1b 1c 2 3a 3b 3c 3d 4a 4b 5a 5b 5c 5d 6a 6b 6c 6d 6e 7a 7b 7c 7d 8a 8b"


@pytest.mark.parametrize("point", POINTS.split())
def test_each_point_of_annex_iii_is_high_risk(point: str) -> None:
    assert codes(**listed_use(point)) == ("high_risk_annex_III",)


def test_research_on_a_medical_device_says_what_it_becomes() -> None:
    outcome = ai_act.assess(PLAIN | DEVICE | {"stage": "research"}, as_of=TODAY)

    assert outcome.codes == ("out_of_scope_now",)
    assert [gate.id for gate in outcome.re_ask_at] == [
        "weights_published",
        "pilot",
        "productised",
        "purpose_changed",
    ]
    assert outcome.duties == ()
    assert outcome.later is not None
    assert outcome.later.codes == ("high_risk_annex_I",)
    assert outcome.summary().en == (
        "Not under the AI Act as long as it is research and development. Once it leaves research: "
        "High risk under Annex I (Medical device, Regulation (EU) 2017/745, third-party assessment)"
    )
    starts = {duty.id: duty.applies_from for duty in outcome.later.duties}
    assert starts["documentation"] == date(2028, 8, 2)
    assert starts["literacy"] == date(2025, 2, 2)


def test_a_research_project_may_leave_the_future_open() -> None:
    outcome = ai_act.assess(
        {"ai_system": "yes", "trains_generative": "no", "military": "no", "stage": "research"}, as_of=TODAY
    )
    assert outcome.codes == ("out_of_scope_now",)
    assert outcome.later is not None
    assert outcome.later.codes == ("needs_human_review",)


def test_the_heaviest_of_two_dates_comes_first() -> None:
    outcome = ai_act.assess(PLAIN | DEVICE | listed_use("5d"), as_of=TODAY)
    assert {d.id: d.applies_from for d in outcome.duties}["documentation"] == date(2027, 12, 2)


def test_machines_follow_their_own_law() -> None:
    outcome = ai_act.assess(PLAIN | DEVICE | {"product_law": "machine"}, as_of=TODAY)
    assert outcome.codes == ("high_risk_annex_I",)
    assert [d.id for d in outcome.duties] == ["literacy", "sector_law"]


def test_open_models_keep_their_duties_on_copyright_and_summary() -> None:
    model = PLAIN | MODEL | {"training_flop": 2e23, "roles": ["provider"]}
    closed = {d.id for d in ai_act.assess(model, as_of=TODAY).duties}
    opened = {d.id for d in ai_act.assess(model | {"open_weights": "yes"}, as_of=TODAY).duties}
    systemic = {
        d.id
        for d in ai_act.assess(model | {"open_weights": "yes", "training_flop": 2e25}, as_of=TODAY).duties
    }

    assert closed - opened == {"gpai_documents"}
    assert {"gpai_copyright", "gpai_summary"} <= opened
    assert {"gpai_documents", "gpai_notify", "gpai_safety"} <= systemic


def test_an_unknown_role_keeps_the_duties_and_asks_for_a_person() -> None:
    outcome = ai_act.assess(PLAIN | listed_use("4a") | {"roles": ["unknown"]}, as_of=TODAY)
    assert outcome.codes == ("needs_human_review", "high_risk_annex_III")
    assert {d.id: d.certain for d in outcome.duties}["documentation"] is False
    assert outcome.open == ("roles",)


def test_a_short_form_for_a_plain_project() -> None:
    """A project that does nothing special answers eight questions of the fifty in the table."""
    asked = [q.id for q in ai_act.PROCEDURE.asked(PLAIN)]
    expected = "ai_system trains_generative military stage practices product_law areas meets_people"
    assert asked == expected.split()


def test_the_document_is_plain_json() -> None:
    document = ai_act.assess(PLAIN | {"stage": "research"}, as_of=TODAY).document()
    assert document["version"] == ai_act.RULE_VERSION == "2026-11-22"
    assert document["as_of"] == "2026-11-22"
    assert document["result"] == "out_of_scope_now"
    assert document["later"]["codes"] == ["minimal"]


def test_gpu_hours_become_flop_and_warn_in_time() -> None:
    # 1,000 H100s for 100 days at 989 TFLOP/s (dense bf16, NVIDIA's data sheet)
    flop = ai_act.training_flop(1_000 * 100 * 86_400, peak_flop_per_s=989e12)
    assert flop == pytest.approx(8.545e24, rel=1e-3)
    assert ai_act.thresholds_passed(flop) == ("gpai",)
    assert ai_act.thresholds_passed(flop, share=0.8) == ("gpai", "gpai_systemic")
    assert ai_act.thresholds_passed(1e23) == ()
    with pytest.raises(ValueError, match="negative"):
        ai_act.training_flop(-1, peak_flop_per_s=1)
