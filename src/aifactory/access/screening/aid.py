"""An award as state aid: what it is worth by the mode's published prices, held to the room and written down."""

from collections.abc import Mapping

from aifactory.access.applications.models import Application
from aifactory.awards.state_aid import ledger
from aifactory.awards.state_aid.actions import grant_aid, require_room
from aifactory.awards.state_aid.models import AidEntry
from aifactory.people.enterprises.queries import ENTERPRISES
from aifactory.ports.identity import Actor


def worth(application: Application, amounts: Mapping[str, int]) -> int:
    """Return what these amounts (resource → base units) are worth as aid, in cents; 0 where the mode gives none.

    Aid is for undertakings: organisations that are no enterprise get none in the sense of the regulation.
    """
    rules = application.call.mode.state_aid
    if rules is None or application.organisation.kind not in ENTERPRISES:
        return 0
    prices = {resource.value: price for resource, price in rules.prices.items()}
    return ledger.value(amounts, prices)


def require_aid_room(application: Application, amounts: Mapping[str, int]) -> None:
    """Raise `NoRoomForAid` where the undertaking may not get what these amounts are worth as aid."""
    if cents := worth(application, amounts):
        require_room(application.organisation, cents)


def grant_award_aid(
    application: Application, granted: Mapping[str, int], *, by: Actor, cause: str = ""
) -> AidEntry | None:
    """Write down the aid that an award gives, or return None where it is none. Raises `NoRoomForAid`.

    `cause`: the id of what grants it, where that is not the decision on the application; each is written down once.
    """
    cents = worth(application, granted)
    if not cents:
        return None
    measure = f"{application.reference} {application.title}"
    authority = application.call.mode.title.en
    return grant_aid(
        application.organisation,
        cents,
        by=by,
        application=cause or application.pk,
        authority=authority,
        measure=measure,
    )
