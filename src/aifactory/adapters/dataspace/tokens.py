"""Proof of who speaks: JSON Web Tokens by keys, or fixed tokens from a file."""

import hmac
import json
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aifactory.adapters.dataspace.key_sets import KeySets
from aifactory.kit import signing
from aifactory.ports.dataspace import Credentials, NotIdentified

#: Signatures by a private key only; with a shared secret anyone who can check a token could make one.
ALGORITHMS = ("EdDSA", "ES256", "RS256")
LIFETIME_S, LONGEST_S, LEEWAY_S = 300, 900, 30
_CLAIMS = ["iss", "sub", "aud", "iat", "exp"]


class SignedTokens:
    """Short-lived tokens (RFC 7519) that name sender and receiver. Implements `ports.dataspace.Identity`.

    Ours are signed with a key of our own (Ed25519, made on first use). Another participant's may come from
    itself or from an OpenID provider: what counts is the issuer and the keys that are on record for it, or that
    stand at the address on record, as `key_sets` finds them.
    """

    def __init__(self, participant: str, key: Path, key_sets: KeySets | None = None) -> None:
        self._participant, self._path, self._key_sets = participant, key, key_sets

    @property
    def participant(self) -> str:
        return self._participant

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                return signing.create_key(self._path)
            except FileExistsError:  # made by another process a moment ago
                pass
        return signing.load_key(self._path)

    def public_key(self) -> dict[str, str]:
        """Return the key that others check our tokens with, as a JWK (RFC 8037)."""
        public = self._key.public_key()
        raw = jwt.utils.base64url_encode(signing.public_bytes(public)).decode()
        return {"kty": "OKP", "crv": "Ed25519", "x": raw, "kid": self._kid}

    @cached_property
    def _kid(self) -> str:
        return signing.key_id(self._key.public_key())[:16]

    def present(self, audience: str) -> dict[str, str]:
        """Return a token for one receiver, good for five minutes."""
        now = int(time.time())
        claims = {
            "iss": self._participant,
            "sub": self._participant,
            "aud": audience,
            "iat": now,
            "exp": now + LIFETIME_S,
        }
        token = jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._kid})
        return {"Authorization": f"Bearer {token}"}

    def identify(self, authorization: str, known: Callable[[str], Credentials | None]) -> str:
        """Check signature, issuer, receiver and times. Raises `NotIdentified`."""
        token = bearer(authorization)
        try:
            claimed = jwt.decode_complete(token, options={"verify_signature": False})
            credentials = known(str(claimed["payload"].get("sub", "")))
            if credentials is None:
                raise NotIdentified("The sender is not on our list.")
            claims = jwt.decode(
                token,
                self._key_of(credentials, claimed["header"]),
                algorithms=ALGORITHMS,
                audience=self._participant,
                issuer=credentials.issuer,
                leeway=LEEWAY_S,
                options={"require": _CLAIMS},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as problem:
            raise NotIdentified(f"The token does not hold: {problem}") from problem
        if claims["exp"] - claims["iat"] > LONGEST_S:
            raise NotIdentified("The token is good for longer than we accept.")
        return credentials.participant

    def _key_of(self, credentials: Credentials, header: dict[str, Any]) -> Any:
        """Return the key that the token names, of those on record or of those that its issuer publishes."""
        found = _named(credentials.keys, header)
        if found is None and credentials.keys_address and self._key_sets:
            found = _named(self._key_sets.keys(credentials.keys_address, header.get("kid")), header)
        if found is None:
            raise NotIdentified("The token is signed with a key that we don't know.")
        return jwt.PyJWK.from_dict(dict(found)).key


def bearer(authorization: str) -> str:
    """Return the token of an Authorization header (RFC 6750). Raises `NotIdentified`."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotIdentified("There is no bearer token.")
    return token.strip()


def _named(keys: tuple[Mapping[str, Any], ...], header: dict[str, Any]) -> Mapping[str, Any] | None:
    """Return the one key that the token names; with no name, the only one there is."""
    named = [key for key in keys if key.get("kid", "") == header.get("kid", "")]
    chosen = named or (list(keys) if "kid" not in header else [])
    return chosen[0] if len(chosen) == 1 else None


class StaticTokens:
    """Fixed tokens for a small circle. Implements `ports.dataspace.Identity`.

    The file (readable by the owner only) names, by participant, the token that we send and the SHA-256 of
    the token that we expect: `{"urn:b": {"send": "…", "expect": "sha256:…"}}`.
    """

    def __init__(self, participant: str, path: Path) -> None:
        self._participant, self._path = participant, path

    @property
    def participant(self) -> str:
        return self._participant

    def _tokens(self) -> dict[str, dict[str, str]]:
        tokens: dict[str, dict[str, str]] = json.loads(self._path.read_text())
        return tokens

    def present(self, audience: str) -> dict[str, str]:
        """Return the token for one receiver; none where the file has none."""
        token = self._tokens().get(audience, {}).get("send")
        return {"Authorization": f"Bearer {token}"} if token else {}

    def identify(self, authorization: str, known: Callable[[str], Credentials | None]) -> str:
        """Find whose token this is. Raises `NotIdentified`."""
        given = "sha256:" + sha256(bearer(authorization).encode()).hexdigest()
        for participant, tokens in self._tokens().items():
            if hmac.compare_digest(tokens.get("expect", ""), given) and known(participant):
                return participant
        raise NotIdentified("Nobody on our list has this token.")


class OpenDoor:
    """Takes every message for one participant's. Implements `ports.dataspace.Identity`.

    For the conformance kit alone, which sends no proof of who it is; `aifactory dataspace serve --tck` wires
    it, and only on loopback.
    """

    def __init__(self, participant: str, visitor: str) -> None:
        self._participant, self._visitor = participant, visitor

    @property
    def participant(self) -> str:
        return self._participant

    def present(self, audience: str) -> dict[str, str]:  # noqa: ARG002 - part of Identity
        """Return nothing: the kit asks for no proof."""
        return {}

    def identify(self, authorization: str, known: Callable[[str], Credentials | None]) -> str:  # noqa: ARG002
        """Return the one visitor."""
        return self._visitor
