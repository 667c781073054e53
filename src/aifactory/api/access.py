"""Routes of the room access."""

from ninja import Router

router = Router(tags=["access"])
