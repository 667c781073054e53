"""What can be done about paid use."""

from enum import StrEnum


class Permission(StrEnum):
    """`ISSUE` is also the duty whose mandate a sale, an invoice and a credit note stand under."""

    CUSTOMER = "customer:manage"
    ISSUE = "invoice:issue"
    SETTLE = "invoice:settle"
