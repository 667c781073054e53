"""Billing what was used already: a cluster's books tell of it afterwards, when nothing can be set aside any more."""

from django.db import transaction
from django.db.models import F

from aifactory.audit.actions import enter
from aifactory.awards.models import AwardLine, Hold
from aifactory.awards.permissions import Permission
from aifactory.kit import clock
from aifactory.ports.identity import Actor


def bill_used(line: AwardLine, amount: int, *, key: str, by: Actor) -> Hold:
    """Bill `amount` base units that were used within the line's period, whenever that is told.

    At most what is left; less than nothing gives back what was billed too much. What could not be billed is told in
    the event as `cut_off`. A key is used once.
    """
    with transaction.atomic(savepoint=False):
        line = AwardLine.objects.select_for_update().get(pk=line.pk)
        billed = max(-line.drawn, min(amount, line.left))
        AwardLine.objects.filter(pk=line.pk).update(drawn=F("drawn") + billed)
        hold = Hold(
            line=line, key=key, amount=billed, drawn=billed, state=Hold.State.SETTLED, settled_at=clock.now()
        )
        data = {"amount": billed, "line": line.pk} | ({"cut_off": amount - billed} if amount > billed else {})
        return enter(hold, "award:draw", by=by, permission=Permission.SPEND, data=data)
