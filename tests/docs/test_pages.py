"""The reference says what the code says, and links lead somewhere."""

import re

import pytest
from docs import facts, generate

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", generate.PAGES)
def test_the_reference_is_fresh(page):
    written = (generate.REFERENCE / page).read_text()
    assert written == generate.PAGES[page]().rstrip() + "\n", "run: python -m docs.generate"


def test_links_between_documents_lead_somewhere():
    pages = [*facts.ROOT.glob("*.md"), *(facts.ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(facts.ROOT)}: {target}"
        for page in pages
        if "_build" not in page.parts
        for target in LINK.findall(page.read_text())
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_licence_is_whole():
    text = (facts.ROOT / "LICENSE").read_text()
    assert re.findall(r"^## (\d+)\.", text, re.MULTILINE) == [str(n) for n in range(1, 16)]
    assert text.startswith("# EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert "## Appendix" in text
