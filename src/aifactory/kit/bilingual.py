"""A text that exists in both languages of the factory, or not at all."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

LANGUAGES = ("en", "nl")

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Text(BaseModel):
    """One text in English and in Dutch; neither may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: Words
    nl: Words

    def of(self, language: str) -> str:
        """Return the text in `language` (`nl`, `nl-nl`, …); English for any other language."""
        return self.nl if language.lower().startswith("nl") else self.en

    def fill(self, **values: object) -> "Text":
        """Return the text with `{name}` places filled. Raises `KeyError` where a value is missing."""
        return Text(en=self.en.format(**values), nl=self.nl.format(**values))

    def plain(self) -> dict[str, str]:
        """Return the text as JSON keeps it."""
        return {"en": self.en, "nl": self.nl}
