"""How far a dataset's own description goes, profile by profile."""

from aifactory.datasets import queries
from aifactory.datasets.conformance import Finding, findings
from aifactory.datasets.models import Dataset
from aifactory.datasets.projections import PROJECTIONS

#: Stands in for the address of the factory where only the shape of a description matters.
SOMEWHERE = "https://factory.example"


def missing(dataset: Dataset, profile: str) -> list[Finding]:
    """Return what its description lacks under a DCAT profile; nothing where it has no published version."""
    rows = Dataset.objects.filter(pk=dataset.pk)
    return [
        finding
        for entry in queries.entries(rows, lambda path: SOMEWHERE + path)
        for finding in findings(PROJECTIONS[profile].dataset(entry), profile)
    ]


def profiles_for(dataset: Dataset) -> tuple[str, ...]:
    """Return the profiles that make sense for a dataset, the most asked for first."""
    health = ("healthdcat-ap",) if dataset.theme == "health" else ()
    return ("dcat-ap", "dcat-ap-nl", *health, "mldcat-ap")
