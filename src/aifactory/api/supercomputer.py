"""Routes of the room supercomputer."""

from ninja import Router

router = Router(tags=["supercomputer"])
