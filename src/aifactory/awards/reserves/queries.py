"""Reads of what is kept back."""

from collections import Counter

from aifactory.awards.reserves.models import Reserve


def kept_back(pool: str) -> dict[str, int]:
    """Return what is kept back from a pool now, resource to base units: subtract it before granting."""
    total: Counter[str] = Counter()
    for amounts in Reserve.objects.filter(pool=pool, state="kept").values_list("amounts", flat=True):
        total.update(amounts)
    return dict(total)
