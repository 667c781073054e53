"""The letter as PDF: tagged, titled, in its language, and safe from what people typed."""

import io
import socket
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from aifactory.access.decisions.pdf import pdf

LETTER: dict[str, Any] = {
    "language": "nl",
    "subject": "Uw aanvraag R-2027-0001 is niet toegekend",
    "opening": 'Dit is het besluit over “#panic("x") *vet* $x^2$ 日本 😀”.',
    "sections": [
        {
            "heading": "Waarom",
            "paragraphs": ["Een reden.", "Nog een."],
            "items": ["Score: 3,90.", "@niemand <label>"],
        },
        {"heading": "Bezwaar", "paragraphs": ["Tot en met 13 april."], "items": []},
    ],
    "closing": "Besloten door A. Persoon, directeur.",
}


def test_it_is_tagged_and_says_its_title_and_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", lambda *_a, **_k: pytest.fail("A letter needs no network."))
    made = pdf(LETTER, factory="AI Factory", sent_on=date(2027, 3, 2))
    read = PdfReader(io.BytesIO(made))
    root = read.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert root["/MarkInfo"]["/Marked"] is not None
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - pypdf's own boolean
    assert (root["/Lang"], root["/ViewerPreferences"]["/DisplayDocTitle"] == True) == ("nl", True)  # noqa: E712
    assert read.metadata is not None
    assert read.metadata.title == LETTER["subject"]
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "<rdf:li>nl</rdf:li>" in metadata
    assert kinds(root["/StructTreeRoot"]) >= {"/Document", "/H1", "/H2", "/P", "/L", "/LI", "/LBody"}


def kinds(element: Any) -> set[str]:
    """Return the kinds of all elements below one of the structure tree."""
    element = element.get_object() if hasattr(element, "get_object") else element
    if isinstance(element, list):
        return {kind for child in element for kind in kinds(child)}
    if not isinstance(element, dict):
        return set()
    own = {element["/S"]} if "/S" in element else set()
    return own | (kinds(element["/K"]) if "/K" in element else set())


def test_what_people_typed_is_text_and_unknown_signs_are_numbered() -> None:
    made = pdf(LETTER, factory="AI Factory", sent_on=date(2027, 3, 2))
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    flat = " ".join(text.split())
    assert "2 maart 2027" in flat
    assert '#panic("x") *vet* $x^2$' in flat
    assert "@niemand <label>" in flat
    assert "Score: 3,90." in flat


def test_the_same_letter_gives_the_same_bytes() -> None:
    first, second = (pdf(LETTER, factory="AI Factory", sent_on=date(2027, 3, 2)) for _ in range(2))
    assert first == second
