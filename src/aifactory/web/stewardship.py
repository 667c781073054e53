"""Pages of a holder's steward: describe a dataset, upload, inspect, publish, offer, decide on requests."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from aifactory.datasets import actions, details, queries, readiness
from aifactory.datasets import vocabulary as v
from aifactory.datasets.models import Dataset, DatasetVersion, Offer
from aifactory.datasets.permissions import Permission
from aifactory.datasets.processing.queries import said_of
from aifactory.datasets.projections import PROJECTIONS
from aifactory.kit.errors import Invalid, NotAllowed, Refused
from aifactory.people.models import Organisation, User
from aifactory.people.rules import find
from aifactory.web.forms import take_errors
from aifactory.web.offered_terms import TermsForm, choices
from aifactory.web.processing import PersonalDataForm

Words = dict[str, v.Word]


def or_none(words: Words) -> Callable[[], list[tuple[str, str]]]:
    """Return a closed list that may be left open."""
    return lambda: [("", "–"), *choices(words)()]


def day_field(label: Any) -> forms.DateField:
    """Return a day that may be left open."""
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


def long_field(label: Any) -> forms.CharField:
    """Return a text of some sentences that may be left open."""
    return forms.CharField(label=label, required=False, widget=forms.Textarea, max_length=details.TEXT)


_COMMAS = ("keywords", "health_themes")
_HEALTH_ONLY = (
    "health_category", "health_themes", "publisher_type", "publisher_note", "access_body", "access_body_page",
    "access_body_mail", "sample_page",
)  # fmt: skip


class DatasetForm(forms.Form):
    """What everyone may know of a dataset."""

    title = forms.CharField(label=gettext_lazy("Title in English"), max_length=200)
    title_nl = forms.CharField(label=gettext_lazy("Title in Dutch"), max_length=200, required=False)
    description = forms.CharField(
        label=gettext_lazy("What is it, and how was it made? (English)"),
        widget=forms.Textarea,
        max_length=5_000,
    )
    description_nl = forms.CharField(
        label=gettext_lazy("The same in Dutch"), widget=forms.Textarea, max_length=5_000, required=False
    )
    theme = forms.ChoiceField(label=gettext_lazy("Theme"), choices=choices(v.THEMES))
    access = forms.ChoiceField(
        label=gettext_lazy("Who may use it?"),
        choices=choices(v.ACCESS_RIGHTS),
        help_text=gettext_lazy("Restricted: everyone sees that it exists, and uses it under an agreement."),
    )
    licence = forms.ChoiceField(label=gettext_lazy("Licence"), choices=choices(v.LICENCES))
    contains_personal_data = forms.BooleanField(
        label=gettext_lazy("It contains data about people, also when names were removed"), required=False
    )


class NewDatasetForm(DatasetForm):
    """Also asks for which organisation."""

    holder = forms.ChoiceField(label=gettext_lazy("Holder"))
    field_order = ("holder",)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisations = Organisation.objects.filter(pk__in=user.organisation_ids).order_by("name")
        self.fields["holder"].choices = [(o.pk, o.name) for o in organisations]  # type: ignore[attr-defined]


class DetailsForm(forms.Form):
    """What catalogues want to know beyond a title; about health only where the data is."""

    keywords = forms.CharField(
        label=gettext_lazy("Keywords"),
        required=False,
        help_text=gettext_lazy("Words with commas between them"),
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages in the data"),
        choices=choices(v.LANGUAGES),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    place = forms.ChoiceField(
        label=gettext_lazy("Which part of the world is it about?"),
        choices=or_none(v.COVERAGE),
        required=False,
    )
    period_from = day_field(gettext_lazy("First day that it is about"))
    period_until = day_field(gettext_lazy("Last day that it is about"))
    frequency = forms.ChoiceField(
        label=gettext_lazy("How often is it renewed?"), choices=or_none(v.FREQUENCIES), required=False
    )
    contact = forms.CharField(
        label=gettext_lazy("Mailbox for questions"),
        required=False,
        help_text=gettext_lazy("Of a desk, not of a person: everyone sees it."),
    )
    homepage = forms.CharField(label=gettext_lazy("Website of the holder"), required=False)
    provenance = long_field(gettext_lazy("Who collected it, how, and why?"))
    collected_on = day_field(gettext_lazy("Day of collection"))
    biases = long_field(gettext_lazy("Who or what is missing, or counted too often?"))
    limits = long_field(gettext_lazy("What does it not suit?"))
    maintenance = long_field(gettext_lazy("Who keeps it up to date, and until when?"))
    health_category = forms.ChoiceField(
        label=gettext_lazy("Category of health data"),
        choices=or_none(v.HEALTH_CATEGORIES),
        required=False,
        help_text=gettext_lazy("Of the European Health Data Space, article 51"),
    )
    health_themes = forms.CharField(
        label=gettext_lazy("Health themes"),
        required=False,
        help_text=gettext_lazy("Words with commas between them"),
    )
    publisher_type = forms.ChoiceField(
        label=gettext_lazy("Kind of holder"), choices=or_none(v.PUBLISHER_TYPES), required=False
    )
    publisher_note = long_field(gettext_lazy("Who is the holder?"))
    access_body = forms.CharField(label=gettext_lazy("Health data access body"), required=False)
    access_body_page = forms.CharField(label=gettext_lazy("Its website"), required=False)
    access_body_mail = forms.CharField(label=gettext_lazy("Its mailbox"), required=False)
    sample_page = forms.CharField(label=gettext_lazy("Page with made-up sample data"), required=False)

    def __init__(self, dataset: Dataset, *args: Any, **kwargs: Any) -> None:
        said = {k: ", ".join(x) if k in _COMMAS else x for k, x in dataset.details.items()}
        super().__init__(*args, **({"initial": said} | kwargs))
        if dataset.theme != "health":
            for name in _HEALTH_ONLY:
                del self.fields[name]


class UploadForm(forms.Form):
    """One file of a version."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV, TSV, Parquet, JSON, text, PDF or ZIP. We check what it truly is."),
    )


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea)


