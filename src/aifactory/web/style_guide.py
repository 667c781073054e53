"""The page that shows every building block, for those who build pages."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

#: an invented day, g CO₂/kWh by hour
HOURS = [310, 305, 300, 298, 300, 315, 340, 350, 320, 270, 220, 180, 160, 155, 165, 200, 260, 330, 380, 390, 370, 350, 335, 320]  # fmt: skip  # noqa: E501


class ExampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(
        label=_("Name of your project"), help_text=_("A few words that others understand.")
    )
    email = forms.EmailField(label=_("E-mail address"), required=False)
    hours = forms.IntegerField(label=_("GPU-hours"), min_value=1)
    start = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    need = forms.CharField(label=_("What do you want to make?"), widget=forms.Textarea(attrs={"rows": 4}))
    field = forms.ChoiceField(
        label=_("Field"), choices=[("health", _("Health")), ("energy", _("Energy and climate"))]
    )
    personal = forms.ChoiceField(
        label=_("Does your data describe people?"),
        choices=[("yes", _("Yes")), ("no", _("No")), ("unsure", _("I am not sure"))],
        widget=forms.RadioSelect,
    )
    wants = forms.MultipleChoiceField(
        label=_("What do you need?"),
        choices=[("gpu", _("Computing time")), ("data", _("Data")), ("advice", _("Advice"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    file = forms.FileField(label=_("A sample of your data"), required=False)
    agreed = forms.BooleanField(label=_("I have read the conditions"))


def style_guide(request: HttpRequest) -> HttpResponse:
    """Show every building block, the form with the mistakes of what was sent."""
    form = ExampleForm(request.POST if request.method == "POST" else None)
    hours = [(f"{hour}:00", value) for hour, value in enumerate(HOURS)]
    return render(request, "style_guide.html", {"form": form, "hours": hours})


urlpatterns = [path("style-guide/", style_guide, name="style_guide")]
