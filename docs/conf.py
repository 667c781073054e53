"""Sphinx: Markdown pages, Furo's look, no requests to other sites."""

from typing import Any

from pygments.lexers.special import TextLexer

project = "AI Factory"
author = "The AI Factory contributors"
copyright = "EUPL-1.2"  # noqa: A001 - Sphinx's own name
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "AI Factory"
html_extra_path = ["reference/openapi.json"]


def setup(app: Any) -> None:
    """Show diagrams as their text here; code forges draw them."""
    app.add_lexer("mermaid", TextLexer)
