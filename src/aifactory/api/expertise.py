"""Routes of the room expertise."""

from ninja import Router

router = Router(tags=["expertise"])
