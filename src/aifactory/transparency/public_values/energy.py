"""The energy of the runs that used a dataset: a sum with its bounds and methods, never a zero for "no reading"."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from aifactory.datasets.models import Dataset, Mount
from aifactory.datasets.small_cells import FLOOR, suppressed
from aifactory.supercomputer.models import Usage

Facts = dict[str, Any]


def runs_of(dataset: Dataset) -> QuerySet[Mount]:
    """Return every use of a dataset by a run, whatever the version."""
    return Mount.objects.filter(agreement__version__dataset=dataset)


def energy_of(dataset: Dataset, *, hide: bool) -> Facts:
    """Return the sum over the runs that used a dataset, in kWh and gCO2eq with low and high bounds. Three queries.

    A run counts whole with each dataset that it used. Bounds are added to bounds, for the errors of one method go
    the same way. `kwh` and `grams` are None where nothing was read. `hide`: counts of one to nine runs are None, with
    `few` true, and so is what would give them away.
    """
    names = runs_of(dataset).values("attempt")
    used = Usage.objects.filter(attempt__name__in=names).order_by()
    runs = runs_of(dataset).aggregate(n=Count("attempt", distinct=True))["n"]
    sums = used.aggregate(
        read=Count("pk", filter=Q(kwh__isnull=False)),
        simulated=Count("pk", filter=Q(simulated=True)),  # PostgreSQL has no greatest of yes and no
        **{name: Sum(name) for name in _AMOUNTS},
    )
    rows = used.exclude(kwh=None).values("method").annotate(n=Count("pk")).order_by("-n", "method")
    methods = [(row["method"], row["n"]) for row in rows]
    counts = [runs - sums["read"], *(n for _method, n in methods)]
    shown = suppressed(counts) if hide else list(counts)
    few = hide and 0 < runs < FLOOR
    return {
        "runs": None if few else runs,
        "few": few,
        "without_reading": shown[0],
        "kwh": _range(sums, "kwh"),
        "grams_co2eq": _range(sums, "grams"),
        "methods": [{"method": name, "runs": n} for (name, _n), n in zip(methods, shown[1:], strict=True)],
        "simulated": bool(sums["simulated"]),
    }


_AMOUNTS = ("kwh", "kwh_low", "kwh_high", "grams", "grams_low", "grams_high")


def _range(sums: Facts, name: str) -> dict[str, float] | None:
    if sums[name] is None:
        return None
    return {"value": sums[name], "low": sums[f"{name}_low"], "high": sums[f"{name}_high"]}
