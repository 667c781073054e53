"""Who speaks in the dataspace, and whom we call: keys and addresses that lie are refused."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from aifactory.adapters.dataspace import http
from aifactory.adapters.dataspace.connections import Place
from aifactory.adapters.dataspace.http import HttpCaller
from aifactory.adapters.dataspace.tokens import OpenDoor, SignedTokens, StaticTokens
from aifactory.ports.dataspace import AddressRefused, Credentials, NotIdentified, Unreachable

US, THEM = "urn:us", "urn:them"


@pytest.fixture
def us(tmp_path: Path) -> SignedTokens:
    return SignedTokens(US, tmp_path / "us.pem")


@pytest.fixture
def them(tmp_path: Path) -> SignedTokens:
    return SignedTokens(THEM, tmp_path / "them.pem")


def knows(*keys: dict[str, Any], issuer: str = THEM) -> Any:
    return {THEM: Credentials(THEM, issuer, keys)}.get


def claims(**change: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": THEM, "sub": THEM, "aud": US, "iat": now, "exp": now + 60} | change


def signed(key: Any, algorithm: str = "EdDSA", headers: dict[str, str] | None = None, **change: Any) -> str:
    content = {k: v for k, v in claims(**change).items() if v is not None}
    return "Bearer " + jwt.encode(content, key, algorithm=algorithm, headers=headers)


def test_who_signs_with_the_key_on_record_is_known(us: SignedTokens, them: SignedTokens) -> None:
    header = them.present(US)["Authorization"]
    assert us.identify(header, knows(them.public_key())) == THEM
    assert us.identify(them.present(US)["Authorization"], knows({"kty": "OKP"}, them.public_key())) == THEM
    assert SignedTokens(THEM, them._path).public_key() == them.public_key()


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "urn:other"},
        {"iss": "urn:other"},
        {"sub": "urn:other"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"aud": None},
        {"exp": int(time.time()) + 5_000},
        {"iat": int(time.time()) + 5_000, "exp": int(time.time()) + 5_100},
    ],
)
def test_a_token_for_another_from_another_or_of_another_time_is_refused(
    us: SignedTokens, them: SignedTokens, change: dict[str, Any]
) -> None:
    known = knows(them.public_key())
    header = {"kid": them.public_key()["kid"]}
    assert us.identify(signed(them._key, headers=header), known) == THEM
    with pytest.raises(NotIdentified):
        us.identify(signed(them._key, headers=header, **change), known)


def test_another_key_no_key_no_signature_and_a_shared_secret_are_refused(
    us: SignedTokens, them: SignedTokens
) -> None:
    known, named = knows(them.public_key()), {"kid": them.public_key()["kid"]}
    raw = json.dumps(them.public_key())
    for header in (
        signed(us._key, headers=named),
        signed(them._key, headers={"kid": "another"}),
        signed("", "none"),
        signed(raw * 2, "HS256", headers=named),
        "Bearer ",
        "Bearer x.y.z",
        "Basic eDp5",
        "",
    ):
        with pytest.raises(NotIdentified):
            us.identify(header, known)
    with pytest.raises(NotIdentified):
        us.identify(signed(them._key, headers=named), lambda _name: None)


def test_an_openid_provider_may_issue_the_tokens(us: SignedTokens) -> None:
    for key, algorithm in (
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (rsa.generate_private_key(65537, 2048), "RS256"),
    ):
        kind = jwt.algorithms.get_default_algorithms()[algorithm]
        public = json.loads(kind.to_jwk(key.public_key())) | {"kid": "k"}
        issuer = "https://login.example/"
        token = signed(key, algorithm, headers={"kid": "k"}, iss=issuer)
        assert us.identify(token, knows(public, issuer=issuer)) == THEM
        with pytest.raises(NotIdentified):
            us.identify(token, knows(public))


def test_fixed_tokens_name_their_owner_and_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    expected = "sha256:" + sha256(b"theirs").hexdigest()
    path.write_text(json.dumps({THEM: {"send": "ours", "expect": expected}, "urn:mute": {}}))
    tokens = StaticTokens(US, path)
    assert tokens.present(THEM) == {"Authorization": "Bearer ours"}
    assert tokens.present("urn:mute") == {}
    assert tokens.identify("Bearer theirs", knows()) == THEM
    for header, known in (
        ("Bearer ours", knows()),
        ("Bearer ", knows()),
        ("Bearer theirs", lambda _name: None),
    ):
        with pytest.raises(NotIdentified):
            tokens.identify(header, known)


def test_the_open_door_is_one_visitors() -> None:
    door = OpenDoor(US, "kit")
    assert (door.participant, door.present(THEM), door.identify("", knows())) == (US, {}, "kit")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.8/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "https://[64:ff9b::10.0.0.8]/",
        "https://[2002:a00:8::1]/",
        "https://[::10.0.0.8]/",
        "https://[fec0::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://93.184.215.14:99999/",
        "https://[::1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "http://93.184.215.14/",
        "ftp://93.184.215.14/",
        "https://user@93.184.215.14/",
        "https://93.184.215.14/#x",
        "file:///etc/passwd",
        "https:///nowhere",
        "localhost",
    ],
)
def test_our_own_network_and_what_is_no_https_is_not_called(address: str) -> None:
    with pytest.raises(AddressRefused):
        HttpCaller().call("GET", address, None, {})


def test_a_public_address_that_a_gateway_wrote_is_called() -> None:
    at = "64:ff9b::5db8:d70e"
    assert HttpCaller().target(f"https://[{at}]/") == Place(at, 443, at, secure=True)


def test_every_address_behind_a_name_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(2, 1, 6, "", (ip, 443)) for ip in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
    with pytest.raises(AddressRefused, match="public network"):
        HttpCaller().target("https://two.example/dsp")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found[:1])
    there = HttpCaller().target("https://one.example/dsp")
    assert there == Place("93.184.215.14", 443, "one.example", secure=True)
    inside = HttpCaller(["10.0.0.0/8"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found[1:])
    assert inside.target("http://two.example:81/dsp") == Place("10.0.0.1", 81, "two.example", secure=False)


@pytest.fixture
def server() -> Iterator[str]:
    """A server that redirects, talks without end, breaks off and is slow."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/slow":
                time.sleep(1.0)
            self.send_response(302 if self.path == "/away" else 200)
            if self.path == "/away":
                self.send_header("Location", "/")
            if self.path == "/short":
                self.send_header("Content-Length", "100")
            self.end_headers()
            if self.path == "/endless":
                try:
                    for _ in range(4_000):
                        self.wfile.write(b" " * 1024)
                except OSError:
                    return
            self.wfile.write(b'{"host": "%s"}' % self.headers["Host"].encode())

        def log_message(self, *_: object) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.handle_error = lambda *_: None  # type: ignore[method-assign]
    made.daemon_threads = True
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_address[1]}"
    made.shutdown()
    made.server_close()


