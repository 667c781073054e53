"""Routes of projects and awards."""

from ninja import Router

router = Router(tags=["awards"])
