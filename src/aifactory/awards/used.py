"""Billing what was used already: a cluster's books tell of it afterwards, when nothing can be set aside any more."""

from collections.abc import Mapping

from django.db import transaction

from aifactory.audit.actions import enter_all
from aifactory.awards.models import AwardLine, Hold
from aifactory.awards.permissions import Permission
from aifactory.kit import clock
from aifactory.ports.identity import Actor


def bill_used(amounts: Mapping[str, int], *, key: str, by: Actor) -> dict[str, int]:
    """Bill what was used of each award line (base units by its id), whenever that is told; return what was billed.

    At most what is left; less than nothing gives back what was billed too much. What could not be billed is told in
    the event as `cut_off`. A key is used once for each line.
    """
    with transaction.atomic(savepoint=False):
        lines = list(AwardLine.objects.select_for_update().filter(pk__in=amounts).order_by("pk"))
        billed = {line.pk: max(-line.drawn, min(amounts[line.pk], line.left)) for line in lines}
        for line in lines:
            line.drawn += billed[line.pk]
        AwardLine.objects.bulk_update(lines, ["drawn"], batch_size=200)
        holds, data = [], []
        for line in lines:
            amount, asked = billed[line.pk], amounts[line.pk]
            holds.append(
                Hold(
                    line=line, key=f"{key}:{line.pk}", amount=amount, drawn=amount, state=Hold.State.SETTLED,
                    settled_at=clock.now(),
                )
            )  # fmt: skip
            short = {"cut_off": asked - amount} if asked > amount else {}
            data.append({"amount": amount, "line": line.pk} | short)
        enter_all(holds, "award:draw", by=by, permission=Permission.SPEND, data=data)
    return billed
