"""A form made of the questions of one topic of a law."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from aifactory.assurance.questions import NONE, UNKNOWN, Answers, Question
from aifactory.people.language import spoken


class Alone(forms.MultipleChoiceField):
    """Several choices, of which 'none of these' stands alone."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if NONE in value and len(value) > 1:
            raise forms.ValidationError(_("Choose 'none of these' alone, or choose what fits."))


class TopicForm(forms.Form):
    """The questions that matter now, each with 'I do not know' as an answer in its own right."""

    def __init__(self, data: Any, *, questions: list[Question], answers: Answers) -> None:
        initial = {q.id: _shown(q, answers[q.id]) for q in questions if q.id in answers}
        super().__init__(data, initial=initial)
        self.questions = questions
        for question in questions:
            self.fields[question.id] = _field(question)

    def answers(self) -> dict[str, Any]:
        """Return the answers as the procedure takes them. Call it on a valid form."""
        given = {q.id: self.cleaned_data[q.id] for q in self.questions}
        return {key: value or UNKNOWN for key, value in given.items()}

    def clean(self) -> dict[str, Any]:
        """Let every question judge the form of its own answer."""
        cleaned = super().clean() or {}
        for question in self.questions:
            value = cleaned.get(question.id)
            if value and (mistake := question.mistake(value)):
                self.add_error(question.id, mistake.message)
        return cleaned


def _shown(question: Question, answer: Any) -> Any:
    return "" if question.kind == "number" and answer == UNKNOWN else answer


def _field(question: Question) -> forms.Field:
    language = spoken()
    facts: dict[str, Any] = {
        "label": question.text.said(language),
        "help_text": f"{question.help.said(language)} ({question.article})",
    }
    if question.kind == "number":
        facts["help_text"] += " " + _("Leave it empty if you do not know.")
        return forms.CharField(required=False, max_length=40, **facts)
    options = [(o.id, o.label.said(language)) for o in question.options] or [
        ("yes", _("Yes")),
        ("no", _("No")),
    ]
    if question.kind == "many":
        choices = [*options, (NONE, _("None of these")), (UNKNOWN, _("I do not know"))]
        return Alone(choices=choices, widget=forms.CheckboxSelectMultiple, **facts)
    choices = [*options, (UNKNOWN, _("I do not know"))]
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **facts)
