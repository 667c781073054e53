"""Publish a record with fields withheld, and let anyone check that nothing shown was changed.

Each field is committed to on its own; the record's digest is over the commitments. A record has one salt:

    field salt     HMAC-SHA256(record salt, field name), hex
    commitment     SHA-256 over canonical [field salt, field name, value], hex
    record digest  SHA-256 over canonical {field name: commitment, …}

Whoever sees a commitment without its salt cannot guess the value, however few values are possible. Once the
record's salt and values are erased, the commitments that remain say nothing about anybody.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from aifactory.kit.canonical import canonical, digest

SALT_SIZE = 32
_HEX = re.compile(r"[0-9a-f]{64}")


class MalformedDisclosure(ValueError):
    """It is not a record with shown and withheld fields."""


def new_salt() -> bytes:
    """Return a fresh secret for one record; keep it beside the record, never in a log."""
    return secrets.token_bytes(SALT_SIZE)


def commit(document: Mapping[str, Any], salt: bytes) -> str:
    """Return the record digest `sha256:<hex>` of a JSON-plain document. `ValueError`: the salt is short."""
    return digest({name: _commitment(_salt(salt, name), name, value) for name, value in document.items()})


def disclose(document: Mapping[str, Any], salt: bytes, public_fields: Collection[str]) -> dict[str, Any]:
    """Return the record as published: public fields with their own salts, the others as bare commitments."""
    fields, withheld = {}, {}
    for name, value in document.items():
        own = _salt(salt, name)
        if name in public_fields:
            fields[name] = {"salt": own, "value": value}
        else:
            withheld[name] = _commitment(own, name, value)
    return {"fields": fields, "withheld": withheld}


def digest_of(disclosed: Mapping[str, Any]) -> str:
    """Recompute the record digest from what `disclose` published. Raises `MalformedDisclosure`."""
    match disclosed:
        case {"fields": dict(fields), "withheld": dict(withheld)} if len(disclosed) == 2:
            pass
        case _:
            raise MalformedDisclosure("A published record has fields and withheld, and nothing else.")
    commitments = dict(withheld)
    if not all(isinstance(value, str) and _HEX.fullmatch(value) for value in withheld.values()):
        raise MalformedDisclosure("A withheld field is shown as a commitment of 64 hexadecimal digits.")
    for name, shown in fields.items():
        if name in commitments:
            raise MalformedDisclosure(f"The field {name!r} is both shown and withheld.")
        match shown:
            case {"salt": str(salt), "value": value} if len(shown) == 2 and _HEX.fullmatch(salt):
                commitments[name] = _commitment(salt, name, value)
            case _:
                raise MalformedDisclosure(f"The field {name!r} is shown without a proper salt and value.")
    return digest(commitments)


def _salt(record_salt: bytes, name: str) -> str:
    if len(record_salt) < SALT_SIZE:
        raise ValueError(f"A record's salt is at least {SALT_SIZE} random bytes.")
    return hmac.digest(record_salt, name.encode(), "sha256").hex()


def _commitment(field_salt: str, name: str, value: Any) -> str:
    return hashlib.sha256(canonical([field_salt, name, value])).hexdigest()
