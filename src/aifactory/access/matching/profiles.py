"""What reviewers say of themselves, and which applications they want to read."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.access.applications.models import Application
from aifactory.access.matching.models import USUAL_LOAD, Bid, ReviewerProfile
from aifactory.access.permissions import Permission
from aifactory.access.words import read_words
from aifactory.audit.actions import enter
from aifactory.kit.errors import FieldError, Invalid
from aifactory.people.models import User

MOST_WORKS = 50
LONGEST_TITLE, LONGEST_ABSTRACT, LONGEST_KEYWORDS = 300, 5000, 500
MOST_REVIEWS = 40
LANGUAGES = ("en", "nl")


def describe(
    *,
    works: Sequence[Mapping[str, Any]],
    keywords: str = "",
    languages: Sequence[str] = (),
    most_reviews: int = USUAL_LOAD,
    by: User,
) -> ReviewerProfile:
    """Keep what a reviewer wrote and knows, in place of what was there. Raises `Invalid`, `NotAllowed`."""
    errors: list[FieldError] = []
    kept = [_work(work, number, errors) for number, work in enumerate(works, 1)]
    words = read_words(keywords, "keywords", LONGEST_KEYWORDS, errors)
    if len(kept) > MOST_WORKS:
        errors.append(FieldError("works", _("Name at most %(most)s works.") % {"most": MOST_WORKS}, "length"))
    if set(languages) - set(LANGUAGES):
        errors.append(FieldError("languages", _("Choose from the languages offered."), "closed list"))
    if not 0 <= most_reviews <= MOST_REVIEWS:
        text = _("Give a number from 0 to %(most)s.") % {"most": MOST_REVIEWS}
        errors.append(FieldError("most_reviews", text, "range"))
    if errors:
        raise Invalid(errors)
    facts = {
        "works": kept,
        "keywords": words,
        "languages": sorted(set(languages)),
        "most_reviews": most_reviews,
    }
    profile = ReviewerProfile.objects.filter(person=by).first() or ReviewerProfile(person=by)
    for name, value in facts.items():
        setattr(profile, name, value)
    return enter(profile, "reviewer:describe", by=by, permission=Permission.DESCRIBE, fields=list(facts))


def _work(work: Mapping[str, Any], number: int, errors: list[FieldError]) -> dict[str, str]:
    field = f"works[{number}]"
    title = read_words(work.get("title") or "", field, LONGEST_TITLE, errors)
    if not title:
        errors.append(FieldError(field, _("Work %(number)s has no title.") % {"number": number}, "required"))
    return {
        "title": title,
        "abstract": read_words(work.get("abstract") or "", field, LONGEST_ABSTRACT, errors),
    }


def bid(wishes: Mapping[Application, str], *, by: User) -> list[Bid]:
    """Keep what a reviewer wants of these applications; what they said before is replaced.

    Raises `Invalid`, `NotAllowed`.
    """
    if unknown := set(wishes.values()) - set(Bid.Wish.values):
        raise Invalid(
            [FieldError("wish", _("Choose one of the answers offered."), ", ".join(sorted(unknown)))]
        )
    kept = {one.application_id: one for one in Bid.objects.filter(person=by, application__in=list(wishes))}
    made = []
    with transaction.atomic():
        for application, wish in wishes.items():
            one = kept.get(application.pk) or Bid(application=application, person=by)
            if one.wish != wish:
                one.wish = wish
                made.append(enter(one, "bid:give", by=by, permission=Permission.BID, fields=["wish"]))
    return made
