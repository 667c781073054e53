"""From records to the numbers that a draw is made from, and the digest that pins them."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aifactory.access.applications.forms import Paragraphs
from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.access.conflicts.queries import blocked
from aifactory.access.matching.models import USUAL_LOAD, Bid, ReviewerProfile
from aifactory.access.matching.similarity import Item, Model, Person, Text, scores
from aifactory.access.matching.words import language_of
from aifactory.access.review.lifecycle import ACTIVE_REVIEWS
from aifactory.access.review.models import Review
from aifactory.kit.canonical import canonical
from aifactory.people.models import Role, User

if TYPE_CHECKING:
    import numpy as np
    from django.db.models import QuerySet
    from numpy.typing import NDArray

MILLION = 1_000_000
#: what the wish to read an application multiplies expertise by, up to 1; "no" takes the pair out
WEIGHT = {Bid.Wish.WANT.value: 1.25, Bid.Wish.CAN.value: 1.0}


@dataclass(frozen=True)
class Inputs:
    """What a draw is made from: who and what in order of their ids, scores in millionths, -1 where not allowed."""

    call: str
    applications: list[Application]
    people: list[User]
    demand: "NDArray[np.int64]"
    load: "NDArray[np.int64]"
    scores: "NDArray[np.int64]"
    model: Model

    def digest(self) -> str:
        """Return `sha256:` of the facts as canonical JSON, a line feed, and the scores as big-endian 32-bit rows."""
        facts = {
            "call": self.call,
            "applications": [application.pk for application in self.applications],
            "people": [person.pk for person in self.people],
            "demand": self.demand.tolist(),
            "load": self.load.tolist(),
            "model": self.model.value,
        }
        pinned = hashlib.sha256(canonical(facts) + b"\n" + self.scores.astype(">i4").tobytes())
        return f"sha256:{pinned.hexdigest()}"


def lacking(call: Call) -> list[tuple[Application, int]]:
    """Return the eligible applications of a call that lack reviewers, by id, with how many, in two queries."""
    reviewing = call.mode.reviewing
    if reviewing is None:
        return []
    waiting = call.applications.filter(state__in=("eligible", "in_review"))
    rows = sorted(waiting.select_related("call"), key=lambda row: row.pk)
    given = Review.objects.filter(application__in=rows, state__in=ACTIVE_REVIEWS)
    active = Counter(given.values_list("application_id", flat=True))
    return [(row, reviewing.reviews - active[row.pk]) for row in rows if active[row.pk] < reviewing.reviews]


def everyone() -> "QuerySet[User]":
    """Return everyone who reviews, with their profile where they have one, in no order."""
    people = User.objects.filter(is_active=True, roles__icontains=f'"{Role.REVIEWER}"')
    return people.select_related("reviewer_profile")


def reviewers() -> list[User]:
    """Return everyone who reviews, by id, with their profile where they have one."""
    return sorted(everyone(), key=lambda person: person.pk)


def profile_of(person: User) -> ReviewerProfile | None:
    """Return what a reviewer said of themselves, if anything."""
    return getattr(person, "reviewer_profile", None)


def gather(call: Call, model: Model = Model.TFIDF) -> Inputs:
    """Return what a draw for this call would be made from now. Raises `MatchingIsNotInstalled`."""
    import numpy as np

    found, people = lacking(call), reviewers()
    applications = [application for application, _ in found]
    texts = {application.pk: text_of(application) for application in applications}
    table = scores(
        [Person(person.pk, works_of(person)) for person in people],
        [Item(application.pk, texts[application.pk]) for application in applications],
        model,
    ).T
    asked, load = _asked(call, people)
    wishes = {
        (bid.application_id, bid.person_id): bid.wish for bid in Bid.objects.filter(application__call=call)
    }
    out = blocked(call.applications.all()) | asked
    out |= {pair for pair, wish in wishes.items() if wish == Bid.Wish.NO}
    weighed = np.zeros((len(applications), len(people)), dtype=np.int64)
    for row, application in enumerate(applications):
        language = language_of(f"{texts[application.pk].title} {texts[application.pk].abstract}")
        for column, person in enumerate(people):
            pair = (application.pk, person.pk)
            if pair in out or not _reads(person, language):
                weighed[row, column] = -1
            else:
                score = table[row, column] * WEIGHT[wishes.get(pair, Bid.Wish.CAN.value)]
                weighed[row, column] = round(min(float(score), 1.0) * MILLION)
    demand = np.array([lacks for _, lacks in found], dtype=np.int64)
    return Inputs(call.pk, applications, people, demand, np.array(load, dtype=np.int64), weighed, model)


def text_of(application: Application) -> Text:
    """Return what an application is about: its title and the longer answers that do not tell who applies."""
    asked = [q for q in application.call.mode.questions if isinstance(q, Paragraphs) and not q.identifies]
    answers = [str(application.answers.get(question.id) or "") for question in asked]
    return Text(application.title, "\n".join(answers))


def works_of(person: User) -> tuple[Text, ...]:
    """Return what a reviewer wrote, and the keywords as one more work."""
    profile = profile_of(person)
    if profile is None:
        return ()
    works = [Text(work["title"], work["abstract"]) for work in profile.works]
    return (*works, Text("", profile.keywords)) if profile.keywords else tuple(works)


def _reads(person: User, language: str | None) -> bool:
    profile = profile_of(person)
    return language is None or profile is None or not profile.languages or language in profile.languages


def _asked(call: Call, people: Sequence[User]) -> tuple[set[tuple[str, str]], list[int]]:
    """Return who was asked for what in this call, and how many reviews each could still take."""
    rows: list[tuple[Any, ...]] = list(
        Review.objects.filter(application__call=call).values_list("application_id", "reviewer_id", "state")
    )
    taken = Counter(reviewer for _, reviewer, state in rows if state in ACTIVE_REVIEWS)
    most = {person.pk: profile.most_reviews for person in people if (profile := profile_of(person))}
    left = [max(most.get(person.pk, USUAL_LOAD) - taken[person.pk], 0) for person in people]
    return {(application, reviewer) for application, reviewer, _ in rows}, left
