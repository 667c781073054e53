"""Entries of a catalogue for tests: one with everything said, and ways to leave something out."""

from dataclasses import replace
from datetime import UTC, date, datetime

from aifactory.datasets.details import Details
from aifactory.datasets.processing.said import Said
from aifactory.datasets.projections.entry import Column, Entry, FileEntry

BASE = "https://factory.example"
SAID = Details(
    keywords=("cells", "tumour"),
    languages=("en", "nl"),
    place="NL",
    period_from="2020-01-01",
    period_until="2021-12-31",
    frequency="never",
    contact="data@delinde.example",
    homepage="https://delinde.example/",
    provenance='Measured by pathologists; "blind", with a \\ and\na new line.',
    collected_on="2021-12-31",
    biases="Few patients under 30.",
    limits="Not for diagnosis without a doctor.",
    maintenance="Kept until 2030.",
    health_category="k",
    health_themes=("breast cancer",),
    publisher_type="academia",
    publisher_note="A hospital in the east.",
    access_body="Health Data Access Body",
    access_body_page="https://hdab.example/",
    access_body_mail="ask@hdab.example",
    sample_page="https://delinde.example/sample",
)
RESTRICTED = Entry(
    address=f"{BASE}/datasets/dst_1/",
    identifier="dst_1",
    title={"en": "Breast cells", "nl": "Borstcellen"},
    description={"en": "Measurements of cell nuclei.", "nl": "Metingen van celkernen."},
    holder="Ziekenhuis De Linde",
    holder_address=f"{BASE}/organisations/org_1/",
    theme="health",
    access="restricted",
    licence="agreement",
    personal_data=True,
    purposes=("scientific-research",),
    version="2",
    digest="sha256:" + "ab" * 32,
    report_digest="sha256:" + "ef" * 32,
    size=1234,
    issued=datetime(2026, 1, 2, tzinfo=UTC),
    modified=datetime(2026, 2, 3, tzinfo=UTC),
    files=(),
    offers=(f"{BASE}/offers/off_1/odrl.jsonld",),
    details=SAID,
    personal=Said(
        controller="Ziekenhuis De Linde",
        basis="public_task",
        condition="research",
        categories=("traits", "health"),
        keep_until=date(2040, 12, 31),
    ),
)
OPEN = replace(
    RESTRICTED,
    theme="energy",
    access="public",
    licence="CC-BY-4.0",
    personal_data=False,
    personal=Said(),
    files=(
        FileEntry(
            f"{BASE}/datasets/files/dsf_1/",
            "wind 2020.csv",
            "text/csv",
            1234,
            "sha256:" + "cd" * 32,
            (Column("day", "time", "DATE"), Column("MWh, gross", "number", "DOUBLE")),
        ),
    ),
)
