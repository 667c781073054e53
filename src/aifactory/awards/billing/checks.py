"""The rules of EN 16931-1 that an invoice of ours can break, each under its own name, and some that Peppol adds.

Our own checks, written from the standard's text: not the official Schematron files, against which an operator can
hold the XML before it is sent.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from aifactory.awards.billing.document import Document, Tax, rounded
from aifactory.awards.billing.vat import prefix

Found = Iterator[tuple[str, str]]
#: the schemes of addresses that Peppol delivers to (its list EAS, of 2026)
EAS = (
    "0002 0007 0009 0060 0088 0096 0097 0106 0130 0135 0142 0151 0158 0183 0184 0188 0190 0191 0192 0195 0196 0198 "
    "0199 0200 0201 0204 0208 0209 0210 0211 0216 0218 0221 0225 0230 0235 0240 0242 0244 0245 0246 0248 9910 9913 "
    "9914 9915 9918 9919 9920 9922 9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 "
    "9939 9940 9941 9942 9943 9944 9945 9946 9947 9948 9949 9950 9951 9952 9953 9957 9959"
)
ADDRESSES = frozenset(EAS.split())


@dataclass(frozen=True)
class Problem:
    """A rule that is broken, and how."""

    rule: str
    message: str


def problems(document: Document) -> list[Problem]:
    """Return every rule that the document breaks; an empty list for a good one."""
    return [Problem(rule, message) for check in CHECKS for rule, message in check(document)]


def _content(d: Document) -> Found:
    """What must be there: BR-02 to BR-16, BR-21 to BR-28."""
    asked = {
        "BR-02": (d.number, "The invoice has no number."),
        "BR-04": (d.kind in {"380", "381"}, "The type is neither invoice (380) nor credit note (381)."),
        "BR-05": (d.currency, "The currency is missing."),
        "BR-06": (d.seller.name, "The seller has no name."),
        "BR-07": (d.buyer.name, "The buyer has no name."),
        "BR-09": (d.seller.country, "The seller's country is missing."),
        "BR-11": (d.buyer.country, "The buyer's country is missing."),
        "BR-16": (d.lines, "The invoice has no line."),
        "BR-CO-26": (
            d.seller.registration_number or d.seller.vat_number,
            "The seller has neither a registration nor a VAT number.",
        ),
    }
    yield from ((rule, words) for rule, (given, words) in asked.items() if not given)
    for line in d.lines:
        if not line.id:
            yield "BR-21", "A line has no id."
        if not line.unit:
            yield "BR-23", f"Line {line.id} has no unit."
        if not line.name:
            yield "BR-25", f"Line {line.id} has no name."
        if line.price < 0:
            yield "BR-27", f"Line {line.id} has a price below zero."
    if d.period[1] < d.period[0]:
        yield "BR-29", "The period ends before it begins."
    if d.preceding and not d.preceding[0]:
        yield "BR-55", "The invoice that is credited has no number."


def _sums(d: Document) -> Found:
    """The arithmetic of the totals: BR-CO-10 to BR-CO-16."""
    t, zero = d.totals, Decimal(0)
    expected = {
        "BR-CO-10": ("the lines", t.lines, sum((line.net for line in d.lines), zero)),
        "BR-CO-11": ("the allowances", t.allowances, sum(d.allowances, zero)),
        "BR-CO-12": ("the charges", t.charges, sum(d.charges, zero)),
        "BR-CO-13": ("the total without VAT", t.without_vat, t.lines - t.allowances + t.charges),
        "BR-CO-14": ("the VAT", t.vat, sum((tax.tax for tax in d.taxes), zero)),
        "BR-CO-15": ("the total with VAT", t.with_vat, t.without_vat + t.vat),
        "BR-CO-16": ("the amount due", t.due, t.with_vat - t.paid + t.rounding),
    }
    for rule, (name, told, right) in expected.items():
        if told != right:
            yield rule, f"{name[0].upper()}{name[1:]} should be {right:.2f}, not {told:.2f}."
    if t.due > 0 and not (d.due_on or d.payment_terms):
        yield "BR-CO-25", "There is an amount due, but no day or terms of payment."


def _lines(d: Document) -> Found:
    """PEPPOL-EN16931-R120: a line's net amount is quantity × price ÷ base quantity; R121: the base is above zero."""
    for line in d.lines:
        if line.base <= 0:
            yield "PEPPOL-EN16931-R121", f"Line {line.id} has no base quantity above zero."
            continue
        right = rounded(line.quantity * line.price / line.base)
        if line.net != right:
            yield "PEPPOL-EN16931-R120", f"Line {line.id} should be {right:.2f}, not {line.net:.2f}."


def _breakdown(d: Document) -> Found:
    """VAT by category: BR-CO-04, BR-CO-17, BR-CO-18, and BR-S-08, BR-AE-08, BR-O-08 with their like."""
    if not d.taxes:
        yield "BR-CO-18", "There is no VAT breakdown."
    for line in d.lines:
        if not line.category:
            yield "BR-CO-04", f"Line {line.id} has no VAT category."
    told = Counter((tax.category, tax.percent) for tax in d.taxes)
    used = {(line.category, line.percent) for line in d.lines if line.category}
    for category, percent in sorted(used - set(told), key=str):
        yield f"BR-{category}-01", f"The breakdown lacks category {category} at {_rate(percent)}."
    for tax in d.taxes:
        if told[tax.category, tax.percent] > 1:
            yield (
                f"BR-{tax.category}-08",
                f"Category {tax.category} at {_rate(tax.percent)} stands there twice.",
            )
        net = (line.net for line in d.lines if (line.category, line.percent) == (tax.category, tax.percent))
        right = sum(net, Decimal(0))
        if tax.taxable != right and not (d.allowances or d.charges):
            yield (
                f"BR-{tax.category}-08",
                f"Category {tax.category} should tax {right:.2f}, not {tax.taxable:.2f}.",
            )
        vat = rounded(tax.taxable * (tax.percent or 0) / 100)
        if tax.tax != vat:
            yield "BR-CO-17", f"VAT of category {tax.category} should be {vat:.2f}, not {tax.tax:.2f}."
        yield from _category(tax, d)


