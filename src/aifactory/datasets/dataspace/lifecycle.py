"""The state machines of the Dataspace Protocol 2025-1 (sections 6.1 and 8.1), and who is on our list.

The states are the protocol's, in small letters. A transition is walked alike by the party that sends its
message and by the one that receives it; `messages` says which message walks which transition.
"""

from django.utils.translation import gettext_lazy as _

from aifactory.datasets.dataspace.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

PARTICIPANT = Lifecycle(
    name="dataspace participant",
    initial="admitted",
    states={"admitted": _("Admitted"), "blocked": _("Blocked")},
    transitions=(
        Transition("block", ("admitted",), "blocked", Permission.ADMIT, "participant:block"),
        Transition("admit_again", ("blocked",), "admitted", Permission.ADMIT, "participant:admit_again"),
    ),
)

_MOVE = Permission.NEGOTIATE
NEGOTIATION = Lifecycle(
    name="contract negotiation",
    initial="requested",
    states={
        "requested": _("Requested"),
        "offered": _("Offered"),
        "accepted": _("Accepted"),
        "agreed": _("Agreed"),
        "verified": _("Verified"),
        "finalized": _("Finalised"),
        "terminated": _("Terminated"),
    },
    transitions=(
        Transition("request", ("offered",), "requested", _MOVE, "negotiation:request"),
        # The conformance kit also lets a provider replace its offer before anybody answered it.
        Transition("offer", ("requested", "offered"), "offered", _MOVE, "negotiation:offer"),
        Transition("accept", ("offered",), "accepted", _MOVE, "negotiation:accept"),
        Transition("agree", ("requested", "accepted"), "agreed", _MOVE, "negotiation:agree"),
        Transition("verify", ("agreed",), "verified", _MOVE, "negotiation:verify"),
        Transition("finalize", ("verified",), "finalized", _MOVE, "negotiation:finalize"),
        Transition(
            "terminate",
            ("requested", "offered", "accepted", "agreed", "verified"),
            "terminated",
            Permission.STOP,
            "negotiation:terminate",
        ),
    ),
)

_CARRY = Permission.TRANSFER
TRANSFER = Lifecycle(
    name="data transfer",
    initial="requested",
    states={
        "requested": _("Requested"),
        "started": _("Started"),
        "suspended": _("Suspended"),
        "completed": _("Completed"),
        "terminated": _("Terminated"),
    },
    transitions=(
        Transition("start", ("requested", "suspended"), "started", _CARRY, "transfer:start"),
        Transition("suspend", ("started",), "suspended", _CARRY, "transfer:suspend"),
        Transition("complete", ("started",), "completed", _CARRY, "transfer:complete"),
        Transition(
            "terminate",
            ("requested", "started", "suspended"),
            "terminated",
            Permission.STOP,
            "transfer:terminate",
        ),
    ),
)
