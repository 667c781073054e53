"""What differs between the examples: whose data, under which terms, for which work. Everything else is one journey."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aifactory.demo.figures import classifier, forecast

RESEARCH = "research-and-development-of-diagnostic-support"


@dataclass(frozen=True)
class Source:
    """A dataset that plays a role in the recipe: which file it is, what is said of it, under which terms it is offered.

    `path` is the file itself, or None for a table that comes with scikit-learn and is exported under that name.
    """

    file: str
    dataset: dict[str, Any]
    terms: dict[str, Any]
    self_service: bool = False
    path: Path | None = None


@dataclass(frozen=True)
class Example:
    """One example. `sources` are the recipe's inputs by role; `told` puts the metrics of the job into words."""

    name: str
    sources: dict[str, Source]
    purpose: str
    title: str
    answers: dict[str, Any]
    ai_act: dict[str, Any]
    gdpr: dict[str, Any]
    recipe: str
    parameters: dict[str, str]
    minutes: int
    model: str
    intended_use: str
    told: Callable[[dict[str, Any]], list[str]]
    outcome: str


AMOUNTS = {"gpu_hours": "0", "core_hours": "10", "storage_gb": "10", "advice_hours": "8"}
PEOPLE = {"leader": "Noor de Wit", "contract_until": "2099-12-31", "others": "Daan Kuiper"}


HOSPITAL_TABLE = Source(
    file="breast_cancer.csv",
    dataset={
        "title": "Breast mass measurements (Wisconsin diagnostic)",
        "title_nl": "Metingen van borstweefsel (Wisconsin diagnostic)",
        "description": "569 real patients: 30 measurements of cell nuclei in a fine needle aspirate, with the diagnosis. "
        "Source: UCI Machine Learning Repository, as shipped with scikit-learn.",
        "description_nl": "569 echte patiënten: 30 metingen van celkernen uit een dunnenaaldpunctie, met de diagnose. "
        "Bron: UCI Machine Learning Repository, zoals meegeleverd met scikit-learn.",
        "theme": "health",
        "access": "restricted",
        "licence": "CC-BY-4.0",
        "contains_personal_data": True,
        "personal": {
            "controller": "The hospital",
            "processor": "The AI factory",
            "privacy_contact": "privacy@hospital.example",
            "basis": "public_task",
            "law": "The Dutch act on medical treatment contracts (WGBO), article 7:458",
            "condition": "research",
            "categories": ["traits", "health"],
            "subjects": ["patients"],
            "informed": "Patients were told that measurements without their names are used for research, and could object.",
            "notice_page": "https://hospital.example/research",
            "keep_until": "2036-12-31",
            "keep_why": "Ten years after the study, to check its results.",
        },
    },
    terms={
        "purposes": [RESEARCH, "scientific-research"],
        "actions": ["analyse", "train", "export-results"],
        "recipients": ["company", "research", "hospital"],
        "spatial": "EEA",
        "until": None,
        "duties": ["attribute", "delete-at-end"],
    },
)

HOSPITAL = Example(
    name="hospital",
    sources={"table": HOSPITAL_TABLE},
    purpose=RESEARCH,
    title="A second reader for breast biopsies",
    answers={
        "need": "Pathologists read every needle biopsy twice. A second reader that never tires would free hours for hard cases.",
        "approach": "We compare logistic regression with forests, boosting and support vectors by nested cross-validation on the "
        "hospital's measurements, keep a test set apart from the start, and release the simplest model that does the job.",
        "field": "health",
        **AMOUNTS,
        "estimate": "One sweep on two cores takes a few minutes; twenty sweeps and some notebooks fit in ten core-hours.",
        **PEOPLE,
        "civil_use": "yes",
        "value": "Fewer second readings by hand. We measure sensitivity at the hospital's own threshold on unseen cases.",
    },
    ai_act={
        "ai_system": "yes", "trains_generative": "no", "military": "no", "stage": "development", "practices": ["none"],
        "product_law": "medical_device", "product_part": "product", "third_party": "yes", "areas": ["none"], "profiles_people": "no",
        "meets_people": ["none"], "open_weights": "no", "roles": ["provider"], "public_task": "no", "failure_endangers": "yes",
    },
    gdpr={
        "personal_data": "yes", "special": ["health"], "subjects": ["vulnerable"], "legal_basis": "interest",
        "special_ground": "research", "secondary": "yes", "permission_for_reuse": "yes", "role": "controller", "transfer": "no",
        "retention_set": "yes", "does": ["scoring", "new_technology"], "national_list": "no", "dpia_done": "yes",
    },
    recipe="tabular-classifier",
    parameters={"target": "diagnosis", "positive": "malignant"},
    minutes=10,
    model="biopsy-second-reader",
    intended_use="Research into a second reader for fine needle aspirates. Not for use on patients: it is no medical device.",
    told=classifier,
    outcome="A model that finds malignant cases from cell measurements, with its card and provenance",
)  # fmt: skip

