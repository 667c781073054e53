"""Keys that an issuer publishes: found and renewed by themselves, seldom asked for, only where they are on record."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.adapters.test_dataspace import THEM, US, signed

from aifactory.adapters.dataspace.http import HttpCaller
from aifactory.adapters.dataspace.key_sets import FRESH_S, PAUSE_S, STALE_S, KeySets
from aifactory.adapters.dataspace.tokens import SignedTokens
from aifactory.ports.dataspace import Credentials, NotIdentified


@dataclass
class Issuer:
    """What a server on loopback publishes: under /jwks what `said` holds, and how often it was asked for it."""

    address: str = ""
    said: Any = field(default_factory=dict)
    status: int = 200
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            content = json.dumps(made.said).encode()
            self.send_response(made.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.address = f"http://127.0.0.1:{server.server_address[1]}/jwks"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@dataclass
class House:
    """We, on a day whose seconds the test counts, and one participant on our list."""

    tokens: SignedTokens
    credentials: Credentials
    now: float = 0.0

    def hears(self, header: str) -> bool:
        try:
            return self.tokens.identify(header, {THEM: self.credentials}.get) == THEM
        except NotIdentified:
            return False


@pytest.fixture
def house(issuer: Issuer, tmp_path: Path) -> House:
    caller = HttpCaller(["127.0.0.0/8"])
    sets = KeySets(lambda: caller, lambda: made.now)
    made = House(SignedTokens(US, tmp_path / "us.pem", sets), Credentials(THEM, THEM, (), issuer.address))
    return made


def them(folder: Path, name: str) -> SignedTokens:
    return SignedTokens(THEM, folder / f"{name}.pem")


def test_a_new_key_is_found_by_itself_and_one_that_is_gone_counts_no_more(
    issuer: Issuer, house: House, tmp_path: Path
) -> None:
    old, new = them(tmp_path, "old"), them(tmp_path, "new")
    first, second = (one.present(US)["Authorization"] for one in (old, new))
    issuer.said = {"keys": [old.public_key()]}
    assert [house.hears(first), house.hears(first), len(issuer.asked)] == [True, True, 1]
    issuer.said = {"keys": [new.public_key()]}
    assert [house.hears(second), len(issuer.asked)] == [False, 1]  # a minute has not passed
    house.now += PAUSE_S
    assert [house.hears(second), house.hears(first), len(issuer.asked)] == [True, False, 2]
    house.now += FRESH_S
    issuer.said = {"keys": []}  # withdrawn: heard of after ten minutes at the latest
    assert [house.hears(second), len(issuer.asked)] == [False, 3]


def test_strange_tokens_make_us_ask_once_a_minute_and_nobody_else(
    issuer: Issuer, house: House, tmp_path: Path
) -> None:
    known = them(tmp_path, "known")
    issuer.said = {"keys": [known.public_key()]}
    elsewhere = issuer.address.replace("/jwks", "/theirs")
    for n in range(20):
        headers = {"kid": f"k{n}", "jku": elsewhere, "x5u": elsewhere}
        assert not house.hears(signed(known._key, headers=headers))
    unlisted = signed(known._key, headers={"kid": "k"}, sub="urn:unlisted")
    assert [house.hears(unlisted), issuer.asked] == [False, ["/jwks"]]


def test_an_issuer_that_is_down_is_believed_for_an_hour(issuer: Issuer, house: House, tmp_path: Path) -> None:
    header = them(tmp_path, "key").present(US)["Authorization"]
    issuer.said = {"keys": [them(tmp_path, "key").public_key()]}
    assert house.hears(header)
    issuer.status = 500
    house.now += FRESH_S
    assert [house.hears(header), house.hears(header), len(issuer.asked)] == [True, True, 2]
    house.now += STALE_S - FRESH_S
    assert not house.hears(header)
    issuer.status = 200
    house.now += PAUSE_S
    assert house.hears(header)


def test_a_key_on_record_needs_no_question_and_an_address_inside_is_never_called(
    issuer: Issuer, tmp_path: Path
) -> None:
    theirs = them(tmp_path, "theirs")
    header = theirs.present(US)["Authorization"]
    issuer.said = {"keys": [theirs.public_key()]}
    ours = SignedTokens(US, tmp_path / "us.pem", KeySets(HttpCaller))  # no network of ours may be called
    on_record = Credentials(THEM, THEM, (theirs.public_key(),), issuer.address)
    assert ours.identify(header, {THEM: on_record}.get) == THEM
    with pytest.raises(NotIdentified, match="can't be had"):
        ours.identify(header, {THEM: Credentials(THEM, THEM, (), issuer.address)}.get)
    assert issuer.asked == []


WEAK = rsa.generate_private_key(65537, 1024).public_key()


@pytest.mark.parametrize("keys", [
    None, "keys", [1, None, []],
    [{"kty": "oct", "k": "c2VjcmV0", "kid": "k"}],
    [{"kty": "OKP", "crv": "Ed25519", "kid": "k"}],
    [{"kty": "OKP", "crv": "Ed25519", "x": "A" * 5_000, "kid": "k"}],
    [{"kty": "OKP", "crv": "Ed25519", "x": ["A"], "kid": "k"}],
    [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(WEAK)) | {"kid": "k"}],
])  # fmt: skip
def test_what_is_no_public_key_for_signatures_is_left_out(issuer: Issuer, tmp_path: Path, keys: Any) -> None:
    good, caller = them(tmp_path, "theirs").public_key(), HttpCaller(["127.0.0.0/8"])
    issuer.said = {"keys": keys}
    sets = KeySets(lambda: caller)
    if isinstance(keys, list):
        assert sets.keys(issuer.address, "k") == ()
        issuer.said = {
            "keys": [*keys, good | {"use": "enc"}, good | {"d": "AA"}, good | {"use": "sig", "n": 1}]
        }
        assert KeySets(lambda: caller).keys(issuer.address, "k") == (good,)
    else:
        with pytest.raises(NotIdentified):
            sets.keys(issuer.address, "k")
