"""Calls to other participants, kept from being turned against our own network.

An address is resolved once, every address behind the name is looked at, and the connection goes to one that
was looked at: a name that answers differently a moment later changes nothing.
"""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import httpx

from aifactory.ports.dataspace import AddressRefused, Answer, Unreachable

SECONDS = 10.0
LARGEST_ANSWER = 2 * 1024 * 1024
Address = IPv4Address | IPv6Address


class HttpCaller:
    """Implements `ports.dataspace.Caller`. `networks`: networks of our own that may be called, also without TLS."""

    def __init__(self, networks: Sequence[str] = (), *, seconds: float = SECONDS) -> None:
        self.networks: list[IPv4Network | IPv6Network] = [ip_network(network) for network in networks]
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=16)
        self.client = httpx.Client(
            timeout=seconds, follow_redirects=False, trust_env=False, limits=limits, verify=True
        )

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
            return Answer(answer.status_code, _object(read), answer.links.get("next", {}).get("url", ""))

    @contextmanager
    def stream(self, address: str, headers: Mapping[str, str]) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Open a download. How much of it is read is the reader's to bound."""
        with self._open("GET", address, dict(headers), None) as answer:
            yield answer.status_code, _bytes(answer)

    @contextmanager
    def _open(
        self, method: str, address: str, headers: dict[str, str], content: bytes | None
    ) -> Iterator[httpx.Response]:
        target, host = self.target(address)
        request = self.client.build_request(
            method,
            target,
            content=content,
            headers={**headers, "Host": urlsplit(address).netloc},
            extensions={"sni_hostname": host},
        )
        try:
            answer = self.client.send(request, stream=True)
        except httpx.HTTPError as problem:
            raise Unreachable(f"{host} did not answer: {problem!r}") from problem
        try:
            yield answer
        finally:
            answer.close()

    def target(self, address: str) -> tuple[str, str]:
        """Return the address with its host resolved, and the host. Raises `AddressRefused`, `Unreachable`."""
        url = urlsplit(address)
        if url.scheme not in {"http", "https"} or not url.hostname or url.username or url.fragment:
            raise AddressRefused(f"{address[:200]} is no address that we call.")
        port = url.port or (443 if url.scheme == "https" else 80)
        found = _resolved(url.hostname, port)
        for one in found:
            ours = any(one in network for network in self.networks)
            if not ours and (not one.is_global or one.is_multicast):
                raise AddressRefused(f"{url.hostname} is not on a public network.")
            if not ours and url.scheme != "https":
                raise AddressRefused(f"{address[:200]} is not https.")
        chosen = f"[{found[0]}]" if isinstance(found[0], IPv6Address) else str(found[0])
        return url._replace(netloc=f"{chosen}:{port}").geturl(), url.hostname


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


def _bytes(answer: httpx.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_bytes(1 << 16)
    except httpx.HTTPError as problem:
        raise Unreachable(f"The answer broke off: {problem!r}") from problem


def _up_to(answer: httpx.Response, limit: int) -> Iterator[bytes]:
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
