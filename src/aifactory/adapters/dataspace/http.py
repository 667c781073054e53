"""Calls to other participants, kept from being turned against our own network.

An address is resolved once, every address behind the name is looked at, and the connection goes to one that
was looked at: a name that answers differently a moment later changes nothing.
"""

import json
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import quote, urlsplit

from aifactory.adapters.dataspace.connections import Connection, Connections, Place
from aifactory.ports.dataspace import AddressRefused, Answer, Unreachable

SECONDS = 10.0
LARGEST_ANSWER = 2 * 1024 * 1024
Address = IPv4Address | IPv6Address
_NEXT = re.compile(r"""<([^<>]*)>\s*;[^,<]*\brel\s*=\s*["']?next\b""", re.IGNORECASE)
_UNICAST, _SIX_TO_FOUR, _NAT64 = map(IPv6Network, ("2000::/3", "2002::/16", "64:ff9b::/96"))
_IN_PATHS = "/%:@!$&'()*+,;=~?"


class HttpCaller:
    """Implements `ports.dataspace.Caller`. `networks`: networks of our own that may be called, also without TLS."""

    def __init__(self, networks: Sequence[str] = (), *, seconds: float = SECONDS) -> None:
        self.networks: list[IPv4Network | IPv6Network] = [ip_network(network) for network in networks]
        self.connections = Connections(seconds)

    def call(
        self, method: str, address: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> Answer:
        """Send one message and read its answer, up to 2 MiB."""
        content = None if body is None else json.dumps(body).encode()
        sent = {**headers, "Accept": "application/json"}
        if content is not None:
            sent["Content-Type"] = "application/json"
        with self._open(method, address, sent, content) as answer:
            read = b"".join(_up_to(answer, LARGEST_ANSWER))
            following = _NEXT.search(answer.headers.get("Link", ""))
            return Answer(answer.status, _object(read), following[1] if following else "")

    @contextmanager
    def stream(self, address: str, headers: Mapping[str, str]) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Open a download. How much of it is read is the reader's to bound."""
        with self._open("GET", address, dict(headers), None) as answer:
            yield answer.status, _bytes(answer)

    @contextmanager
    def _open(
        self, method: str, address: str, headers: dict[str, str], content: bytes | None
    ) -> Iterator[HTTPResponse]:
        place = self.target(address)
        url = urlsplit(address)
        asked = quote((url.path or "/") + ("?" + url.query if url.query else ""), safe=_IN_PATHS)
        connection = self.connections.take(place)
        answer = None
        try:
            answer = _asked(connection, method, asked, headers | {"Host": url.netloc}, content)
            yield answer
        finally:
            if answer is not None and answer.isclosed() and not answer.will_close:
                self.connections.give_back(connection)
            else:  # what is left to read would be taken for the next answer
                connection.close()

    def target(self, address: str) -> Place:
        """Return where an address leads, resolved and looked at. Raises `AddressRefused`, `Unreachable`."""
        try:
            url = urlsplit(address)
            port = url.port or (443 if url.scheme == "https" else 80)
        except ValueError as problem:
            raise AddressRefused(f"{address[:200]} is no address that we call.") from problem
        if url.scheme not in {"http", "https"} or not url.hostname or url.username or url.fragment:
            raise AddressRefused(f"{address[:200]} is no address that we call.")
        secure = url.scheme == "https"
        found = _resolved(url.hostname, port)
        for one in found:
            ours = any(one in network for network in self.networks)
            if not ours and not _is_public(one):
                raise AddressRefused(f"{url.hostname} is not on a public network.")
            if not ours and not secure:
                raise AddressRefused(f"{address[:200]} is not https.")
        return Place(str(found[0]), port, url.hostname, secure)


def _asked(
    connection: Connection, method: str, path: str, headers: Mapping[str, str], content: bytes | None
) -> HTTPResponse:
    try:
        connection.request(method, path, content, {"User-Agent": "aifactory", **headers})
        return connection.getresponse()
    except (OSError, HTTPException, UnicodeError) as problem:
        raise Unreachable(f"{connection.place.name} did not answer: {problem!r}") from problem


def _is_public(one: Address) -> bool:
    """Say whether an address is somebody's on the internet.

    Of IPv6 only global unicast (RFC 4291), without 6to4, which carries an IPv4 address of anybody's choice; one that
    NAT64 made (RFC 6052) is as public as the IPv4 address in it.
    """
    if isinstance(one, IPv6Address):
        if one in _NAT64:
            return _is_public(IPv4Address(int(one) & 0xFFFFFFFF))
        if one not in _UNICAST or one in _SIX_TO_FOUR:
            return False
    return one.is_global and not one.is_multicast


def _resolved(host: str, port: int) -> list[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Unreachable(f"{host} can't be found: {problem}") from problem
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


def _bytes(answer: HTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := answer.read(1 << 16):
            yield chunk
    except (OSError, HTTPException) as problem:
        raise Unreachable(f"The answer broke off: {problem!r}") from problem
    if answer.length:
        raise Unreachable(f"The answer broke off {answer.length} bytes before its end.")


def _up_to(answer: HTTPResponse, limit: int) -> Iterator[bytes]:
    size = 0
    for chunk in _bytes(answer):
        size += len(chunk)
        if size > limit:
            raise Unreachable(f"The answer is larger than {limit} bytes.")
        yield chunk


def _object(content: bytes) -> Mapping[str, Any]:
    """Return a JSON object; anything else reads as an empty one, for its reader to miss what it needs."""
    try:
        found = json.loads(content) if content else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
