"""The lives of datasets, their versions, offers and agreements, as tables."""

from django.utils.translation import gettext_lazy as _

from aifactory.datasets import guards
from aifactory.datasets.permissions import Permission
from aifactory.kit.lifecycle import Lifecycle, Transition

DATASET = Lifecycle(
    name="dataset",
    initial="draft",
    states={"draft": _("Draft"), "published": _("Published"), "withdrawn": _("Withdrawn")},
    transitions=(
        Transition(
            "publish",
            ("draft", "withdrawn"),
            "published",
            Permission.MANAGE,
            "dataset:publish",
            guards.can_be_published,
        ),
        Transition("withdraw", ("published",), "withdrawn", Permission.WITHDRAW, "dataset:withdraw"),
    ),
)

VERSION = Lifecycle(
    name="dataset version",
    initial="draft",
    states={
        "draft": _("Files being added"),
        "inspected": _("Inspected"),
        "published": _("Published"),
        "withdrawn": _("Withdrawn"),
    },
    transitions=(
        Transition(
            "inspect",
            ("draft", "inspected"),
            "inspected",
            Permission.MANAGE,
            "version:inspect",
            guards.has_files,
        ),
        Transition(
            "publish", ("inspected",), "published", Permission.MANAGE, "version:publish", guards.report_allows
        ),
        Transition(
            "withdraw",
            ("draft", "inspected", "published"),
            "withdrawn",
            Permission.WITHDRAW,
            "version:withdraw",
        ),
    ),
)

OFFER = Lifecycle(
    name="offer",
    initial="open",
    states={"open": _("Open"), "closed": _("Closed")},
    transitions=(Transition("close", ("open",), "closed", Permission.OFFER, "offer:close"),),
)

AGREEMENT = Lifecycle(
    name="agreement",
    initial="requested",
    states={
        "requested": _("Requested"),
        "countered": _("Other terms proposed"),
        "agreed": _("Agreed, to be signed"),
        "in_force": _("In force"),
        "suspended": _("Suspended"),
        "ended": _("Ended"),
        "refused": _("Refused"),
    },
    transitions=(
        Transition(
            "agree", ("requested",), "agreed", Permission.DECIDE, "agreement:agree", guards.terms_still_allow
        ),
        Transition("refuse", ("requested", "countered"), "refused", Permission.DECIDE, "agreement:refuse"),
        Transition(
            "counter",
            ("requested",),
            "countered",
            Permission.DECIDE,
            "agreement:counter",
            guards.terms_still_allow,
        ),
        Transition(
            "propose",
            ("countered",),
            "requested",
            Permission.REQUEST,
            "agreement:propose",
            guards.terms_still_allow,
        ),
        Transition(
            "accept",
            ("countered",),
            "agreed",
            Permission.REQUEST,
            "agreement:accept",
            guards.terms_still_allow,
        ),
        Transition(
            "conclude",
            ("agreed",),
            "in_force",
            Permission.SIGN,
            "agreement:conclude",
            guards.terms_still_allow,
        ),
        Transition("suspend", ("in_force",), "suspended", Permission.SUSPEND, "agreement:suspend"),
        Transition(
            "resume",
            ("suspended",),
            "in_force",
            Permission.SUSPEND,
            "agreement:resume",
            guards.terms_still_allow,
        ),
        Transition(
            "end",
            ("requested", "countered", "agreed", "in_force", "suspended"),
            "ended",
            Permission.END,
            "agreement:end",
        ),
    ),
)

#: States in which a second agreement for the same project, version and purpose makes no sense.
LIVE = ("requested", "countered", "agreed", "in_force", "suspended")
