"""What can be done to datasets, offers and agreements."""

from enum import StrEnum


class Permission(StrEnum):
    """`MANAGE` is the holder's steward's; `SIGN` belongs to who may bind the user's organisation."""

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
    HARVEST = "source:harvest"
    PROCESSING = "personal_data:state"
    ERASE = "erasure:record"
    ANSWER = "erasure:answer"
    FOLLOW = "erasure:follow"