def _category(tax: Tax, d: Document) -> Found:
    """What each category asks: standard rate (S), reverse charge (AE), outside the scope (O)."""
    seller, buyer = bool(d.seller.vat_number), bool(d.buyer.vat_number)
    reason = bool(tax.reason_code or tax.reason)
    asked = {
        "S": (
            ("BR-S-02", seller, "VAT is charged, but the seller has no VAT number."),
            ("BR-S-05", bool(tax.percent), "The standard rate is above zero."),
            ("BR-S-10", not reason, "VAT is charged, so there is no reason why not."),
        ),
        "AE": (
            ("BR-AE-02", seller and buyer, "A reverse charge needs the VAT numbers of both sides."),
            ("BR-AE-05", tax.percent == 0, "A reverse charge has a rate of 0."),
            ("BR-AE-10", reason, "A reverse charge says so."),
        ),
        "O": (
            ("BR-O-02", not (seller or buyer), "Outside the scope of VAT, no VAT number is given."),
            ("BR-O-05", tax.percent is None, "Outside the scope of VAT, there is no rate."),
            ("BR-O-10", reason, "It must say why no VAT is charged."),
            ("BR-O-11", len(d.taxes) == 1, "Outside the scope of VAT, there is no other category."),
        ),
    }
    other = (("BR-CL-17", False, f"VAT category {tax.category!r} is not used here (S, AE or O)."),)
    yield from ((rule, words) for rule, kept, words in asked.get(tax.category, other) if not kept)


def _numbers(d: Document) -> Found:
    """BR-CO-09: a VAT number begins with its country; BR-DEC: amounts have at most two decimals."""
    for who, company in (("seller", d.seller), ("buyer", d.buyer)):
        if company.vat_number and not company.vat_number.startswith(prefix(company.country)):
            yield "BR-CO-09", f"The VAT number of the {who} does not begin with {prefix(company.country)}."
    totals = d.totals
    amounts = [
        ("BR-DEC-09", totals.lines),
        ("BR-DEC-12", totals.without_vat),
        ("BR-DEC-13", totals.vat),
        ("BR-DEC-14", totals.with_vat),
        ("BR-DEC-18", totals.due),
        *(("BR-DEC-23", line.net) for line in d.lines),
        *(("BR-DEC-19", tax.taxable) for tax in d.taxes),
        *(("BR-DEC-20", tax.tax) for tax in d.taxes),
    ]
    yield from (
        (rule, f"{amount} has more than two decimals.") for rule, amount in amounts if not _in_cents(amount)
    )


def _peppol(d: Document) -> Found:
    """What Peppol asks on top, to deliver it."""
    if not d.buyer_reference:
        yield "PEPPOL-EN16931-R003", "The buyer's reference is missing."
    if not (d.buyer.endpoint and d.buyer.endpoint_scheme):
        yield "PEPPOL-EN16931-R010", "The buyer has no electronic address."
    if not (d.seller.endpoint and d.seller.endpoint_scheme):
        yield "PEPPOL-EN16931-R020", "The seller has no electronic address."
    for who, company in (("seller", d.seller), ("buyer", d.buyer)):
        if company.endpoint_scheme and not d.by_mail and company.endpoint_scheme not in ADDRESSES:
            yield (
                "PEPPOL-EN16931-CL008",
                f"Peppol delivers to no address of the kind {company.endpoint_scheme!r}, which the {who} has.",
            )


def _dutch(d: Document) -> Found:
    """What Peppol asks of a Dutch seller: NL-R-001 to NL-R-005 and NL-R-007."""
    if d.seller.country != "NL":
        return
    if d.kind == "381" and not d.preceding:
        yield "NL-R-001", "A credit note names the invoice that it takes back."
    sides = (("NL-R-002", "NL-R-003", "seller", d.seller), ("NL-R-004", "NL-R-005", "buyer", d.buyer))
    for address, register, who, company in sides:
        if company.country != "NL":
            continue
        if not (company.street and company.postcode and company.city):
            yield address, f"The address of the {who} lacks a street, postcode or town."
        if company.registration_number and not company.register:
            yield (
                register,
                f"The registration number of the {who} is no KvK number (8 digits) or OIN (20 digits).",
            )
    if d.totals.due > 0 and not d.seller.iban:
        yield "NL-R-007", "There is an amount due, but no account to pay it to."


def _in_cents(amount: Decimal) -> bool:
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -2


def _rate(percent: Decimal | None) -> str:
    return "no rate" if percent is None else f"{percent:f} %"


CHECKS: tuple[Callable[[Document], Found], ...] = (
    _content,
    _lines,
    _sums,
    _breakdown,
    _numbers,
    _peppol,
    _dutch,
)
