"""Which VAT an invoice for a service to a business carries: place of supply, Directive 2006/112/EC, Art. 44 and 196.

An adviser checks what is special; this states the general rule for services between businesses.
"""

from dataclasses import dataclass
from decimal import Decimal

UNION = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)


@dataclass(frozen=True)
class Treatment:
    """A VAT category (UNCL 5305), its rate in percent, and why no VAT is charged (VATEX code and words)."""

    category: str
    percent: Decimal | None
    reason_code: str = ""
    reason: str = ""


def treatment(seller: str, buyer: str, buyer_vat: str, percent: Decimal) -> Treatment:
    """Return how a sale from one country to a business in another is taxed; `percent`: the seller's own rate.

    At home, and to a buyer in the Union without a VAT number: the seller's rate (S). To another member state: the
    buyer accounts for it (AE). Outside the Union: outside the scope of VAT (O).
    """
    if buyer == seller or (buyer in UNION and not buyer_vat):
        return Treatment("S", percent)
    if buyer in UNION:
        return Treatment("AE", Decimal(0), "VATEX-EU-AE", "Reverse charge")
    return Treatment("O", None, "VATEX-EU-O", "Not subject to VAT")


def prefix(country: str) -> str:
    """Return how VAT numbers of a country begin: its ISO code, but EL for Greece (BR-CO-09)."""
    return "EL" if country == "GR" else country