IMAGES_TABLE = Source(
    file="digits.csv",
    dataset={
        "title": "Handwritten digits, 8 by 8 pixels",
        "title_nl": "Handgeschreven cijfers, 8 bij 8 pixels",
        "description": "1,797 images of handwritten digits as rows of 64 grey values, with the digit. "
        "Source: UCI Machine Learning Repository, as shipped with scikit-learn.",
        "description_nl": "1.797 beelden van handgeschreven cijfers als rijen van 64 grijswaarden, met het cijfer. "
        "Bron: UCI Machine Learning Repository, zoals meegeleverd met scikit-learn.",
        "theme": "science",
        "access": "public",
        "licence": "CC-BY-4.0",
        "contains_personal_data": False,
    },
    terms={
        "purposes": ["training-and-testing-of-ai", "education", "scientific-research"],
        "actions": ["analyse", "train", "export-results", "download"],
        "recipients": ["company", "research", "hospital", "public", "other"],
        "spatial": "any",
        "until": None,
        "duties": ["attribute"],
    },
    self_service=True,
)

IMAGES = Example(
    name="images",
    sources={"table": IMAGES_TABLE},
    purpose="training-and-testing-of-ai",
    title="Reading digits on delivery notes",
    answers=HOSPITAL.answers
    | {
        "need": "Carriers type over numbers that drivers wrote by hand. Every wrong digit is a parcel in the wrong place.",
        "approach": "We compare a linear model with support vectors and a small neural network on open images, by nested "
        "cross-validation with a test set kept apart.",
        "field": "mobility",
        "value": "Fewer wrong parcels. We measure the share of digits read right on images nobody trained on.",
    },
    ai_act=HOSPITAL.ai_act
    | {"product_law": "none", "product_part": None, "third_party": None, "failure_endangers": None},
    gdpr={"personal_data": "no"},
    recipe="tabular-classifier",
    parameters={"target": "digit"},
    minutes=15,
    model="digit-reader",
    intended_use="Reading single handwritten digits of 8 by 8 pixels. Not for addresses, names or cheques.",
    told=classifier,
    outcome="A model that reads handwritten digits, with its card and provenance",
)


def grid(shared: Path) -> Example:
    """The third example: tomorrow's carbon intensity of the Dutch grid, from the folder that AIFACTORY_SHARED names."""
    green = shared / "data" / "green"
    history = IMAGES_TABLE.dataset | {
        "title": "Dutch power generation and its carbon intensity, hourly, 2020-2021",
        "title_nl": "Nederlandse stroomproductie en haar CO2-intensiteit, per uur, 2020-2021",
        "description": "Life-cycle carbon intensity per hour, with generation by source. CarbonCast data/NL; generation data: ENTSO-E.",
        "description_nl": "CO2-intensiteit per uur over de levenscyclus, met productie per bron. CarbonCast data/NL; productie: ENTSO-E.",
        "theme": "energy",
        "licence": "Apache-2.0",
    }
    peer = history | {
        "title": "Published CarbonCast forecasts for the Netherlands, July to September 2021",
        "title_nl": "Gepubliceerde CarbonCast-voorspellingen voor Nederland, juli tot september 2021",
        "description": "96-hour forecasts issued daily at 00 UTC. CarbonCast data/NL; generation data: ENTSO-E.",
        "description_nl": "Voorspellingen van 96 uur, elke dag om 00 UTC. CarbonCast data/NL; productie: ENTSO-E.",
    }
    terms = IMAGES_TABLE.terms | {"purposes": ["energy-and-climate", "scientific-research"]}
    files = {
        "history": ("nl_generation_hourly_2020_2021.parquet", history),
        "peer": ("carboncast_nl_fc_jul_sep.parquet", peer),
    }
    return Example(
        name="grid",
        sources={
            role: Source(file, said, terms, self_service=True, path=green / file)
            for role, (file, said) in files.items()
        },
        purpose="energy-and-climate",
        title="Tomorrow's carbon intensity of the Dutch grid",
        answers=HOSPITAL.answers
        | {
            "need": "Computing at the right hour saves carbon, and the right hour has to be known a day ahead.",
            "approach": "Gradient boosting on past hours, split by time, beside the same hour yesterday and a published forecast.",
            "field": "energy",
            "value": "Jobs of this factory itself start at greener hours. We measure the error on days nobody trained on.",
        },
        ai_act=IMAGES.ai_act,
        gdpr=IMAGES.gdpr,
        recipe="grid-forecast-train",
        parameters={},
        minutes=15,
        model="grid-forecast",
        intended_use="Choosing the hour at which computing starts. Not for trading, and not for running the grid.",
        told=forecast,
        outcome="A 24-hour forecast of carbon intensity that this factory plans with",
    )


def named(name: str) -> Example:
    """Return an example by its name."""
    if name == "grid":
        return grid(Path(os.environ["AIFACTORY_SHARED"]))
    return {"hospital": HOSPITAL, "images": IMAGES}[name]
