"""Refusals that a person can act on: which field, which rule, what to do next."""

from dataclasses import dataclass


class Refused(Exception):
    """Something that may not happen, said in a sentence.

    Every face shows it: pages as an alert, the API as an RFC 9457 problem (409), the CLI as exit 1.
    """

    status = 409

    def __init__(
        self, message: str, *, field: str | None = None, rule: str | None = None, next_step: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.rule = rule
        self.next_step = next_step

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.next_step) if part)


class NotAllowed(Refused):
    """The person has no permission for this on this thing."""

    status = 403


class NotFound(Refused):
    """It does not exist, or the person may not know that it does."""

    status = 404


@dataclass(frozen=True)
class FieldError:
    """One mistake in one field; `rule` names what was broken."""

    field: str
    message: str
    rule: str | None = None


class Invalid(Refused):
    """The input has mistakes, one per field and rule."""

    status = 422

    def __init__(self, errors: list[FieldError], message: str = "Some answers need another look.") -> None:
        super().__init__(message, next_step="Correct the fields named and send it again.")
        self.errors = errors

    def __str__(self) -> str:
        return " ".join([self.message, *(f"{e.field}: {e.message}" for e in self.errors)])