class OfferForm(TermsForm):
    """Terms of use, and whether a request that fits them needs a decision."""

    self_service = forms.BooleanField(
        label=gettext_lazy("Agree to every request that fits these terms, without a decision"), required=False
    )


@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The datasets I look after, and the requests that wait for me."""
    user = _user(request)
    context = {
        "datasets": queries.managed(user).order_by("-pk"),
        "requests": queries.requests_to_decide(user).order_by("pk"),
        "v": v,
    }
    return render(request, "datasets/mine.html", context)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Describe a new dataset."""
    user = _user(request)
    form = NewDatasetForm(user, request.POST or None, initial={"contains_personal_data": True})
    personal = PersonalDataForm(request.POST or None, initial={"processor": settings.FACTORY_NAME})
    if request.method == "POST" and all([form.is_valid(), personal.is_valid()]):
        facts = dict(form.cleaned_data)
        try:
            holder = find(Organisation, facts.pop("holder"), user)
            made = actions.describe(by=user, holder=holder, personal=personal.cleaned_data, **facts)
        except Refused as refusal:
            _take(form, personal, refusal)
        else:
            messages.success(request, _("The dataset is described. Now upload its files."))
            return redirect("dataset", made.pk)
    return render(request, "datasets/new.html", {"form": form, "personal": personal})


def _take(form: forms.Form, personal: PersonalDataForm, refusal: Refused) -> None:
    """Show a refusal at the part of the page that it is about."""
    named = {e.field for e in refusal.errors} if isinstance(refusal, Invalid) else {refusal.field}
    take_errors(personal if named & personal.fields.keys() else form, refusal)


