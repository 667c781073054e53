"""Routes of the room assurance."""

from ninja import Router

router = Router(tags=["assurance"])
