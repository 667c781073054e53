"""The life of a job, and of each attempt to run it."""

from django.utils.translation import gettext_lazy as _

from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.supercomputer.permissions import Permission

JOB = Lifecycle(
    name="job",
    initial="planned",
    states={
        "planned": _("Planned"),
        "queued": _("Queued"),
        "running": _("Running"),
        "succeeded": _("Succeeded"),
        "failed": _("Failed"),
        "cancelled": _("Cancelled"),
        "unknown": _("End unknown"),
    },
    transitions=(
        Transition("start", ("planned",), "queued", Permission.START, "job:start"),
        Transition("run", ("queued",), "running", Permission.RUN, "job:run"),
        Transition("succeed", ("queued", "running", "unknown"), "succeeded", Permission.RUN, "job:succeed"),
        Transition("fail", ("queued", "running", "unknown"), "failed", Permission.RUN, "job:fail"),
        Transition("lose", ("queued", "running"), "unknown", Permission.RUN, "job:lose"),
        Transition("go_on", ("queued", "running", "unknown"), "queued", Permission.RUN, "job:go_on"),
        Transition("retry", ("unknown", "failed"), "queued", Permission.RETRY, "job:retry"),
        Transition("cancel", ("planned",), "cancelled", Permission.CANCEL, "job:cancel"),
        Transition(
            "stop", ("planned", "queued", "running", "unknown"), "cancelled", Permission.STOP, "job:stop"
        ),
    ),
)

ATTEMPT = Lifecycle(
    name="attempt",
    initial="ordered",
    states={
        "ordered": _("Ordered"),
        "running": _("Running"),
        "completed": _("Completed"),
        "failed": _("Failed"),
        "timeout": _("Out of time"),
        "out_of_memory": _("Out of memory"),
        "cancelled": _("Stopped"),
        "lost": _("End unknown"),
        "refused": _("Refused"),
    },
    transitions=(
        Transition("run", ("ordered",), "running", Permission.RUN, "attempt:run"),
        *(
            Transition(name, ("ordered", "running", "lost"), target, Permission.RUN, f"attempt:{name}")
            for name, target in (
                ("complete", "completed"),
                ("fail", "failed"),
                ("time_out", "timeout"),
                ("run_out_of_memory", "out_of_memory"),
                ("stop", "cancelled"),
            )
        ),
        Transition("lose", ("ordered", "running"), "lost", Permission.RUN, "attempt:lose"),
        Transition("refuse", ("ordered",), "refused", Permission.RUN, "attempt:refuse"),
    ),
)

VERB = Lifecycle(
    name="verb",
    initial="failed",
    states={"failed": _("Failed"), "due": _("Tried again soon"), "cured": _("Works again")},
    transitions=(
        Transition("fail", ("failed", "due"), "failed", Permission.RUN, "verb:fail"),
        Transition("replay", ("failed", "due"), "due", Permission.REPLAY, "verb:replay"),
        Transition("cure", ("failed", "due"), "cured", Permission.RUN, "verb:cure"),
    ),
)

ACTIVE_JOB = ("planned", "queued", "running")
ENDED_JOB = ("succeeded", "failed", "cancelled")
OPEN_ATTEMPT = ("ordered", "running")
