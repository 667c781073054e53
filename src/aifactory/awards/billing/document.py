"""An invoice or credit note as EN 16931-1 sees it: plain data, with the business terms (BT) it stands for."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from pydantic import BaseModel, ConfigDict

from aifactory.awards.billing.vat import Treatment

CENT = Decimal("0.01")
#: the scheme of an address to which an invoice goes by mail; Peppol delivers to no such address
MAIL = "EM"
REGISTERS = {8: "0106", 20: "0190"}


class Company(BaseModel):
    """Seller (BG-4) or buyer (BG-7); an endpoint is an electronic address with its scheme (BT-34, BT-49)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    country: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    vat_number: str = ""
    registration_number: str = ""
    endpoint_scheme: str = ""
    endpoint: str = ""
    iban: str = ""

    @property
    def register(self) -> str:
        """Return the scheme of the registration number (BT-30-1), of ISO 6523; empty where we know none.

        In the Netherlands eight digits are of the trade register (KvK), twenty are an OIN of a public body.
        """
        dutch = self.country == "NL" and self.registration_number.isdecimal()
        return REGISTERS.get(len(self.registration_number), "") if dutch else ""


@dataclass(frozen=True)
class Line:
    """An invoice line (BG-25): `quantity` (BT-129) of a unit, at a price (BT-146) per `base` units (BT-149)."""

    id: str
    name: str
    description: str
    unit: str
    quantity: int
    price: Decimal
    base: int
    net: Decimal
    category: str
    percent: Decimal | None


@dataclass(frozen=True)
class Tax:
    """One line of the VAT breakdown (BG-23): taxable amount (BT-116), tax (BT-117), category and rate."""

    category: str
    percent: Decimal | None
    taxable: Decimal
    tax: Decimal
    reason_code: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Totals:
    """Document totals (BG-22)."""

    lines: Decimal  # BT-106
    allowances: Decimal  # BT-107
    charges: Decimal  # BT-108
    without_vat: Decimal  # BT-109
    vat: Decimal  # BT-110
    with_vat: Decimal  # BT-112
    paid: Decimal  # BT-113
    rounding: Decimal  # BT-114
    due: Decimal  # BT-115


@dataclass(frozen=True)
class Document:
    """The whole of it. `kind`: 380 (invoice) or 381 (credit note), UNTDID 1001."""

    number: str  # BT-1
    kind: str  # BT-3
    issued_on: date  # BT-2
    due_on: date | None  # BT-9
    currency: str  # BT-5
    period: tuple[date, date]  # BG-14
    buyer_reference: str  # BT-10
    seller: Company
    buyer: Company
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    totals: Totals
    note: str = ""  # BT-22
    payment_terms: str = ""  # BT-20
    preceding: tuple[str, date] | None = None  # BG-3
    allowances: tuple[Decimal, ...] = ()  # BT-92, on the document
    charges: tuple[Decimal, ...] = ()  # BT-99

    @property
    def by_mail(self) -> bool:
        """Say whether it goes to the buyer by mail: then it is a plain EN 16931 invoice, and none of Peppol's."""
        return self.buyer.endpoint_scheme == MAIL


def cents(amount: int) -> Decimal:
    """Return whole cents as an amount with two decimals."""
    return Decimal(amount).scaleb(-2)


def rounded(amount: Decimal) -> Decimal:
    """Round to whole cents, half a cent away from zero: the rounding of every amount here."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def breakdown(lines: Iterable[Line], treatments: Iterable[Treatment]) -> tuple[Tax, ...]:
    """Return the VAT of the lines by category and rate: the sum is taxed, not each line (BR-CO-17)."""
    reasons = {(t.category, t.percent): t for t in treatments}
    summed: dict[tuple[str, Decimal | None], Decimal] = defaultdict(lambda: Decimal("0.00"))
    for line in lines:
        summed[line.category, line.percent] += line.net
    return tuple(
        Tax(
            category,
            percent,
            taxable,
            rounded(taxable * (percent or 0) / 100),
            reasons[category, percent].reason_code,
            reasons[category, percent].reason,
        )
        for (category, percent), taxable in sorted(summed.items(), key=str)
    )


def totals(lines: Iterable[Line], taxes: Iterable[Tax]) -> Totals:
    """Return the totals of lines without allowances, charges or earlier payments (BR-CO-10 to BR-CO-16)."""
    nothing = Decimal("0.00")
    net = sum((line.net for line in lines), nothing)
    vat = sum((tax.tax for tax in taxes), nothing)
    return Totals(net, nothing, nothing, net, vat, net + vat, nothing, nothing, net + vat)
