"""Amounts are whole numbers of a base unit; people see them in the unit of the field.

GPU and core time: seconds of one GPU or core (3,600 = one GPU-hour or core-hour).
Storage: bytes. Advice: seconds of an adviser's time.
"""

from decimal import Decimal
from enum import StrEnum

from aifactory.kit.bilingual import Text


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


#: what Dutch writes for the comma and the point of an English number
DUTCH = str.maketrans(",.", ".,")


def figure(value: int) -> Text:
    """Return a whole number as each language writes it: 20,000 and 20.000."""
    return Text(en=f"{value:,}", nl=f"{value:,}".translate(DUTCH))


def human(resource: Resource | str, amount: int, language: str = "en") -> str:
    """Return e.g. `1,012.5 core-h`, in Dutch `1.012,5 core-h`: at most three decimals, zero written as 0."""
    value = f"{shown(resource, amount).quantize(Decimal('0.001')).normalize():,f}"
    unit = UNITS[Resource(resource)][0]
    if language.startswith("nl"):
        value, unit = value.translate(DUTCH), unit.replace("adviser-h", "adviesuur")
    return f"{value} {unit}"


def base(resource: Resource | str, value: Decimal | str | int) -> int:
    """Return `value` (shown unit) in whole base units, rounded half up to the nearest one."""
    return int((Decimal(value) * UNITS[Resource(resource)][1]).to_integral_value(rounding="ROUND_HALF_UP"))
