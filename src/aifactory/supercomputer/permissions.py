"""What can be done to jobs."""

from enum import StrEnum


class Permission(StrEnum):
    """`RUN` belongs to the agent's desk: it reports what an engine truly did. `READ` opens results and logs.

    `REPLAY` lets the agent try again at once what it could not do.
    """

    SUBMIT = "job:submit"
    START = "job:start"
    CANCEL = "job:cancel"
    RETRY = "job:retry"
    RUN = "job:run"
    STOP = "job:stop"
    READ = "job:read"
    REPLAY = "verb:replay"
