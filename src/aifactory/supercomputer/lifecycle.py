"""The life of a job, and of each attempt to run it."""

from aifactory.kit.lifecycle import Lifecycle, Transition
from aifactory.supercomputer.permissions import Permission

JOB = Lifecycle(
    name="job",
    initial="planned",
    states={
        "planned": "Planned",
        "queued": "Queued",
        "running": "Running",
        "succeeded": "Succeeded",
        "failed": "Failed",
        "cancelled": "Cancelled",
        "unknown": "End unknown",
    },
    transitions=(
        Transition("start", ("planned",), "queued", Permission.START, "job:start"),
        Transition("run", ("queued",), "running", Permission.RUN, "job:run"),
        Transition("succeed", ("queued", "running", "unknown"), "succeeded", Permission.RUN, "job:succeed"),
        Transition("fail", ("queued", "running", "unknown"), "failed", Permission.RUN, "job:fail"),
        Transition("lose", ("queued", "running"), "unknown", Permission.RUN, "job:lose"),
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
        "ordered": "Ordered",
        "running": "Running",
        "completed": "Completed",
        "failed": "Failed",
        "timeout": "Out of time",
        "out_of_memory": "Out of memory",
        "cancelled": "Stopped",
        "lost": "End unknown",
        "refused": "Refused",
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

ACTIVE_JOB = ("planned", "queued", "running")
ENDED_JOB = ("succeeded", "failed", "cancelled")
OPEN_ATTEMPT = ("ordered", "running")
