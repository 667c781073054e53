"""A text that exists in both languages of the factory, or not at all."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, StringConstraints

LANGUAGES = ("en", "nl")

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Text(BaseModel):
    """One text in English and in Dutch; neither may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: Words
    nl: Words

    @classmethod
    def alike(cls, said: str) -> Self:
        """Return a text that reads the same in both languages."""
        return cls(en=said, nl=said)

    def of(self, language: str) -> str:
        """Return the text in `language` (`nl`, `nl-nl`, …); English for any other language."""
        return self.nl if language.lower().startswith("nl") else self.en

    def fill(self, **values: object) -> "Text":
        """Return the text with `{name}` places filled, by a text in its own language. Raises `KeyError` for a gap."""
        return Text(en=self.en.format(**_in("en", values)), nl=self.nl.format(**_in("nl", values)))

    def plain(self) -> dict[str, str]:
        """Return the text as JSON keeps it."""
        return {"en": self.en, "nl": self.nl}


def _in(language: str, values: dict[str, object]) -> dict[str, object]:
    return {name: v.of(language) if isinstance(v, Text) else v for name, v in values.items()}


def read_text(said: Any) -> Any:
    """Read one plain string as a text that counts for both languages; leave anything else to the type."""
    return Text.alike(said) if isinstance(said, str) else said


def _as_it_came(text: Text) -> str | dict[str, str]:
    return text.en if text.en == text.nl else text.plain()


#: a text that may be written as one plain string, and is then kept as one: data from before keeps its digest
TextOrString = Annotated[Text, BeforeValidator(read_text), PlainSerializer(_as_it_came)]
