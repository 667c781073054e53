"""What can be done to datasets, offers and agreements."""

from enum import StrEnum


class Permission(StrEnum):
    """`MANAGE` is the holder's steward's; `SIGN` belongs to who may bind the user's organisation.

    `NAME`, `CONSENT` and `REMOVE` are about the people whom an agreement names.
    """

    MANAGE = "dataset:manage"
    WITHDRAW = "dataset:withdraw"
    DETAILS = "dataset:details"
    DESTROY_KEY = "dataset:destroy_key"
    OFFER = "offer:manage"
    REQUEST = "agreement:request"
    DECIDE = "agreement:decide"
    SIGN = "agreement:sign"
    SUSPEND = "agreement:suspend"
    END = "agreement:end"
    NAME = "persons:ask"
    CONSENT = "persons:decide"
    REMOVE = "persons:remove"
    HARVEST = "source:harvest"
    PROCESSING = "personal_data:state"
    ERASE = "erasure:record"
    ANSWER = "erasure:answer"
    FOLLOW = "erasure:follow"
