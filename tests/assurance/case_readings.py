"""Our reading of the Commission's published example cases, as answers to our questions.

The facts that decide each case are here; the cases themselves stand outside the repository.
"""

from typing import Any

#: A system in use that does nothing special; each reading says only what differs.
PLAIN: dict[str, Any] = {
    "ai_system": "yes",
    "trains_generative": "no",
    "military": "no",
    "stage": "in_use",
    "practices": ["none"],
    "product_law": "none",
    "areas": ["none"],
    "meets_people": ["none"],
    "roles": ["provider", "deployer"],
    "public_task": "no",
}

AREAS = (
    "biometrics",
    "infrastructure",
    "education",
    "employment",
    "services",
    "police",
    "migration",
    "justice",
)
FOLLOW_UP = {
    "1a": "verification_only",
    "2": "security_only",
    "5b": "fraud_only",
    "7d": "documents_only",
    "8b": "backstage_only",
}


def listed_use(point: str, **more: Any) -> dict[str, Any]:
    """Answer that the system is meant for `point` of Annex III (such as 4a), with no way out taken."""
    area = AREAS[int(point[0]) - 1]
    follow_up = {FOLLOW_UP[point]: "no"} if point in FOLLOW_UP else {}
    use = {"areas": [area], f"{area}_use": [point], "profiles_people": "no", "limited_task": ["none"]}
    return use | follow_up | more


def near(area: str) -> dict[str, Any]:
    """Answer that the system works in the field, but for none of the listed uses."""
    return {"areas": [area], f"{area}_use": ["none"]}


def limited(point: str, condition: str) -> dict[str, Any]:
    """Answer that the task is limited in the way of Art. 6(3), `condition` a to d, and sways nothing."""
    return listed_use(point, limited_task=[condition], sways_decision="no")


def practice(name: str, **test: str) -> dict[str, Any]:
    """Answer that the system shows the sign of a forbidden practice, with the answer to its test."""
    return {"practices": [name], **test}


#: Not high risk although the field is sensitive, and why.
NOT_HIGH_RISK: dict[str, dict[str, Any]] = {
    "HR-008": near("biometrics"),  # the person takes part
    "HR-014": listed_use("1a", verification_only="yes"),
    "HR-015": near("biometrics"),  # the person takes part
    "HR-019": near("biometrics"),  # nothing is compared
    "HR-021": {},  # counts, recognises nobody
    "HR-026": near("biometrics"),  # no biometric data
    "HR-030": near("biometrics"),  # not a sensitive trait
    "HR-038": near("biometrics"),  # tiredness is no emotion
    "HR-039": near("biometrics"),  # a visible expression is no emotion
    "HR-046": near("infrastructure"),
    "HR-049": near("infrastructure"),
    "HR-050": listed_use("2", security_only="yes"),
    "HR-052": near("infrastructure"),
    "HR-053": near("infrastructure"),
    "HR-059": near("education"),
    "HR-068": near("education"),
    "HR-098": near("employment"),
    "HR-114": near("employment"),
    "HR-129": near("services"),
    "HR-130": near("services"),
    "HR-140": near("services"),
    "HR-142": near("services"),
    "HR-144": near("services"),
    "HR-148": near("services"),
    "HR-157": near("services"),
    "HR-158": {},  # before any emergency call
    "HR-161": near("services"),
    "HR-162": near("services"),
    "HR-169": near("police"),  # places, not persons
    "HR-170": near("police"),
    "HR-173": {},  # accidents, not crimes
    "HR-183": near("police"),
    "HR-188": near("police"),
    "HR-203": near("police"),
    "HR-220": near("migration"),
    "HR-221": near("migration"),
    "HR-227": near("migration"),
    "HR-242": near("migration"),
    "HR-243": listed_use("7d", documents_only="yes"),
    "HR-244": near("migration"),
    "HR-254": near("justice"),
    "HR-257": near("justice"),
    "HR-266": listed_use("8b", backstage_only="yes"),
    "HR-269": near("justice"),
    "HR-271": near("justice"),
}
#: Cases whose condition of Art. 6(3) the source leaves open: our reading.
CONDITION = {"HR-230": "a", "HR-236": "c"}

OTHERS: dict[str, dict[str, Any]] = {
    "PR-006": practice("exploits", serious_harm="yes"),
    "PR-007": practice("exploits", serious_harm="yes"),
    "PR-009": practice("exploits", serious_harm="yes"),
    "PR-013": practice("exploits", serious_harm="no"),
    "PR-015": {},
    "PR-016": practice("manipulates", serious_harm="no"),
    "PR-020": practice("abuse", unguarded_images="no"),
    "PR-033": practice("scores", unfair_score="yes"),
    "PR-037": practice("scores", unfair_score="no"),
    "PR-041": practice("predicts_crime", profile_alone="yes"),
    "PR-044": practice("predicts_crime", profile_alone="no"),
    "PR-047": practice("predicts_crime", profile_alone="no"),
    "PR-051": practice("scrapes_faces", face_database="yes"),
    "PR-053": practice("scrapes_faces", face_database="no"),
    "PR-055": practice("work_emotions", medical_or_safety="no"),
    "PR-057": practice("work_emotions", medical_or_safety="no"),
    "PR-060": practice("work_emotions", medical_or_safety="no"),
    "PR-065": practice("work_emotions", medical_or_safety="yes"),
    "PR-066": {},  # text is no biometric data
    "PR-067": practice("work_emotions", medical_or_safety="yes"),
    "PR-071": practice("sorts_bodies", deduces_sensitive="yes"),
    "PR-072": practice("sorts_bodies", deduces_sensitive="yes"),
    "PR-074": practice("sorts_bodies", deduces_sensitive="yes"),
    "TR-001": {"meets_people": ["talks", "makes"], "obvious": "no", "only_edits": "no"},
    "TR-004": {"meets_people": ["talks"], "obvious": "no"},
    "TR-008": {},
    "TR-011": {"meets_people": ["makes"], "only_edits": "yes"},
    "TR-012": {},
    "TR-015": {},
    "TR-019": {},
    "GP-003": {"trains_generative": "yes", "narrow_model": "yes", "training_flop": 1e24},
    "GP-004": {"trains_generative": "yes", "narrow_model": "yes", "training_flop": 1e24},
    "GP-007": {"trains_generative": "no", "training_flop": 1e24},
    "DF-002": {"ai_system": "no"},
    "DF-005": {"ai_system": "no"},
    "DF-007": {"ai_system": "no"},
    "DF-009": {"ai_system": "no"},
    "DF-010": {"ai_system": "no"},
}


def reading(case: dict[str, Any]) -> dict[str, Any]:
    """Return the answers that a person would give. Raises `KeyError` for a case that we did not read."""
    point = (case.get("annex_iii_point") or "").replace("(", "").replace(")", "")
    if case["label"] == "high_risk":
        return PLAIN | listed_use(point)
    if case["label"] == "exempt_6_3":
        return PLAIN | limited(point, case["art_6_3_condition"] or CONDITION[case["id"]])
    return PLAIN | (NOT_HIGH_RISK | OTHERS)[case["id"]]
