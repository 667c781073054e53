"""Offers of other participants that nobody here asked for: how many may stand, and how a project takes one up.

Such a negotiation has no project. It stays as it came until somebody takes it up for one, the office refuses it, or
the provider ends it; the factory itself answers nothing.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import NotPossibleNow
from aifactory.awards.models import Project
from aifactory.datasets.dataspace import asking, moving
from aifactory.datasets.dataspace.messages import CONSUMER
from aifactory.datasets.dataspace.models import Negotiation, Participant
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused
from aifactory.people.models import User


class TooManyOffers(Refused):
    """This participant's offers fill the place that there is for them."""

    status = 429


def leave_room(participant: Participant, their_pid: str, most: int) -> None:
    """Refuse an offer where `most` of this participant wait for an answer; one that came before is no new one.

    Holds the participant's row to the end of the transaction, so that offers sent together are counted one by one.
    Raises `TooManyOffers`.
    """
    Participant._base_manager.select_for_update().get(pk=participant.pk)  # noqa: SLF001 - Django's own name
    rows: Any = Negotiation._base_manager.filter(participant=participant, role=CONSUMER)  # noqa: SLF001
    if rows.filter(their_pid=their_pid).exists():
        return
    if rows.filter(project="", state="offered").count() >= most:
        raise TooManyOffers(
            _("%(count)s offers of yours wait for an answer here.") % {"count": most},
            rule=f"at most {most}",
            next_step=_("End one of them, or wait."),
        )


def take_up(negotiation: Negotiation, *, by: User, project: Project, purpose: str, seen: str) -> Negotiation:
    """Take up an offer for a project and one purpose: accept it, or where it leaves more open ask for it for that one.

    `seen` is the digest of the offer that was read. Raises `NotPossibleNow` where it is another one by now or is
    taken, `Invalid`, `PurposeDiffers`, `NotAllowed` for who does not work in the project.
    """
    with transaction.atomic():
        found = as_seen(negotiation, seen)
        if found.role != CONSUMER or found.project:
            raise NotPossibleNow(
                _("This is no offer that can be taken up."),
                next_step=_("Reload the page to see where it stands now."),
            )
        offer = asking.narrowed(found.offer, found.dataset, project=project, purpose=purpose)
        found.project = project.pk  # whose people may take it up
        taken: dict[str, Any] = {"project": project.pk, "purpose": purpose, "requested_by": by}
        if asking.gives(found.offer, purpose):
            moving.move(found, "accept", by=by, **taken)
        else:
            moving.move(found, "request", by=by, said={"offer": offer}, offer=offer, **taken)
    return found


def as_seen(negotiation: Negotiation, seen: str) -> Negotiation:
    """Return the negotiation as it is now, held to the end of the transaction. Raises `NotPossibleNow`.

    A provider may replace its offer at any moment; nobody agrees to another one than they read.
    """
    rows: Any = Negotiation._base_manager.select_for_update(of=("self",))  # noqa: SLF001 - Django's own name
    found: Negotiation = rows.select_related("participant__organisation").get(pk=negotiation.pk)
    if digest(found.offer) != seen:
        raise NotPossibleNow(
            _("The other side changed its offer a moment ago."),
            rule="the offer that was read",
            next_step=_("Read the terms again."),
        )
    return found
