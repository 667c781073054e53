"""The form in which terms of use are written: for an offer, and for other terms on a request."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aifactory.datasets import vocabulary as v
from aifactory.datasets.terms import Terms
from aifactory.people.language import spoken


def choices(words: Mapping[str, v.Word]) -> Callable[[], list[tuple[str, str]]]:
    """Return a closed list in the reader's language, for a form field."""
    return lambda: [(code, word.label(spoken())) for code, word in words.items()]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class TermsForm(forms.Form):
    """Terms of use, in the words of the closed lists."""

    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("What may it be used for?"),
        choices=choices(v.PURPOSES),
        widget=forms.CheckboxSelectMultiple,
    )
    actions = forms.MultipleChoiceField(
        label=gettext_lazy("What may people do?"),
        choices=choices(v.ACTIONS),
        widget=forms.CheckboxSelectMultiple,
    )
    recipients = forms.MultipleChoiceField(
        label=gettext_lazy("For whom?"), choices=choices(v.RECIPIENTS), widget=forms.CheckboxSelectMultiple
    )
    spatial = forms.ChoiceField(
        label=gettext_lazy("Established where?"), choices=choices(v.PLACES), initial="EEA"
    )
    since = _day(gettext_lazy("First day of use"))
    until = _day(gettext_lazy("Last day of use"))
    count = forms.IntegerField(
        label=gettext_lazy("How many runs may use it at most?"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text=gettext_lazy("Leave empty for no limit."),
    )
    environment = forms.ChoiceField(
        label=gettext_lazy("Must it stay in the secure environment?"),
        choices=lambda: [
            ("", _("No: people of the project see results and what a job prints")),
            *(
                (code, _("Yes, %(how)s") % {"how": word.label(spoken())})
                for code, word in v.ENVIRONMENTS.items()
            ),
        ],
        widget=forms.RadioSelect,
        required=False,
        help_text=gettext_lazy(
            "Your stewards check what leaves. For a check by two people you need two of them. Whoever sees data on a "
            "screen can write it down: choose that only for people whom you trust with it."
        ),
    )
    duties = forms.MultipleChoiceField(
        label=gettext_lazy("What must they do?"),
        choices=choices(v.DUTIES),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def terms(self) -> dict[str, Any]:
        """Return what was filled in, as `terms.write` reads it."""
        given = {name: self.cleaned_data[name] for name in TermsForm.base_fields}
        days = {name: given[name].isoformat() if given[name] else None for name in ("since", "until")}
        return given | days


def filled(terms: Terms) -> dict[str, Any]:
    """Return terms as the first values of the form."""
    return {name: getattr(terms, name) for name in TermsForm.base_fields}
