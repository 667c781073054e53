"""Writing and reading an invoice in UBL 2.1, as EN 16931-3-2 and Peppol BIS Billing 3.0 lay it out.

Written from the specifications. The order of elements is that of the UBL schema; amounts carry their currency.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from aifactory.awards.billing.document import Company, Document, Line, Tax, Totals

CORE = "urn:cen.eu:en16931:2017"
PEPPOL = f"{CORE}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
ROOTS = {
    "380": ("Invoice", "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"),
    "381": ("CreditNote", "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"),
}
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
NAMESPACES = {"cac": CAC, "cbc": CBC}
LARGEST = 5_000_000


class NotAnInvoice(ValueError):
    """The file is no UBL invoice or credit note that can be read."""


def write(document: Document) -> bytes:
    """Return the document as UBL 2.1 XML in UTF-8."""
    name, namespace = ROOTS[document.kind]
    for prefix, uri in (("", namespace), *NAMESPACES.items()):
        ET.register_namespace(prefix, uri)
    root = ET.Element(f"{{{namespace}}}{name}")
    _head(root, document)
    _party(_group(root, "AccountingSupplierParty"), document.seller)
    _party(_group(root, "AccountingCustomerParty"), document.buyer)
    _payment(root, document)
    _tax_total(root, document)
    _totals(root, document)
    for line in document.lines:
        _line(root, line, document)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _head(root: ET.Element, document: Document) -> None:
    invoice = document.kind == "380"
    _text(root, "CustomizationID", CORE if document.by_mail else PEPPOL)
    _text(root, "ProfileID", "" if document.by_mail else PROFILE)
    _text(root, "ID", document.number)
    _text(root, "IssueDate", document.issued_on.isoformat())
    if invoice and document.due_on:
        _text(root, "DueDate", document.due_on.isoformat())
    _text(root, "InvoiceTypeCode" if invoice else "CreditNoteTypeCode", document.kind)
    _text(root, "Note", document.note)
    _text(root, "DocumentCurrencyCode", document.currency)
    _text(root, "BuyerReference", document.buyer_reference)
    period = _group(root, "InvoicePeriod")
    _text(period, "StartDate", document.period[0].isoformat())
    _text(period, "EndDate", document.period[1].isoformat())
    if document.preceding:
        reference = _group(_group(root, "BillingReference"), "InvoiceDocumentReference")
        _text(reference, "ID", document.preceding[0])
        _text(reference, "IssueDate", document.preceding[1].isoformat())


def _party(outer: ET.Element, company: Company) -> None:
    party = _group(outer, "Party")
    _text(party, "EndpointID", company.endpoint, schemeID=company.endpoint_scheme)
    _text(_group(party, "PartyName"), "Name", company.name)
    address = _group(party, "PostalAddress")
    _text(address, "StreetName", company.street)
    _text(address, "CityName", company.city)
    _text(address, "PostalZone", company.postcode)
    _text(_group(address, "Country"), "IdentificationCode", company.country)
    if company.vat_number:
        scheme = _group(party, "PartyTaxScheme")
        _text(scheme, "CompanyID", company.vat_number)
        _text(_group(scheme, "TaxScheme"), "ID", "VAT")
    legal = _group(party, "PartyLegalEntity")
    _text(legal, "RegistrationName", company.name)
    register = {"schemeID": company.register} if company.register else {}
    _text(legal, "CompanyID", company.registration_number, **register)


def _payment(root: ET.Element, document: Document) -> None:
    if document.seller.iban:
        means = _group(root, "PaymentMeans")
        _text(means, "PaymentMeansCode", "58")  # SEPA credit transfer, UNTDID 4461
        if document.kind == "381" and document.due_on:
            _text(means, "PaymentDueDate", document.due_on.isoformat())
        _text(means, "PaymentID", document.number)
        _text(_group(means, "PayeeFinancialAccount"), "ID", document.seller.iban)
    if document.payment_terms:
        _text(_group(root, "PaymentTerms"), "Note", document.payment_terms)


def _tax_total(root: ET.Element, document: Document) -> None:
    total = _group(root, "TaxTotal")
    _amount(total, "TaxAmount", document.totals.vat, document)
    for tax in document.taxes:
        part = _group(total, "TaxSubtotal")
        _amount(part, "TaxableAmount", tax.taxable, document)
        _amount(part, "TaxAmount", tax.tax, document)
        category = _category(part, "TaxCategory", tax.category, tax.percent)
        _text(category, "TaxExemptionReasonCode", tax.reason_code)
        _text(category, "TaxExemptionReason", tax.reason)
        _text(_group(category, "TaxScheme"), "ID", "VAT")


def _category(outer: ET.Element, name: str, code: str, percent: Decimal | None) -> ET.Element:
    category = _group(outer, name)
    _text(category, "ID", code)
    if percent is not None:
        _text(category, "Percent", f"{percent.normalize():f}")
    return category


def _totals(root: ET.Element, document: Document) -> None:
    found, group = document.totals, _group(root, "LegalMonetaryTotal")
    _amount(group, "LineExtensionAmount", found.lines, document)
    _amount(group, "TaxExclusiveAmount", found.without_vat, document)
    _amount(group, "TaxInclusiveAmount", found.with_vat, document)
    for name, amount in (
        ("AllowanceTotalAmount", found.allowances),
        ("ChargeTotalAmount", found.charges),
        ("PrepaidAmount", found.paid),
        ("PayableRoundingAmount", found.rounding),
    ):
        if amount:
            _amount(group, name, amount, document)
    _amount(group, "PayableAmount", found.due, document)


def _line(root: ET.Element, line: Line, document: Document) -> None:
    invoice = document.kind == "380"
    group = _group(root, "InvoiceLine" if invoice else "CreditNoteLine")
    _text(group, "ID", line.id)
    quantity = "InvoicedQuantity" if invoice else "CreditedQuantity"
    _text(group, quantity, str(line.quantity), unitCode=line.unit)
    _amount(group, "LineExtensionAmount", line.net, document)
    item = _group(group, "Item")
    _text(item, "Description", line.description)
    _text(item, "Name", line.name)
    category = _category(item, "ClassifiedTaxCategory", line.category, line.percent)
    _text(_group(category, "TaxScheme"), "ID", "VAT")
    price = _group(group, "Price")
    _text(price, "PriceAmount", f"{line.price:f}", currencyID=document.currency)
    _text(price, "BaseQuantity", str(line.base), unitCode=line.unit)


def _group(outer: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(outer, f"{{{CAC}}}{name}")


def _text(outer: ET.Element, name: str, text: str, **attributes: str) -> None:
    """Add an element; nothing for an empty text (PEPPOL-EN16931-R008)."""
    if text:
        ET.SubElement(outer, f"{{{CBC}}}{name}", attributes).text = text


def _amount(outer: ET.Element, name: str, amount: Decimal, document: Document) -> None:
    _text(outer, name, f"{amount:.2f}", currencyID=document.currency)


def read(xml: bytes) -> Document:
    """Read a UBL invoice or credit note. Raises `NotAnInvoice` for anything else; checks no rule."""
    if len(xml) > LARGEST or re.search(rb"<!(DOCTYPE|ENTITY)", xml):
        raise NotAnInvoice("The file is too large, or has a document type: an invoice has none.")
    try:
        return _Reader(ET.fromstring(xml)).document()  # noqa: S314 - without a DTD there are no entities
    except (ET.ParseError, KeyError, ArithmeticError, ValueError) as error:
        raise NotAnInvoice(f"This is no UBL invoice that can be read: {error}") from error


class _Reader:
    """Reads one document; the path of an element is written as in XPath."""

    def __init__(self, root: ET.Element) -> None:
        self.root = root
        self.kind = {f"{{{uri}}}{name}": kind for kind, (name, uri) in ROOTS.items()}[root.tag]

    def document(self) -> Document:
        number, day = self.text("cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"), self.day
        due = self.text("cbc:DueDate") or self.text("cac:PaymentMeans/cbc:PaymentDueDate")
        reference_day = self.text("cac:BillingReference/cac:InvoiceDocumentReference/cbc:IssueDate")
        flows = list(self.flows())
        return Document(
            number=self.text("cbc:ID"),
            kind=self.text("cbc:InvoiceTypeCode") or self.text("cbc:CreditNoteTypeCode"),
            issued_on=day(self.text("cbc:IssueDate")),
            due_on=day(due) if due else None,
            currency=self.text("cbc:DocumentCurrencyCode"),
            period=(
                day(self.text("cac:InvoicePeriod/cbc:StartDate")),
                day(self.text("cac:InvoicePeriod/cbc:EndDate")),
            ),
            buyer_reference=self.text("cbc:BuyerReference"),
            seller=self.company("cac:AccountingSupplierParty/cac:Party"),
            buyer=self.company("cac:AccountingCustomerParty/cac:Party"),
            lines=tuple(self.lines()),
            taxes=tuple(self.taxes()),
            totals=self.totals(),
            note=self.text("cbc:Note"),
            payment_terms=self.text("cac:PaymentTerms/cbc:Note"),
            preceding=(number, day(reference_day)) if number else None,
            allowances=tuple(amount for charge, amount in flows if not charge),
            charges=tuple(amount for charge, amount in flows if charge),
        )

    @staticmethod
    def day(text: str) -> date:
        return date.fromisoformat(text)

    def text(self, path: str, inside: ET.Element | None = None) -> str:
        found = (self.root if inside is None else inside).findtext(path, "", NAMESPACES)
        return found.strip()

    def money(self, path: str, inside: ET.Element | None = None) -> Decimal:
        return Decimal(self.text(path, inside) or "0.00")

    def company(self, path: str) -> Company:
        party = self.root.find(path, NAMESPACES)
        if party is None:
            raise ValueError(f"{path} is missing")
        endpoint = party.find("cbc:EndpointID", NAMESPACES)
        account = self.text("cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID")
        return Company(
            name=self.text("cac:PartyLegalEntity/cbc:RegistrationName", party),
            country=self.text("cac:PostalAddress/cac:Country/cbc:IdentificationCode", party),
            street=self.text("cac:PostalAddress/cbc:StreetName", party),
            postcode=self.text("cac:PostalAddress/cbc:PostalZone", party),
            city=self.text("cac:PostalAddress/cbc:CityName", party),
            vat_number=self.text("cac:PartyTaxScheme[cac:TaxScheme]/cbc:CompanyID", party),
            registration_number=self.text("cac:PartyLegalEntity/cbc:CompanyID", party),
            endpoint_scheme="" if endpoint is None else endpoint.get("schemeID", ""),
            endpoint="" if endpoint is None else (endpoint.text or "").strip(),
            iban=account if "Supplier" in path else "",
        )

    def percent(self, path: str, inside: ET.Element) -> Decimal | None:
        text = self.text(path, inside)
        return Decimal(text) if text else None

    def flows(self) -> Iterator[tuple[bool, Decimal]]:
        for one in self.root.findall("cac:AllowanceCharge", NAMESPACES):
            yield self.text("cbc:ChargeIndicator", one) == "true", self.money("cbc:Amount", one)

    def lines(self) -> Iterator[Line]:
        name, quantity = (
            ("cac:InvoiceLine", "InvoicedQuantity")
            if self.kind == "380"
            else ("cac:CreditNoteLine", "CreditedQuantity")
        )
        for one in self.root.findall(name, NAMESPACES):
            amount = one.find(f"cbc:{quantity}", NAMESPACES)
            category = "cac:Item/cac:ClassifiedTaxCategory"
            yield Line(
                id=self.text("cbc:ID", one),
                name=self.text("cac:Item/cbc:Name", one),
                description=self.text("cac:Item/cbc:Description", one),
                unit="" if amount is None else amount.get("unitCode", ""),
                quantity=int(self.text(f"cbc:{quantity}", one)),
                price=Decimal(self.text("cac:Price/cbc:PriceAmount", one)),
                base=int(self.text("cac:Price/cbc:BaseQuantity", one) or 1),
                net=self.money("cbc:LineExtensionAmount", one),
                category=self.text(f"{category}/cbc:ID", one),
                percent=self.percent(f"{category}/cbc:Percent", one),
            )

    def taxes(self) -> Iterator[Tax]:
        for one in self.root.findall("cac:TaxTotal/cac:TaxSubtotal", NAMESPACES):
            yield Tax(
                category=self.text("cac:TaxCategory/cbc:ID", one),
                percent=self.percent("cac:TaxCategory/cbc:Percent", one),
                taxable=self.money("cbc:TaxableAmount", one),
                tax=self.money("cbc:TaxAmount", one),
                reason_code=self.text("cac:TaxCategory/cbc:TaxExemptionReasonCode", one),
                reason=self.text("cac:TaxCategory/cbc:TaxExemptionReason", one),
            )

    def totals(self) -> Totals:
        def of(name: str) -> Decimal:
            return self.money(f"cac:LegalMonetaryTotal/cbc:{name}")

        return Totals(
            lines=of("LineExtensionAmount"),
            allowances=of("AllowanceTotalAmount"),
            charges=of("ChargeTotalAmount"),
            without_vat=of("TaxExclusiveAmount"),
            vat=self.money("cac:TaxTotal/cbc:TaxAmount"),
            with_vat=of("TaxInclusiveAmount"),
            paid=of("PrepaidAmount"),
            rounding=of("PayableRoundingAmount"),
            due=of("PayableAmount"),
        )
