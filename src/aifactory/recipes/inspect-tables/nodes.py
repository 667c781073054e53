"""Dask on the nodes of this job: a scheduler beside the first node's workers, and workers on every other node.

Whoever reaches a scheduler of Dask can have anything run, so all of them speak TLS with one certificate, made from a
key that only the nodes of this attempt can read.
"""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from distributed import Client, LocalCluster, Nanny
from distributed.security import Security

from aifactory.recipes.sandbox import INPUTS

PATIENCE = 120  # seconds for all nodes to meet
BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Team:
    """What the engine told this node: which of how many it is, how it is reached, and where all of them meet."""

    node: int
    nodes: int
    cores: int
    address: str
    host: str
    port: int

    @classmethod
    def told(cls) -> "Team":
        host, _, port = os.environ.get("AIFACTORY_MEETING", "127.0.0.1:0").rpartition(":")
        return cls(
            int(os.environ.get("AIFACTORY_NODE", "0")),
            int(os.environ.get("AIFACTORY_NODES", "1")),
            int(os.environ.get("OMP_NUM_THREADS", "1")),
            os.environ.get("AIFACTORY_ADDRESS", "127.0.0.1"),
            host,
            int(port),
        )

    @property
    def leads(self) -> bool:
        return self.node == 0


@contextmanager
def leading(team: Team) -> Iterator[Client]:
    """Start the scheduler and this node's workers; give a client once every node's workers are there."""
    security = one_certificate()
    with (
        LocalCluster(
            n_workers=team.cores, threads_per_worker=1, host=team.host, scheduler_port=team.port,
            protocol="tls", security=security, dashboard_address=None, memory_limit=None,
        ) as cluster,
        Client(cluster, security=security) as client,
    ):  # fmt: skip
        client.wait_for_workers(team.nodes * team.cores, timeout=PATIENCE)
        yield client
        client.shutdown()


def helping(team: Team) -> None:
    """Work for the first node until it has done."""
    asyncio.run(_helping(team))


async def _helping(team: Team) -> None:
    security = one_certificate()
    async with AsyncExitStack() as stack:
        workers = [
            Nanny(
                f"tls://{team.host}:{team.port}", nthreads=1, host=team.address, protocol="tls", security=security,
                memory_limit=None, death_timeout=PATIENCE,
            )
            for _ in range(team.cores)
        ]  # fmt: skip
        await asyncio.gather(*(stack.enter_async_context(worker) for worker in workers))
        await asyncio.gather(*(worker.finished() for worker in workers))


def one_certificate() -> Security:
    """Return the certificate that all nodes make alike: Ed25519 signs the same bytes the same way."""
    shared = INPUTS / "meeting" / "key"
    secret = shared.read_bytes() if shared.is_file() else os.urandom(32)
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"dask" + secret).digest())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the nodes of one attempt")])
    made = x509.CertificateBuilder(name, name, private.public_key(), 1, BEGIN, END)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = made.sign(private, None).public_bytes(Encoding.PEM).decode()
    key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    sides = {f"tls_{side}_{part}": text for side in ("client", "scheduler", "worker")
             for part, text in (("cert", certificate), ("key", key))}  # fmt: skip
    return Security(tls_ca_file=certificate, require_encryption=True, **sides)
