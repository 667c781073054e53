"""Routes of the room transparency."""

from ninja import Router

router = Router(tags=["transparency"])
