"""Routes of the room registry."""

from ninja import Router

router = Router(tags=["registry"])
