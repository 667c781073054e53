"""Making the document of an invoice from what was used, and reading a kept one back."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from aifactory.awards.billing.document import Company, Document, Line, Tax, Totals, breakdown, cents, totals
from aifactory.awards.billing.prices import UNIT_CODES, PriceList
from aifactory.awards.billing.vat import Treatment, treatment
from aifactory.kit.units import UNITS, Resource, human

NAMES = {
    Resource.GPU: "GPU time",
    Resource.CORE: "Core time",
    Resource.STORAGE: "Storage",
    Resource.ADVICE: "Adviser time",
}


@dataclass(frozen=True)
class Use:
    """What was used of one paid line, in base units, under one price list."""

    line: str
    project: str
    resource: Resource
    amount: int
    prices: PriceList


@dataclass(frozen=True)
class Frame:
    """What an invoice says beside what was used."""

    number: str
    kind: str
    issued_on: date
    due_on: date
    period: tuple[date, date]
    buyer: Company
    buyer_reference: str


def compose(frame: Frame, uses: Iterable[Use]) -> Document:
    """Return the invoice over these uses (at least one, all of one seller). Totals as EN 16931 adds them up."""
    uses = sorted(uses, key=lambda use: (use.project, use.line))
    prices = uses[-1].prices
    tax = treatment(prices.seller.country, frame.buyer.country, frame.buyer.vat_number, prices.vat_percent)
    seller, buyer = (_without_vat(c) if tax.category == "O" else c for c in (prices.seller, frame.buyer))
    lines = tuple(_line(number, use, tax) for number, use in enumerate(uses, 1))
    taxes = breakdown(lines, [tax])
    return Document(
        number=frame.number,
        kind=frame.kind,
        issued_on=frame.issued_on,
        due_on=frame.due_on,
        currency=prices.currency,
        period=frame.period,
        buyer_reference=frame.buyer_reference,
        seller=seller,
        buyer=buyer.model_copy(update={"iban": ""}),
        lines=lines,
        taxes=taxes,
        totals=totals(lines, taxes),
    )


def _without_vat(company: Company) -> Company:
    """Return a company without its VAT number, which BR-O-02 forbids outside the scope of VAT."""
    return company.model_copy(update={"vat_number": ""})


def _line(number: int, use: Use, tax: Treatment) -> Line:
    return Line(
        id=str(number),
        name=NAMES[use.resource],
        description=f"{use.project}: {human(use.resource, use.amount)} ({use.line}, {use.prices.name})",
        unit=UNIT_CODES[use.resource],
        quantity=use.amount,
        price=use.prices.prices[use.resource],
        base=UNITS[use.resource][1],
        net=cents(use.prices.cost(use.resource, use.amount)),
        category=tax.category,
        percent=tax.percent,
    )


def kept(document: Document) -> dict[str, Any]:
    """Return a document as JSON; amounts as text, so that no cent is lost."""
    return {name: _plain(getattr(document, name)) for name in (f.name for f in fields(document))}


def _plain(value: Any) -> Any:
    if isinstance(value, Company):
        return value.model_dump()
    if isinstance(value, Line | Tax | Totals):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def again(plain: dict[str, Any]) -> Document:
    """Return the document that `kept` wrote."""
    day = date.fromisoformat
    preceding = plain["preceding"]
    return Document(
        **{
            key: plain[key]
            for key in ("number", "kind", "currency", "buyer_reference", "note", "payment_terms")
        },
        issued_on=day(plain["issued_on"]),
        due_on=day(plain["due_on"]) if plain["due_on"] else None,
        period=(day(plain["period"][0]), day(plain["period"][1])),
        seller=Company(**plain["seller"]),
        buyer=Company(**plain["buyer"]),
        lines=tuple(
            Line(**one | {k: _amount(one[k]) for k in ("price", "net", "percent")}) for one in plain["lines"]
        ),
        taxes=tuple(
            Tax(**one | {k: _amount(one[k]) for k in ("percent", "taxable", "tax")}) for one in plain["taxes"]
        ),
        totals=Totals(**{name: Decimal(amount) for name, amount in plain["totals"].items()}),
        preceding=(preceding[0], day(preceding[1])) if preceding else None,
        allowances=tuple(map(Decimal, plain["allowances"])),
        charges=tuple(map(Decimal, plain["charges"])),
    )


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
