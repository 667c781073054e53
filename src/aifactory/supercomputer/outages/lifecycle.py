"""The life of an outage."""

from django.utils.translation import gettext_lazy as _

from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.supercomputer.outages.permissions import Permission

OUTAGE = Lifecycle(
    name="outage",
    initial="open",
    states={"open": _("Announced or going on"), "settled": _("Settled"), "annulled": _("Annulled")},
    transitions=(
        Transition("settle", ("open",), "settled", Permission.SETTLE, "outage:settle"),
        Transition("annul", ("open",), "annulled", Permission.RECORD, "outage:annul"),
    ),
)
