"""Routes of public values: what a dataset gives back, and the card of claims with their evidence."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from aifactory.api.datasets import OPEN
from aifactory.datasets.models import Dataset
from aifactory.people.rules import find
from aifactory.transparency.public_values.queries import trust

router = Router(tags=["public values"])


class EvidenceFacts(Schema):
    """Where one can look: an address (a path is one of this factory), a digest, or both."""

    what: dict[str, str]
    link: str
    digest: str


class LineFacts(Schema):
    """A claim: `proven` by the machine, `said` by somebody who is named, or with `none`: no evidence."""

    id: str
    title: dict[str, str]
    says: dict[str, str]
    standing: str
    evidence: list[EvidenceFacts]


class RangeFacts(Schema):
    """A value with the bounds within which it plausibly lies."""

    value: float
    low: float
    high: float


class MethodFacts(Schema):
    """How energy was found, for how many runs (None: so few that the number is kept back)."""

    method: str
    runs: int | None


class EnergyFacts(Schema):
    """The sum over the runs that used it; `kwh` is None where nothing was read, which is not zero."""

    runs: int | None
    few: bool
    without_reading: int | None
    kwh: RangeFacts | None
    grams_co2eq: RangeFacts | None
    methods: list[MethodFacts]
    simulated: bool


class BenefitFacts(Schema):
    """Something that came of the use, and how it can be checked."""

    kind: str
    name: str
    page: str
    evidence: str
    on: date


class ValuesFacts(Schema):
    """Provenance, consent, energy and benefits."""

    provenance: dict[str, str]
    personal_data: dict[str, Any] | None
    energy: EnergyFacts
    benefits: list[BenefitFacts]


class TrustFacts(Schema):
    """The trust card of a dataset and its public values."""

    dataset: str
    lines: list[LineFacts]
    with_evidence: int
    values: ValuesFacts


@router.get("/datasets/{dataset_id}/trust", response=TrustFacts, auth=OPEN)
def card(request: HttpRequest, dataset_id: str) -> dict[str, Any]:
    """Show each claim about a dataset with its evidence, and what its use took and gave."""
    return trust(find(Dataset, dataset_id, request.user), request.user)
