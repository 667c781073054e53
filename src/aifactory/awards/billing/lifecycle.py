"""The life of an invoice or credit note. It is never changed: a mistake is taken back by a credit note."""

from django.utils.translation import gettext_lazy as _

from aifactory.awards.billing.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

INVOICE = Lifecycle(
    name="invoice",
    initial="issued",
    states={"issued": _("To be paid"), "paid": _("Paid"), "credited": _("Taken back")},
    transitions=(
        Transition("pay", ("issued",), "paid", Permission.SETTLE, "invoice:pay"),
        Transition("credit", ("issued", "paid"), "credited", Permission.ISSUE, "invoice:credit"),
    ),
)
