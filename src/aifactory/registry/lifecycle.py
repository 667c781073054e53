"""The life of a model version."""

from django.utils.translation import gettext_lazy as _

from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.registry.gate import release_gate
from aifactory.registry.permissions import Permission

MODEL_VERSION = Lifecycle(
    name="model version",
    initial="candidate",
    states={"candidate": _("Candidate"), "released": _("Released"), "withdrawn": _("Withdrawn")},
    transitions=(
        Transition(
            "release", ("candidate",), "released", Permission.RELEASE, "model:release", guard=release_gate
        ),
        Transition("withdraw", ("candidate", "released"), "withdrawn", Permission.WITHDRAW, "model:withdraw"),
    ),
)
