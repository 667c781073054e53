"""What can be done in the room of access."""

from enum import StrEnum


class Permission(StrEnum):
    """`DECIDE` also needs a mandate: a named person who is accountable for it."""

    WRITE_MODE = "mode:write"
    ADOPT_MODE = "mode:adopt"
    OPEN_CALL = "call:open"
    CLOSE_CALL = "call:close"
    START = "application:start"
    EDIT = "application:edit"
    SUBMIT = "application:submit"
    WITHDRAW = "application:withdraw"
    JUDGE = "application:judge"
    ASSIGN = "application:assign"
    DECIDE = "application:decide"
    REVIEW = "review:write"
    DISCUSS = "application:discuss"
    HANDLE_CONFLICT = "conflict:handle"
    SET_ASIDE = "review:set_aside"
    NAME_COLLABORATOR = "collaborator:name"
    OBJECT = "objection:file"
    HANDLE_OBJECTION = "objection:handle"
    RULE_OBJECTION = "objection:decide"
