"""Until when what a job left inside can be read: its key goes with the data that it was made of, and with its term.

Both are rounds of the worker, and both may be killed anywhere: the next round goes on.
"""

from django.db import transaction

from aifactory.audit.actions import enter, fire
from aifactory.datasets.models import Agreement
from aifactory.datasets.queries import is_over
from aifactory.datasets.vault.actions import DUTY
from aifactory.kit import clock
from aifactory.ports.identity import Actor
from aifactory.ports.key_store import KeyStore
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer.secure import resting
from aifactory.supercomputer.secure.models import Withheld
from aifactory.supercomputer.secure.permissions import Permission
from aifactory.supercomputer.secure.rules import WARDEN


def keep_sealed() -> dict[str, int]:
    """Seal what came plain, and destroy the keys that the terms no longer let anybody have."""
    return {"sealed": _seal_plain(), "destroyed": _destroy_due()}


def _seal_plain() -> int:
    """Seal the sets from before results were sealed, and those of an agent that doesn't know how to."""
    sets = Withheld.objects.filter(state="plain").select_related("attempt__job").order_by("pk")
    return sum(_seal(kept) for kept in sets)


def _seal(kept: Withheld) -> bool:
    """Sealed copies first, then the record that names both, then the plain ones go: a reader always finds one."""
    try:
        files = [
            file if file.get("salt") else resting.sealed_again(kept.attempt, file) for file in kept.files
        ]
    except NoSuchObject:  # its term is over, and it is being deleted
        return False
    kept.files = files
    enter(kept, "output:begin_seal", by=WARDEN, permission=Permission.SEAL, fields=["files"])
    released = {file["key"] for file in kept.attempt.outputs}
    for file in files:
        if "was" in file and file["was"] not in released:
            get(ObjectStore).delete(file["was"])
    sealed = [{name: file[name] for name in file if name != "was"} for file in files]
    fire(kept, "seal", by=WARDEN, files=sealed)
    return True


def _destroy_due() -> int:
    """Destroy a key where the key of the data was destroyed, or where that is owed at the end of an agreement."""
    rows = Withheld.objects.filter(state="sealed").values_list("pk", "attempt__job__secure")
    under = {pk: set(ids) for pk, ids in rows}
    due = _nobody_may_have(set().union(*under.values()))
    found = Withheld.objects.filter(pk__in=[pk for pk, ids in under.items() if ids & due])
    return len([destroy(kept, by=WARDEN) for kept in found.order_by("pk")])


def _nobody_may_have(agreements: set[str]) -> set[str]:
    rows = Agreement.objects.filter(pk__in=agreements).select_related("version__dataset__data_key")
    return {
        agreement.pk
        for agreement in rows
        if _is_destroyed(agreement) or (DUTY in agreement.terms.get("duties", ()) and is_over(agreement))
    }


def _is_destroyed(agreement: Agreement) -> bool:
    key = getattr(agreement.version.dataset, "data_key", None)
    return key is not None and key.state == "destroyed"


def destroy(kept: Withheld, *, by: Actor) -> Withheld:
    """Make what a run left inside unreadable for good. What was released stays.

    The key goes within the transaction, as that of a dataset does.
    """
    with transaction.atomic():
        data = {"attempt": kept.attempt_id}
        kept = fire(kept, "destroy", by=by, data=data, destroyed_at=clock.now())
        get(KeyStore).destroy(kept.attempt_id)
    return kept
