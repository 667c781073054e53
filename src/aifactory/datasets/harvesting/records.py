"""What we keep of a stranger's dataset: plain texts of bounded length, and a list of what is wrong with it."""

import json
import re
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from aifactory.datasets import vocabulary as v
from aifactory.kit.canonical import digest

LONGEST = {"title": 300, "description": 5_000, "name": 200, "keyword": 60, "address": 500}
MOST = 50


@dataclass(frozen=True)
class FoundRecord:
    """One dataset of another catalogue. `page` is where to go for it; texts are by language."""

    identifier: str
    title: dict[str, str]
    description: dict[str, str]
    publisher: str
    theme: str
    access: str
    licence: str
    keywords: tuple[str, ...]
    page: str
    modified: str
    files: tuple[dict[str, str], ...]
    errors: tuple[dict[str, Any], ...]

    @property
    def shown(self) -> bool:
        """Whether it can stand in our catalogue: it has a name and a page."""
        return bool(self.title and self.page)

    def facts(self) -> dict[str, Any]:
        """Return what is kept of it, as JSON."""
        facts = {field.name: getattr(self, field.name) for field in fields(self)}
        del facts["errors"], facts["identifier"]
        return facts | {"keywords": list(self.keywords), "files": list(self.files)}

    def digest(self) -> str:
        """Return the digest by which a later harvest sees whether anything changed."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        return digest(self.facts() | {"errors": list(self.errors)})


#: NUL as JSON and Turtle escape it; after an even number of backslashes only.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\(?:u0000|U00000000)")


def storable(document: bytes) -> bytes:
    """Return a document without what no database takes: NUL anywhere, and in JSON half a character (a lone surrogate).

    One slip in one record must not lose the catalogue. What is no JSON is left to its parser.
    """
    if b"0000" in document:
        document = _NUL.sub(rb"\1", document)
    document = document.replace(b"\0", b"")
    if document[:100].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") and b"\\ud" in document.lower():
        try:
            document = json.dumps(json.loads(document), ensure_ascii=False).encode(errors="replace")
        except (ValueError, RecursionError):
            return document
    return document


def problem(clause: str, en: str, nl: str, *, required: bool = True) -> dict[str, Any]:
    """Return one error as it is kept."""
    return {"clause": clause, "en": en, "nl": nl, "required": required}


def plain(text: object, kind: str) -> str:
    """Return a text without control characters and markup, cut to the length of its kind."""
    if not isinstance(text, str):
        return ""
    without = re.sub(r"<[^<>]{0,500}>", " ", text)
    without = re.sub(r"[^\S\n]+|[\x00-\x09\x0b-\x1f\x7f]", " ", without).strip()
    return without[: LONGEST[kind]]


def address(text: object) -> str:
    """Return an http address, or nothing: other schemes (`javascript:`, `file:`) are never linked to."""
    found = text.strip() if isinstance(text, str) else ""
    return found if re.fullmatch(r"https?://[^\s<>\"{}|\\^`\x00-\x1f]{3,490}", found) else ""


def code_of(iri: str, words: dict[str, v.Word]) -> str:
    """Return our code for an entry of a closed list, or nothing."""
    return next((code for code, word in words.items() if word.iri == iri), "")
