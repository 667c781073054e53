"""Until when one can object to a decision that is not about an application."""

from datetime import date

from django.conf import settings

from aifactory.access.deadlines import objection_ends
from aifactory.awards.pace.models import Reclaim
from aifactory.awards.pace.policy import named

#: whose public holidays count: the law of objections is that of the factory's country
COUNTRY = "NL"


def object_until(reclaim: Reclaim) -> date | None:
    """Return the last day to object to time being taken back (Awb 6:7, 6:8); None where nothing was taken."""
    if reclaim.state != "confirmed" or reclaim.decided_at is None:
        return None
    weeks = named(reclaim.policy).reclaim.object_weeks
    return objection_ends(reclaim.decided_at, weeks, settings.TIME_ZONE, COUNTRY)
