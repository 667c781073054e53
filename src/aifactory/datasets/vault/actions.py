"""Destroying a dataset's key: the bytes stay where they are, here and in every backup of them, and say nothing."""

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire
from aifactory.datasets.guards import duties_of
from aifactory.datasets.models import Agreement, Dataset, DutyStatement
from aifactory.datasets.permissions import Permission
from aifactory.datasets.vault.models import DataKey
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotFound
from aifactory.people.models import User
from aifactory.people.queries import mandate_for
from aifactory.people.rules import require
from aifactory.ports.key_store import KeyStore
from aifactory.ports.registry import get

DUTY = "destroy-key"


def destroy_key(dataset: Dataset, *, by: User, reason: str) -> DataKey:
    """Make a dataset's bytes unreadable for good, and state that the duty to do so was met wherever it was owed.

    The key goes within the transaction: where it can't be removed nothing is written, and where the writing fails
    the step is done again on a key that is gone already. Raises `NotFound`, `Invalid`, `NotAllowed`,
    `NotPossibleNow`, `DataIsStillShared`.
    """
    key = DataKey.objects.select_related("dataset").filter(dataset=dataset).first()
    if key is None:
        raise NotFound(_("This dataset has no key: its bytes are not sealed."))
    require(by, Permission.DESTROY_KEY, key)
    if not 3 <= len(reason.strip()) <= 500:
        raise Invalid([FieldError("reason", _("Give a reason of at most 500 characters."), "required")])
    mandate = mandate_for(by, Permission.DESTROY_KEY, scope="")
    facts = {"dataset": dataset.pk, "mandate": mandate.pk if mandate else ""}
    with transaction.atomic():
        fire(key, "destroy", by=by, data=facts, reason=reason.strip(), destroyed_at=clock.now())
        for agreement in Agreement.objects.filter(version__dataset=dataset).order_by("pk"):
            _met(agreement, by, reason.strip())
        get(KeyStore).destroy(key.pk)
    return key


def _met(agreement: Agreement, by: User, reason: str) -> None:
    said = duties_of(agreement)
    if DUTY not in said or agreement.valid_from is None or ((last := said[DUTY]) is not None and last.met):
        return
    statement = DutyStatement(agreement=agreement, duty=DUTY, met=True, reason=reason, said_by=by)
    enter(statement, "agreement:meet_duty", by=by, data={"agreement": agreement.pk, "duty": DUTY})
