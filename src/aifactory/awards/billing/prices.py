"""What computing time costs those who are not granted it: versioned price lists, as files."""

import tomllib
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from aifactory.awards.billing.document import Company
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused
from aifactory.kit.units import UNITS, Resource

FOLDER = Path(str(files(__package__))) / "prices"
#: unit of the base amounts as UN/ECE Recommendation 20 writes it: seconds, and bytes
UNIT_CODES = {
    Resource.GPU: "SEC",
    Resource.CORE: "SEC",
    Resource.STORAGE: "AD",
    Resource.ADVICE: "SEC",
}


class NoPriceList(Refused):
    """Nothing is sold on that day."""


class PriceList(BaseModel):
    """One version of the prices, with who sells. Prices in the currency per shown unit, without VAT."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: int = Field(ge=1)
    valid_from: date
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    vat_percent: Decimal = Field(ge=0, le=100, decimal_places=2)
    payment_days: int = Field(ge=0, le=180)
    seller: Company
    prices: dict[Resource, Decimal]

    @field_validator("prices")
    @classmethod
    def _prices_fit(cls, prices: dict[Resource, Decimal]) -> dict[Resource, Decimal]:
        for resource, price in prices.items():
            if price < 0 or price != round(price, 4):
                raise ValueError(f"{resource}: a price has at most four decimals and is not below zero")
        return prices

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.id}-v{self.version}"

    @property
    def digest(self) -> str:
        """The digest of the whole list."""
        return digest(self.model_dump(mode="json"))

    def cost(self, resource: Resource, amount: int) -> int:
        """Return what `amount` base units cost, in whole cents; half a cent is rounded up, once per line."""
        price, base = int(self.prices[resource] * 10_000), UNITS[resource][1]
        return (2 * amount * price + 100 * base) // (200 * base)


def load(folder: Path) -> dict[str, PriceList]:
    """Read every price list of a folder, by name. Raises `ValueError` for a mistake or another one's name."""
    found = {}
    for path in sorted(folder.glob("*.toml")):
        prices = PriceList.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        if prices.name != path.stem:
            raise ValueError(f"{path.name} holds {prices.name}.")
        found[prices.name] = prices
    return found


@cache
def known() -> dict[str, PriceList]:
    """Return every price list of this factory, by name."""
    return load(FOLDER)


def in_force(at: datetime) -> PriceList:
    """Return the price list of that day. Raises `NoPriceList`."""
    lists = [p for p in known().values() if p.valid_from <= at.date()]
    if not lists:
        raise NoPriceList("This factory has no prices for that day.", next_step="Ask the factory office.")
    return max(lists, key=lambda p: (p.valid_from, p.version))
