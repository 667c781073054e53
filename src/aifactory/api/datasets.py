"""Routes of the room datasets."""

from ninja import Router

router = Router(tags=["datasets"])