def test_answers_are_bounded_in_time_and_size_and_never_lead_elsewhere(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    caller = HttpCaller(["127.0.0.0/8"], seconds=0.3)
    fine = caller.call("GET", server + "/", None, {})
    assert (fine.status, fine.body) == (200, {"host": server.removeprefix("http://")})
    assert caller.call("GET", server + "/away", None, {}).status == 302
    monkeypatch.setattr(http, "LARGEST_ANSWER", 100_000)
    for path in ("/endless", "/short", "/slow"):
        with pytest.raises(Unreachable):
            caller.call("GET", server + path, None, {})
    with caller.stream(server + "/", {}) as (status, chunks):
        assert (status, b"".join(chunks)) == (
            200,
            b'{"host": "%s"}' % server.removeprefix("http://").encode(),
        )
    with pytest.raises(Unreachable):
        caller.call("GET", "http://127.0.0.1:9/", None, {})


class Talk:
    """A server that keeps connections open and says over which of them each request came."""

    def __init__(self, certificate: Path | None = None) -> None:
        talk = self
        self.asked: list[tuple[int, str]] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                talk.asked.append((self.client_address[1], self.path))
                self.send_response(200)
                self.send_header(
                    "Link", '<https://x.example/a>; rel="prev", <https://x.example/b>; rel="next"'
                )
                self.send_header("Content-Length", "70000")
                self.end_headers()
                self.wfile.write(b"{}" + b" " * 69_998)
                self.close_connection = self.path == "/last"  # it does not say so before

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        self.port = self.server.server_address[1]


def test_a_connection_is_used_again_where_the_answer_was_read_to_its_end() -> None:
    talk, caller = Talk(), HttpCaller(["127.0.0.0/8"])
    at = f"http://127.0.0.1:{talk.port}"
    assert caller.call("GET", at + "/1 ö?a=b%20c", None, {}).next == "https://x.example/b"
    caller.call("GET", at + "/last", None, {})
    until = time.monotonic() + 5
    while caller.connections._idle[0].fresh and time.monotonic() < until:
        time.sleep(0.01)  # until the other side has closed
    caller.call("GET", at + "/3", None, {})
    with caller.stream(at + "/half", {}) as (_status, chunks):
        next(chunks)
    caller.call("GET", at + "/5", None, {})
    talk.server.shutdown()
    talk.server.server_close()
    (first, one), (second, _), (third, _), (fourth, _), (fifth, _) = talk.asked
    assert one == "/1%20%C3%B6?a=b%20c"
    assert (first, third) == (second, fourth)
    assert len({first, third, fifth}) == 3


def test_a_certificate_must_bear_the_name_that_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path / "both.pem", "one.example")
    talk, caller = Talk(certificate), HttpCaller(["127.0.0.0/8"], seconds=2)
    found = [(2, 1, 6, "", ("127.0.0.1", talk.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
    with pytest.raises(Unreachable, match="self-signed"):
        caller.call("GET", f"https://one.example:{talk.port}/", None, {})
    monkeypatch.setattr(caller.connections, "_trust", ssl.create_default_context(cafile=certificate))
    assert caller.call("GET", f"https://one.example:{talk.port}/", None, {}).status == 200
    with pytest.raises(Unreachable, match=r"not valid for 'two\.example'"):
        caller.call("GET", f"https://two.example:{talk.port}/", None, {})
    talk.server.shutdown()
    talk.server.server_close()


def _certificate(path: Path, name: str) -> Path:
    """Write a key and a certificate of its own for one host."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(named, named, key.public_key(), 1, now, now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *plain)
        + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return path
