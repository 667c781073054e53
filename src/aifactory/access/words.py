"""Free text that a person gives: taken as it is kept, or refused at its field."""

from django.utils.translation import gettext as _

from aifactory.access.applications.forms import Mistake, clean
from aifactory.kit.errors import FieldError, Invalid
from aifactory.people.language import spoken


def read_words(
    raw: object,
    field: str,
    most: int,
    errors: list[FieldError],
    *,
    required: str = "",
    rule: str = "required",
) -> str:
    """Return text of at most `most` characters, cleaned; what is wrong with it is added to `errors`.

    `required`: what to say where there is none; `rule`: what that breaks.
    """
    try:
        text = clean(raw, most)
    except Mistake as mistake:
        errors.append(FieldError(field, mistake.message.of(spoken()), mistake.rule))
        return ""
    if required and not text:
        errors.append(FieldError(field, required, rule))
    return text


def words_of(raw: object, field: str, most: int = 1000, required: str = "", *, rule: str = "required") -> str:
    """Return text that has to be there. Raises `Invalid`."""
    errors: list[FieldError] = []
    text = read_words(raw, field, most, errors, required=required or _("Say it in a few words."), rule=rule)
    if errors:
        raise Invalid(errors)
    return text
