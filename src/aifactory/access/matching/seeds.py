"""One seed from many secrets, so that nobody alone knows it beforehand.

Each party chooses a secret and publishes only its SHA-256 while the call is open. After the cut-off the
secrets are shown, and the seed is a digest over all of them: whoever kept one secret to the end that others
could not know has made the seed unknown to everybody else.

What is left open: the last to show a secret knows the seed with it and without it, and may hold it back. So k
people who work together choose between at most 2^k draws. A pair that has probability q then comes about with
at most 1 - (1 - q)^(2^k): for one such person, at the cap of one half, three quarters. Holding back is on
record, and the draw is still between divisions that are all best for every application.
"""

import hashlib
from collections.abc import Iterable

from aifactory.kit.canonical import canonical

#: characters of a secret: random hexadecimal has 4 bits each
SHORTEST, LONGEST = 32, 200


def commitment(secret: str) -> str:
    """Return what is published of a secret before the cut-off: `sha256:` and the SHA-256 of its UTF-8 bytes."""
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()


def seed(call: str, secrets: Iterable[str]) -> str:
    """Return the seed of a call, 64 hexadecimal digits: SHA-256 of canonical JSON (RFC 8785) with both.

    The secrets are ordered by their commitments, which were fixed before anybody saw another's secret.
    """
    ordered = sorted(set(secrets), key=commitment)
    return hashlib.sha256(canonical({"call": call, "secrets": ordered})).hexdigest()


def of_run(seed_of_call: str, number: int) -> bytes:
    """Return the seed of a call's n-th draw: a later one, for who declined, is not the first one again."""
    return hashlib.sha256(canonical({"run": number, "seed": seed_of_call})).digest()
