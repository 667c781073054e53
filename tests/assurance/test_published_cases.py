import json
from datetime import date
from pathlib import Path

from aifactory.assurance import ai_act
from aifactory.assurance.procedure import Outcome

from .case_readings import reading

TODAY = date(2026, 11, 22)
HIGH_RISK = {"high_risk_annex_I", "high_risk_annex_III"}


def label(kind: str, outcome: Outcome) -> str:
    """Say the outcome in the words of the published cases, for the question that the case is about."""
    codes, rules = set(outcome.codes), {f.rule for f in outcome.path if f.verdict == "yes"}
    match kind:
        case "HR":
            return (
                "high_risk"
                if codes & HIGH_RISK
                else "exempt_6_3"
                if "exempt_6_3" in codes
                else "not_high_risk"
            )
        case "PR":
            return "prohibited" if "prohibited" in codes else "not_prohibited"
        case "TR":
            return "art_50_1" if "tell" in rules else "not_art_50_1"
        case "GP":
            return "gpai_model" if codes & {"gpai", "gpai_systemic"} else "not_gpai_model"
    return "not_ai_system" if outcome.codes == ("out_of_scope",) else "ai_system"


def test_every_published_case_reaches_its_label(shared: Path) -> None:
    lines = (shared / "facts" / "ai-act-cases.jsonl").read_text().splitlines()
    cases = [json.loads(line) for line in lines]
    outcomes = {case["id"]: ai_act.assess(reading(case), as_of=TODAY) for case in cases}

    reached = {case_id: label(case_id[:2], outcome) for case_id, outcome in outcomes.items()}

    assert len(cases) == 135
    assert reached == {case["id"]: case["label"] for case in cases}
    assert all("needs_human_review" not in outcome.codes for outcome in outcomes.values())
