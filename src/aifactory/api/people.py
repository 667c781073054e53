"""Routes about people and organisations."""

from ninja import Router

router = Router(tags=["people"])
