"""S3 servers for tests: real servers that others wrote, each in this process or beside it, on a port of its own."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from aifactory.adapters.object_store.s3 import S3Store
from aifactory.adapters.object_store.signing import Credentials

KEY_ID, SECRET = "test-key", "test-secret"


def new_bucket(address: str, *, part: int) -> S3Store:
    """Return a store in a bucket that was made just now."""
    store = S3Store(address, f"b{secrets.token_hex(8)}", Credentials(KEY_ID, SECRET), part=part)
    store._ask("PUT", "", body=lambda: iter([b""]))
    return store


@pytest.fixture(scope="session")
def nanio_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """nanio: small, and strict about signatures."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("nanio")
    keys = {"NANIO_ACCESS_KEY": KEY_ID, "NANIO_SECRET_KEY": SECRET}
    words = [sys.executable, "-m", "nanio", "serve", "--data-dir", str(folder), "--host", "127.0.0.1",
             "--port", str(port), "--log-level", "error", "--no-access-log"]  # fmt: skip
    server = subprocess.Popen(words, env=os.environ | keys, stdout=subprocess.DEVNULL)
    try:
        yield _answers(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def moto_address() -> Iterator[str]:
    """moto: the widest-used stand-in for AWS; it knows conditional writes."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def _answers(address: str, server: "subprocess.Popen[bytes]") -> str:
    """Return the address as soon as somebody answers there."""
    for _ in range(200):
        try:
            httpx.get(address, trust_env=False)
        except httpx.TransportError:
            assert server.poll() is None, "the server ended"
            time.sleep(0.05)
        else:
            return address
    raise AssertionError("the server does not answer")
