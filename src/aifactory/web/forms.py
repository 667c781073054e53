"""What forms of all areas share."""

from collections.abc import Callable
from typing import Any

from django import forms

from aifactory.kit.errors import Invalid, Refused


def take_errors(form: forms.BaseForm, refusal: Refused, prefix: str = "") -> None:
    """Show a refusal where it belongs: at its fields, or at the top of the form.

    `prefix` is cut from field names that the action knows under a longer name (`parameters.`).
    """
    if isinstance(refusal, Invalid):
        for error in refusal.errors:
            name = error.field.removeprefix(prefix)
            form.add_error(name if name in form.fields else None, error.message)
    else:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def carried_out(form: forms.BaseForm, act: Callable[[], Any]) -> Any:
    """Return what `act` returns for a form that is right; None where the form or the act refused, told on the form."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Refused as refusal:
        take_errors(form, refusal)
        return None


class Day(forms.DateField):
    """A day, entered with the browser's own control."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class DateTime(forms.DateTimeField):
    """A moment in the factory's time zone, entered with the browser's own control."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)
