"""What reviewers do not learn where the mode is double-blind, and how people are called among themselves."""

from collections.abc import Iterable
from typing import Any

from aifactory.access.applications.forms import Line
from aifactory.access.applications.models import Application


def double_blind(application: Application) -> bool:
    """Say whether reviewers of this application do not learn who applies."""
    reviewing = application.call.mode.reviewing
    return reviewing is not None and reviewing.blind == "double"


def open_names(application: Application) -> bool:
    """Say whether the applicant learns who reviewed."""
    reviewing = application.call.mode.reviewing
    return reviewing is not None and reviewing.blind == "open"


def withheld(application: Application) -> frozenset[str]:
    """Return the questions whose answers the reviewers do not read.

    Whom the applicant does not want as a judge no judge reads, however blind the mode is.
    """
    blind, asked = double_blind(application), application.call.mode.questions
    return frozenset(
        q.id for q in asked if (blind and q.identifies) or (isinstance(q, Line) and q.excludes_people)
    )


def answers_for_reviewers(application: Application) -> dict[str, Any]:
    """Return the answers that the reviewers read."""
    kept_back = withheld(application)
    return {name: answer for name, answer in application.answers.items() if name not in kept_back}


def letters(reviewers: Iterable[str]) -> dict[str, str]:
    """Return the letter under which each reviewer (by id, in the order asked) is known to the others."""
    return {reviewer: chr(ord("A") + number) for number, reviewer in enumerate(reviewers)}
