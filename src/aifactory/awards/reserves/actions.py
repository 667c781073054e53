"""Keeping amounts back, and letting them go."""

from collections.abc import Mapping

from aifactory.audit.actions import enter, fire
from aifactory.awards.permissions import Permission
from aifactory.awards.reserves.models import Reserve
from aifactory.ports.identity import Actor


def keep_back(pool: str, amounts: Mapping[str, int], *, cause: str, by: Actor) -> Reserve:
    """Keep amounts (resource to base units) of a pool back for a cause; the same cause again changes nothing."""
    known = Reserve.objects.filter(cause=cause).first()
    kept = {resource: amount for resource, amount in amounts.items() if amount > 0}
    return known or enter(
        Reserve(pool=pool, cause=cause, amounts=kept),
        "reserve:keep",
        by=by,
        permission=Permission.RESERVE,
        data={"pool": pool, "amounts": kept},
    )


def end(cause: str, *, used: bool, by: Actor) -> None:
    """End what is kept back for a cause: used by a grant, or free again. Nothing kept is fine."""
    for reserve in Reserve.objects.filter(cause=cause, state="kept"):
        fire(reserve, "use" if used else "release", by=by)
