"""Reads of the ledger: what counts for whom, and what is left."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from aifactory.audit.record import plain
from aifactory.awards.state_aid import ledger
from aifactory.awards.state_aid.models import AidEntry
from aifactory.kit import clock
from aifactory.people.enterprises.queries import single_undertaking
from aifactory.people.models import Organisation

#: the member state on whose behalf this factory grants
MEMBER_STATE = "NL"


@dataclass(frozen=True)
class Standing:
    """Where one undertaking stands on a day: who belongs to it, what counts, what is left (cents)."""

    undertaking: list[Organisation]
    entries: list[AidEntry]
    room: ledger.Room

    def aid(self) -> list[ledger.Aid]:
        """Return the entries as the arithmetic looks at them."""
        return [ledger.Aid(entry.granted_on, entry.cents) for entry in self.entries]

    def fits_from(self, cents: int) -> date | None:
        """Return the first day on which this amount fits; None where it never does."""
        return ledger.fits_from(self.aid(), self.room.on, cents)


def entries(organisation: Organisation) -> QuerySet[AidEntry]:
    """Return all entries of one organisation, the newest grant first."""
    return organisation.aid.order_by("-granted_on", "-pk")


def standing(
    organisation: Organisation,
    *,
    on: date | None = None,
    member_state: str = MEMBER_STATE,
    undertaking: list[Organisation] | None = None,
) -> Standing:
    """Return where the single undertaking of this organisation stands in one member state on a day (today).

    `undertaking`: who belongs to it, where that is known already.
    """
    on = on or clock.now().date()
    undertaking = undertaking or single_undertaking(organisation)
    rows = AidEntry.objects.filter(
        organisation__in=undertaking, member_state=member_state, state="standing"
    ).order_by("granted_on", "pk")
    counted = list(rows.select_related("organisation"))
    aid = [ledger.Aid(entry.granted_on, entry.cents) for entry in counted]
    return Standing(undertaking, counted, ledger.room(aid, on))


def entry_facts(entry: AidEntry) -> dict[str, Any]:
    """Return one entry as the API shows it; money in euros."""
    named = ("organisation_id", "member_state", "source", "authority", "measure", "register_reference")
    return {
        "id": entry.pk,
        **{name.removesuffix("_id"): getattr(entry, name) for name in named},
        "granted_on": plain(entry.granted_on),
        "counts_until": plain(ledger.leaves_on(entry.granted_on)),
        "euros": entry.cents / 100,
        "application": entry.application,
        "state": entry.state,
    }


def standing_facts(found: Standing) -> dict[str, Any]:
    """Return a standing as the API shows it: money in euros; `undertaking` by id."""
    return {
        "on": plain(found.room.on),
        "ceiling_euros": ledger.CEILING / 100,
        "used_euros": found.room.used / 100,
        "left_euros": found.room.left / 100,
        "undertaking": [one.pk for one in found.undertaking],
        "entries": [entry_facts(entry) for entry in found.entries],
    }
