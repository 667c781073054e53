"""Forms of the room access: made from a mode's questions, so that a new mode needs no new page."""

from collections.abc import Container, Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from aifactory.access.applications.forms import (
    Amount,
    Asked,
    Choice,
    Day,
    Number,
    Paragraphs,
    Slot,
    Step,
    YesNo,
)
from aifactory.access.models import Application, Call, Conflict, Review
from aifactory.access.modes import Reviewing
from aifactory.access.modes.queries import all_modes
from aifactory.access.review.queries import Candidate
from aifactory.access.review.scores import HIGHEST
from aifactory.access.screening.gate import proposed
from aifactory.datasets import queries as datasets
from aifactory.datasets.vocabulary import PURPOSES
from aifactory.kit.units import UNITS, Resource, base, shown
from aifactory.people.models import Organisation, User
from aifactory.web import jinja
from aifactory.web.forms import DateTime


class Open(forms.CharField):
    """A field that may stay empty in a draft, also where an answer is needed in the end."""

    def validate(self, value: Any) -> None:
        """Leave every judgement to the question itself."""


class OpenChoice(forms.ChoiceField):
    """The same for a choice."""

    def validate(self, value: Any) -> None:
        """Leave every judgement to the question itself."""


def question_field(question: Asked, language: str) -> forms.Field:
    """Return the field in which a question of a mode is answered."""
    label, required = question.label.of(language), question.required
    hint = question.help.of(language) if question.help else ""
    wishes: dict[str, Any] = {"label": label, "help_text": hint, "required": required}
    if isinstance(question, Choice):
        choices = [(option.value, option.label.of(language)) for option in question.options]
        return OpenChoice(choices=choices, widget=forms.RadioSelect, **wishes)
    if isinstance(question, YesNo):
        return OpenChoice(choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.RadioSelect, **wishes)
    if isinstance(question, Paragraphs):
        return Open(
            widget=forms.Textarea(attrs={"rows": 8, "maxlength": question.length}), strip=False, **wishes
        )
    if isinstance(question, Day):
        return Open(widget=forms.DateInput(attrs={"type": "date"}), **wishes)
    if isinstance(question, Number | Amount):
        return Open(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **wishes)
    return Open(**wishes)


class OpenAmount(forms.DecimalField):
    """An amount that may stay empty: nothing of it is awarded then."""

    def validate(self, value: Any) -> None:
        """Hold a number to its limits; an empty field has none."""
        if value is not None:
            super().validate(value)


class StepForm(forms.Form):
    """One page of a mode's form."""

    use_required_attribute = False

    def __init__(self, step: Step, application: Application, language: str, data: Any = None) -> None:
        initial = {q.id: q.write(application.answers.get(q.id)) for q in step.questions}
        super().__init__(data, initial=initial)
        for question in step.questions:
            self.fields[question.id] = question_field(question, language)

    def sent(self) -> dict[str, str]:
        """Return what was sent, as it was sent: the action reads and judges it."""
        return {name: self.data.get(name, "") for name in self.fields}


