"""The life of an entry: it counts, until it is annulled."""

from django.utils.translation import gettext_lazy as _

from aifactory.awards.state_aid.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

AID = Lifecycle(
    name="aid",
    initial="standing",
    states={"standing": _("Counts"), "annulled": _("Annulled")},
    transitions=(Transition("annul", ("standing",), "annulled", Permission.KEEP, "aid:annul"),),
)
