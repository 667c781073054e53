"""Amounts are whole numbers of a base unit; people see them in the unit of the field.

GPU and core time: seconds of one GPU or core (3,600 = one GPU-hour or core-hour).
Storage: bytes. Advice: seconds of an adviser's time.
"""

from decimal import Decimal
from enum import StrEnum


class Resource(StrEnum):
    """What an award line can grant."""

    GPU = "gpu"
    CORE = "core"
    STORAGE = "storage"
    ADVICE = "advice"


#: shown unit, base units in one shown unit
UNITS: dict[Resource, tuple[str, int]] = {
    Resource.GPU: ("GPU-h", 3600),
    Resource.CORE: ("core-h", 3600),
    Resource.STORAGE: ("GB", 1_000_000_000),
    Resource.ADVICE: ("adviser-h", 3600),
}


def shown(resource: Resource | str, amount: int) -> Decimal:
    """Return `amount` (base units) in the shown unit, exact."""
    return Decimal(amount) / UNITS[Resource(resource)][1]


def human(resource: Resource | str, amount: int) -> str:
    """Return e.g. `12.5 core-h`: at most three decimals, zero written as 0."""
    value = shown(resource, amount).quantize(Decimal("0.001")).normalize()
    return f"{value:,f} {UNITS[Resource(resource)][0]}"


def base(resource: Resource | str, value: Decimal | str | int) -> int:
    """Return `value` (shown unit) in whole base units, rounded half up to the nearest one."""
    return int((Decimal(value) * UNITS[Resource(resource)][1]).to_integral_value(rounding="ROUND_HALF_UP"))
