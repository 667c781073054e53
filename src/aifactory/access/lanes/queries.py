"""The order of a lane: by the moment of submission, then by the place of that event in the log."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from aifactory.access.applications.lifecycle import DECIDED
from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.audit.models import Event, Seal
from aifactory.kit.errors import NotFound

#: states in which an application of a lane waits for its decision
WAITING = ("submitted", "eligible", "ineligible")


@dataclass(frozen=True)
class Place:
    """One place in a lane. `event` is the submission in the log, `seal` its leaf there once it is sealed."""

    number: int
    application: str
    submitted_at: datetime
    state: str
    event: int
    seal: Seal | None

    @property
    def standing(self) -> str:
        """Return `waiting`, `decided` or `withdrawn`: all that the public learns of it."""
        if self.state in DECIDED:
            return "decided"
        return "withdrawn" if self.state == "withdrawn" else "waiting"

    @property
    def blinded(self) -> str:
        """Return the reference that names nobody: the start of the leaf, empty until it is sealed."""
        return self.seal.leaf[:16] if self.seal else ""


def lane(call: Call) -> list[Place]:
    """Return every place of a first-in-first-out call in order, in two queries; none for other calls."""
    if not call.mode.first_in_first_out:
        return []
    handed_in = call.applications.exclude(submitted_at=None).values_list("pk", "submitted_at", "state")
    rows = [(pk, at, state) for pk, at, state in handed_in if at]
    events = _submissions([pk for pk, _at, _state in rows])
    ordered = sorted(rows, key=lambda row: (row[1], events[row[0]].pk))
    return [
        Place(number, pk, at, state, events[pk].pk, getattr(events[pk], "seal", None))
        for number, (pk, at, state) in enumerate(ordered, start=1)
    ]


def _submissions(applications: list[str]) -> dict[str, Event]:
    things = [f"{Application._meta.label_lower}:{pk}" for pk in applications]  # noqa: SLF001 - Django's own name for it
    rows = Event.objects.filter(name="application:submit", thing__in=things).select_related("seal")
    return {event.thing.partition(":")[2]: event for event in rows}


def place_of(application: Application) -> Place | None:
    """Return where an application stands in its lane, if it is in one."""
    if application.submitted_at is None:
        return None
    return next((place for place in lane(application.call) if place.application == application.pk), None)


def place(call: Call, number: int) -> Place:
    """Return one place of a lane. Raises `NotFound`."""
    places = lane(call)
    if not 1 <= number <= len(places):
        raise NotFound(_("This call has no such place in its lane."))
    return places[number - 1]


def ahead_of(application: Application) -> int:
    """Return how many that came earlier still wait for their decision; 0 where order does not matter."""
    if application.submitted_at is None or application.state not in WAITING:
        return 0
    ahead = 0
    for found in lane(application.call):
        if found.application == application.pk:
            break
        ahead += found.state in WAITING
    return ahead