class StartForm(forms.Form):
    """For whom, and under what name."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("Organisation that applies"), empty_label=None
    )
    title = forms.CharField(label=gettext_lazy("Name of your project"), max_length=200)

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        own = Organisation.objects.filter(pk__in=user.organisation_ids).order_by("name")
        self.fields["organisation"].queryset = own  # type: ignore[attr-defined]


class DataForm(forms.Form):
    """Which data the work would use, and what for."""

    datasets = forms.MultipleChoiceField(
        label=gettext_lazy("Data from the catalogue"), required=False, widget=forms.CheckboxSelectMultiple
    )
    purpose = forms.ChoiceField(label=gettext_lazy("What you would use it for"), required=False)

    def __init__(self, application: Application, user: User, language: str, data: Any = None) -> None:
        super().__init__(data, initial={"datasets": application.datasets, "purpose": application.purpose})
        dutch = language.startswith("nl")
        self.fields["datasets"].choices = [  # type: ignore[attr-defined]
            (dataset.pk, (dutch and dataset.title_nl) or dataset.title)
            for dataset in datasets.catalogue(user).order_by("title")[:50]
        ]
        self.fields["purpose"].choices = [  # type: ignore[attr-defined]
            ("", _("No data from the catalogue")),
            *((code, word.label(language)) for code, word in PURPOSES.items()),
        ]


class DocumentForm(forms.Form):
    """One document."""

    file = forms.FileField()

    def __init__(self, slot: Slot, language: str, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.fields["file"].label = slot.label.of(language)
        self.fields["file"].help_text = slot.help.of(language) if slot.help else ""


class ReviewForm(forms.Form):
    """A score and a reason for each criterion, the words of each score beside it."""

    use_required_attribute = False

    def __init__(
        self,
        reviewing: Reviewing,
        language: str,
        data: Any = None,
        *,
        written: tuple[dict[str, Any], dict[str, Any]] = ({}, {}),
    ) -> None:
        initial = {f"score_{name}": str(score) for name, score in written[0].items()}
        super().__init__(
            data, initial=initial | {f"reason_{name}": text for name, text in written[1].items()}
        )
        self.criteria = reviewing.criteria
        for criterion in reviewing.criteria:
            label = criterion.label.of(language)
            choices = [(str(n), f"{n} – {criterion.words[n].of(language)}") for n in range(HIGHEST + 1)]
            self.fields[f"score_{criterion.id}"] = OpenChoice(
                choices=choices,
                widget=forms.RadioSelect,
                label=_("%(criterion)s, %(weight)s %% of the total")
                % {"criterion": label, "weight": criterion.weight},
                help_text=criterion.help.of(language),
            )
            self.fields[f"reason_{criterion.id}"] = Open(
                widget=forms.Textarea(attrs={"rows": 4, "maxlength": 1000}),
                label=_("%(criterion)s: why this score") % {"criterion": label},
            )

    def sent(self, kind: str) -> dict[str, str]:
        """Return what was sent as `score` or `reason`, by criterion."""
        prefix = f"{kind}_"
        return {n.removeprefix(prefix): self.data.get(n, "") for n in self.fields if n.startswith(prefix)}

    def by_criterion(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Return the two fields of each criterion with it."""
        return [(c, [self[f"score_{c.id}"], self[f"reason_{c.id}"]]) for c in self.criteria]


class ReviseForm(ReviewForm):
    """The review anew, and what changed it."""

    def __init__(self, review: Review, reviewing: Reviewing, language: str, data: Any = None) -> None:
        super().__init__(reviewing, language, data, written=(review.scores, review.reasons))
        self.fields["because"] = Open(
            label=_("What in the discussion changed your mind"),
            widget=forms.Textarea(attrs={"rows": 3, "maxlength": 1000}),
        )


