"""What can be done to the ledger of de minimis aid."""

from enum import StrEnum


class Permission(StrEnum):
    """`DECLARE`: an organisation says what it got elsewhere. `GRANT` belongs to a decision, `KEEP` to the office."""

    DECLARE = "aid:declare"
    GRANT = "aid:grant"
    KEEP = "aid:keep"