@login_required
def edit(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Change the description."""
    dataset = _own(request, dataset_id, Permission.MANAGE)
    initial = {name: getattr(dataset, name) for name in DatasetForm.base_fields}
    form = DatasetForm(request.POST or None, initial=initial)
    personal = PersonalDataForm(request.POST or None, initial=said_of(dataset).document())
    if request.method == "POST" and all([form.is_valid(), personal.is_valid()]):
        try:
            actions.edit(dataset, by=_user(request), personal=personal.cleaned_data, **form.cleaned_data)
        except Refused as refusal:
            _take(form, personal, refusal)
        else:
            messages.success(request, _("The description is changed."))
            return redirect("dataset", dataset.pk)
    context = {"form": form, "personal": personal, "dataset": dataset}
    return render(request, "datasets/edit.html", context)


@login_required
def tell_more(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Say what other catalogues want to know; beside it, what each profile still misses."""
    dataset = _own(request, dataset_id, Permission.MANAGE)
    form = DetailsForm(dataset, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.tell_more(dataset, by=_user(request), said=dataset.details | form.cleaned_data)
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The description is changed."))
            return redirect("tell_more", dataset.pk)
    missing = [(PROJECTIONS[p].title, readiness.missing(dataset, p)) for p in readiness.profiles_for(dataset)]
    return render(request, "datasets/details.html", {"form": form, "dataset": dataset, "missing": missing})


@login_required
@require_POST
def start_version(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Start the next version."""
    dataset = find(Dataset, dataset_id, request.user)
    version = actions.new_version(dataset, by=_user(request))
    return redirect("dataset_version", version.pk)


@login_required
@require_POST
def upload(request: HttpRequest, version_id: str) -> HttpResponse:
    """Add one file to a draft version."""
    version = find(DatasetVersion, version_id, request.user)
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        actions.add_file(
            version, file.chunks(), by=_user(request), name=file.name, media_type=file.content_type or ""
        )
        messages.success(request, _("The file is added."))
    else:
        messages.error(request, _("Choose a file first."))
    return redirect("dataset_version", version.pk)


@login_required
@require_POST
def inspect(request: HttpRequest, version_id: str) -> HttpResponse:
    """Inspect a version."""
    version = find(DatasetVersion, version_id, request.user)
    actions.inspect_version(version, by=_user(request))
    messages.success(request, _("The version is inspected. Read what was found, then publish it."))
    return redirect("dataset_version", version.pk)


@login_required
@require_POST
def publish_version(request: HttpRequest, version_id: str) -> HttpResponse:
    """Publish a version, and its dataset with it where that is new."""
    version = find(DatasetVersion, version_id, request.user)
    actions.publish_version(version, by=_user(request))
    messages.success(request, _("The version is published."))
    return redirect("dataset", version.dataset_id)


@login_required
@require_POST
def publish(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Show the dataset in the catalogue."""
    dataset = find(Dataset, dataset_id, request.user)
    actions.publish_dataset(dataset, by=_user(request))
    messages.success(request, _("The dataset is in the catalogue."))
    return redirect("dataset", dataset.pk)


@login_required
def withdraw(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Take a dataset back, with a reason that the users read."""
    dataset = _own(request, dataset_id, Permission.WITHDRAW)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.withdraw_dataset(dataset, by=_user(request), reason=form.cleaned_data["reason"])
        messages.success(request, _("The dataset is withdrawn. All its agreements have ended."))
        return redirect("dataset", dataset.pk)
    return render(request, "datasets/withdraw.html", {"form": form, "dataset": dataset})


@login_required
def new_offer(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Offer a dataset under terms."""
    dataset = _own(request, dataset_id, Permission.OFFER)
    form = OfferForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.make_offer(
                dataset,
                by=_user(request),
                terms=form.terms(),
                self_service=form.cleaned_data["self_service"],
            )
        except Refused as refusal:
            take_errors(form, refusal)
        else:
            messages.success(request, _("The offer is open."))
            return redirect("dataset", dataset.pk)
    return render(request, "datasets/new_offer.html", {"form": form, "dataset": dataset})


@login_required
@require_POST
def close_offer(request: HttpRequest, offer_id: str) -> HttpResponse:
    """Close an offer."""
    offer = find(Offer, offer_id, request.user)
    actions.close_offer(offer, by=_user(request))
    messages.success(request, _("The offer is closed. Agreements under it go on."))
    return redirect("dataset", offer.dataset_id)


def _own(request: HttpRequest, dataset_id: str, permission: Permission) -> Dataset:
    """Return a dataset to work on. Raises `NotFound`, or `NotAllowed` before anybody fills in a form in vain."""
    dataset = find(Dataset, dataset_id, request.user)
    if not _user(request).may(permission, dataset):
        raise NotAllowed(_("Only the stewards of the holder can do this."), rule=permission)
    return dataset


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - login_required
    return request.user


urlpatterns = [
    path("datasets/mine/", mine, name="my_datasets"),
    path("datasets/new/", new, name="new_dataset"),
    path("datasets/<dataset_id>/edit/", edit, name="edit_dataset"),
    path("datasets/<dataset_id>/details/", tell_more, name="tell_more"),
    path("datasets/<dataset_id>/publish/", publish, name="publish_dataset"),
    path("datasets/<dataset_id>/withdraw/", withdraw, name="withdraw_dataset"),
    path("datasets/<dataset_id>/versions/new/", start_version, name="new_dataset_version"),
    path("datasets/<dataset_id>/offers/new/", new_offer, name="new_offer"),
    path("datasets/versions/<version_id>/files/", upload, name="upload_dataset_file"),
    path("datasets/versions/<version_id>/inspect/", inspect, name="inspect_dataset_version"),
    path("datasets/versions/<version_id>/publish/", publish_version, name="publish_dataset_version"),
    path("offers/<offer_id>/close/", close_offer, name="close_offer"),
]