class StatementForm(forms.Form):
    """Whether I stand too close to one application; several of them stand on one page."""

    use_required_attribute = False
    answer = forms.ChoiceField(
        label=gettext_lazy("Do you have a conflict of interest?"), widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=gettext_lazy("If you have one: what ties you to them?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, review: Review, data: Any = None) -> None:
        super().__init__(data, prefix=review.pk)
        choices = [
            ("free", _("No, I have no tie to this organisation or these people")),
            ("conflict", _("Yes, somebody else should judge it")),
        ]
        self.fields["answer"].choices = choices  # type: ignore[attr-defined]

    def answered(self) -> bool:
        """Say whether anything was chosen; the others on the page may wait."""
        return bool(self.data.get(self.add_prefix("answer")))

    def clean(self) -> dict[str, Any] | None:
        """Ask for the reason where there is a conflict."""
        facts = super().clean()
        if facts and facts.get("answer") == "conflict" and not facts.get("reason"):
            self.add_error("reason", _("Say it in a few words."))
        return facts


class HandleForm(forms.Form):
    """What follows from a conflict of interest, and why."""

    use_required_attribute = False
    step = forms.ChoiceField(label=gettext_lazy("What follows"), widget=forms.RadioSelect)
    measure = forms.CharField(
        label=gettext_lazy("The measure, or the reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, conflict: Conflict, data: Any = None) -> None:
        super().__init__(data)
        words = {
            "recuse": _("Keep the person out"),
            "manage": _("Let the person judge, with a measure"),
            "disclose": _("Let the person judge, and tell the others"),
            "lift": _("Lift it: the finding is wrong"),
        }
        real = conflict.handling == "recuse"
        possible = [t.name for t in conflict.LIFECYCLE.leaving(conflict.state) if t.name in words]
        choices = [
            (n, words[n]) for n in words if n in possible and not (real and n in ("manage", "disclose"))
        ]
        self.fields["step"].choices = choices  # type: ignore[attr-defined]


class CollaboratorForm(forms.Form):
    """Somebody with whom one published."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    last_on = forms.DateField(
        label=gettext_lazy("Last work together appeared on"), widget=forms.DateInput(attrs={"type": "date"})
    )


class RemarkForm(forms.Form):
    """What one says about an application."""

    text = forms.CharField(
        label=gettext_lazy("Your message"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )


class DeclineForm(forms.Form):
    """Why somebody else should review this."""

    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    conflict = forms.BooleanField(label=gettext_lazy("I stand too close to this application"), required=False)


class NameForm(forms.Form):
    """Reviewers, named by hand."""

    reviewers = forms.MultipleChoiceField(
        label=gettext_lazy("Reviewers without a conflict"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, free: Iterable[Candidate], data: Any = None) -> None:
        super().__init__(data)
        self.people = {one.user.pk: one for one in free}
        self.fields["reviewers"].choices = [(pk, _reviewer(one)) for pk, one in self.people.items()]  # type: ignore[attr-defined]

    def named(self) -> list[User]:
        """Return the people chosen."""
        return [self.people[pk].user for pk in self.cleaned_data["reviewers"]]


def _reviewer(one: Candidate) -> str:
    said = ngettext("%(name)s, %(count)s open review", "%(name)s, %(count)s open reviews", one.load)
    return said % {"name": one.user.name, "count": one.load}


class TakeBackForm(forms.Form):
    """Why a review is taken back."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is taken back"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class DecisionForm(forms.Form):
    """What is awarded of what was asked, and why."""

    outcome = forms.ChoiceField(label=gettext_lazy("Decision"), widget=forms.RadioSelect)
    reasons = forms.CharField(
        label=gettext_lazy("Reasons"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("The applicant reads this in the letter, beside scores and rules."),
    )

    def __init__(self, application: Application, data: Any = None) -> None:
        super().__init__(data)
        choices = [("awarded", _("Award")), ("rejected", _("Do not award"))]
        self.fields["outcome"].choices = choices  # type: ignore[attr-defined]
        adjusted = proposed(application)
        for resource, asked in application.requested.items():
            unit, fits = jinja.unit(UNITS[Resource(resource)][0]), adjusted[resource]
            told = _("Asked: %(asked)s") % {"asked": f"{shown(resource, asked).normalize():f} {unit}"}
            if fits != asked:
                told += " " + _("The technical check proposes another amount, which stands here.")
            self.fields[f"awarded_{resource}"] = OpenAmount(
                label=_("Awarded, in %(unit)s") % {"unit": unit},
                help_text=told,
                initial=f"{shown(resource, fits).normalize():f}",
                min_value=Decimal(0),
                max_digits=15,
            )
        self.order_fields(
            ["outcome", *[name for name in self.fields if name.startswith("awarded_")], "reasons"]
        )

    def awarded(self) -> dict[str, int]:
        """Return what is awarded: resource → base units; nothing where the decision is no."""
        if self.cleaned_data["outcome"] != "awarded":
            return {}
        amounts = {
            n.removeprefix("awarded_"): v for n, v in self.cleaned_data.items() if n.startswith("awarded_")
        }
        return {resource: base(resource, value or 0) for resource, value in amounts.items()}


class CallForm(forms.Form):
    """A call under a mode that comes with the platform."""

    mode = forms.ChoiceField(label=gettext_lazy("Mode"))
    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=200)
    title_nl = forms.CharField(label=gettext_lazy("Title in Dutch"), max_length=200)
    opens_at = DateTime(label=gettext_lazy("Opens at"))
    cut_off_at = DateTime(
        label=gettext_lazy("Cut-off"),
        required=False,
        help_text=gettext_lazy("Applications are taken until this second. Empty: until you close the call."),
    )

    def __init__(self, language: str, data: Any = None) -> None:
        super().__init__(data)
        choices = [(mode.name, f"{mode.title.of(language)}, {mode.name}") for mode in all_modes()]
        self.fields["mode"].choices = choices  # type: ignore[attr-defined]


def summary(
    application: Application, step: Step, language: str, *, without: Container[str] = ()
) -> list[dict[str, Any]]:
    """Return the answers of one step as rows of question and answer."""
    return [
        _row(question, application, language) for question in step.questions if question.id not in without
    ]


def _row(question: Asked, application: Application, language: str) -> dict[str, Any]:
    answer = application.answers.get(question.id)
    told = question.tell(answer, language)
    if isinstance(question, Amount) and told:
        told = f"{told} {jinja.unit(UNITS[question.resource][0])}"
    return {"key": question.label.of(language), "value": told}


def steps_shown(
    call: Call, application: Application, language: str, *, without: Container[str] = ()
) -> Iterable[tuple[Step, str, list[Any]]]:
    """Return each step with its title and its answers, as reviewers and the office read them.

    `without`: questions that are withheld from the reader; a step with nothing else is left out.
    """
    shown_steps = [
        (step, step.title.of(language), summary(application, step, language, without=without))
        for step in call.mode.steps
    ]
    return [part for part in shown_steps if part[2]]
