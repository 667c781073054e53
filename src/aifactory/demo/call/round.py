"""One call from opening to letters, by script and by browser in turn: odd numbers one way, even numbers the other."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import cycle

from aifactory.access.matching.seeds import commitment
from aifactory.access.models import Application, Call, Review, Selection
from aifactory.demo.call.crowd import Crowd, Plan, Someone, score
from aifactory.demo.call.faces import ByApi, ByWeb, Face
from aifactory.demo.call.people import Registered
from aifactory.kit import clock
from aifactory.people.models import User

MODE = "regional-v1"
TITLE = {"en": "Regional access, open round", "nl": "Regionale toegang, open ronde"}
OPEN_DAYS = 14
WAYS: tuple[type[Face], ...] = (ByApi, ByWeb)
#: share of the GPU-hours asked that the call has to give
GIVES = 0.3


class Round:
    """The state of one call: who plays, what was handed in, and the clock that it runs on."""

    def __init__(
        self, crowd: Crowd, registered: Registered, office: User, decider: User, opens: datetime
    ) -> None:
        self.crowd, self.registered = crowd, registered
        self.office, self.decider = office, decider
        self.opens = opens.replace(microsecond=0)
        self.cut_off = self.opens + timedelta(days=OPEN_DAYS)
        self.call = self.selection = ""
        self.plans: dict[str, Plan] = {}
        self._faces: dict[str, Face] = {}

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Do something at a moment of the call."""
        with clock.frozen(moment):
            yield

    def face(self, user: User, kind: type[Face]) -> Face:
        """Return somebody's way in, opened once."""
        key = f"{user.pk} {kind.name}"
        if key not in self._faces:
            self._faces[key] = kind(user)
        return self._faces[key]

    def user(self, someone: Someone) -> User:
        """Return somebody's account."""
        return self.registered.people[someone.email]

    # ---- until the cut-off ---------------------------------------------------------------------------------

    def open(self, kind: type[Face]) -> None:
        """The office opens the call, states what it has to give, and commits to a secret."""
        with self.at(self.opens):
            office = self.face(self.office, kind)
            self.call = office.open_call(MODE, TITLE, self.opens, self.cut_off)
            office.state_budget(self.call, self.budget())
            office.commit(self.call, commitment(self.secret(self.office)))

    def budget(self) -> Mapping[str, str]:
        """Return what the call has to give: a share of what the crowd will ask, in the units of people."""
        asked = sum(int(plan.answers["gpu_hours"]) for plan in self.crowd.plans)
        return {"gpu": str(round(asked * GIVES / 100) * 100)}

    def secret(self, user: User) -> str:
        """Return somebody's secret for the draw."""
        return sha256(f"{self.crowd.seed} {user.email}".encode()).hexdigest()

    def prepare_reviewers(self) -> None:
        """Reviewers say what they wrote and know; two of them commit to a secret."""
        with self.at(self.opens + timedelta(days=1)):
            for someone, kind in zip(self.crowd.reviewers, cycle(WAYS), strict=False):
                self.face(self.user(someone), kind).describe(someone.works)
            for someone, kind in self._keepers():
                user = self.user(someone)
                self.face(user, kind).commit(self.call, commitment(self.secret(user)))

    def _keepers(self) -> Iterator[tuple[Someone, type[Face]]]:
        yield from zip(self.crowd.reviewers[:2], WAYS, strict=True)

    def apply(self, plan: Plan) -> str:
        """Somebody applies; each a little later than the one before."""
        kind: type[Face] = ByWeb if plan.number % 2 else ByApi
        with self.at(self.opens + timedelta(days=2, minutes=7 * plan.number)):
            face = self.face(self.user(plan.applicant), kind)
            firm = self.registered.firms[plan.applicant.firm]
            made = face.apply(self.call, firm.pk, plan)
        self.plans[made] = plan
        return made

    # ---- from the cut-off to the letters -------------------------------------------------------------------

    def screen(self, kind: type[Face]) -> None:
        """The call ends, and every rule is held to every application."""
        with self.at(self.cut_off + timedelta(minutes=1)):
            office = self.face(self.office, kind)
            office.close_call(self.call)
            office.judge(self.call)

    def draw_reviewers(self, kind: type[Face]) -> None:
        """Everybody shows their secret, and the draw says who reads what."""
        with self.at(self.cut_off + timedelta(days=1)):
            office = self.face(self.office, kind)
            office.reveal(self.call, self.secret(self.office))
            for someone, way in self._keepers():
                user = self.user(someone)
                self.face(user, way).reveal(self.call, self.secret(user))
            office.draw_reviewers(self.call)

    def review(self, review: Review) -> None:
        """A reviewer states to be free, then scores and gives reasons."""
        plan = self.plans[review.application_id]
        someone = next(s for s in self.crowd.reviewers if s.email == review.reviewer.email)
        criteria = self.mode_criteria()
        scores = {name: score(self.crowd, plan, someone, name) for name in criteria}
        reasons = {name: f"{words} ({scores[name]} of 5)" for name, words in criteria.items()}
        kind: type[Face] = ByWeb if plan.number % 2 else ByApi
        with self.at(self.cut_off + timedelta(days=4)):
            self.face(self.user(someone), kind).review(review.pk, scores, reasons)

    def mode_criteria(self) -> Mapping[str, str]:
        """Return the criteria of the call with what a reviewer of the crowd says of each."""
        reviewing = Call.objects.get(pk=self.call).mode.reviewing
        return (
            {c.id: f"{c.label.en}: judged by what the form says" for c in reviewing.criteria}
            if reviewing
            else {}
        )

    def reviews(self) -> list[Review]:
        """Return the reviews that are asked for."""
        rows = Review.objects.filter(application__call=self.call, state="assigned")
        return list(rows.select_related("reviewer").order_by("pk"))

    def select(self, kind: type[Face]) -> Selection:
        """The rule proposes; a mandated person confirms; all is published at once."""
        with self.at(self.cut_off + timedelta(days=7)):
            office = self.face(self.office, kind)
            self.selection = office.propose(self.call)
            self.face(self.decider, kind).confirm(self.selection)
            office.publish(self.selection)
        return Selection.objects.get(pk=self.selection)

    def letter(self, application: Application) -> str:
        """Return the subject of the letter, as its applicant reads it."""
        plan = self.plans[application.pk]
        kind: type[Face] = ByWeb if plan.number % 2 else ByApi
        with self.at(self.cut_off + timedelta(days=8)):
            return self.face(self.user(plan.applicant), kind).letter(application.pk)
