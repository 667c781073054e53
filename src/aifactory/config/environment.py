"""Every setting of a factory, read from the environment once (prefix AIFACTORY_, plus DATABASE_URL)."""

import os
import re
import secrets
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from aifactory.ports.notebook import PATTERN


class Environment(BaseSettings):
    """Defaults give the embedded factory: SQLite, a folder as object store, the local engine."""

    model_config = SettingsConfigDict(env_prefix="AIFACTORY_", extra="ignore")

    home: Path = Field(default=Path(".factory"), description="Where the embedded factory keeps its files.")
    environments: Path = Field(
        default=Path(".factory-environments"),
        description="Where the environments of recipes are built and kept.",
    )
    database_url: str = Field(
        default="", validation_alias="DATABASE_URL", description="postgres://… or sqlite:///…"
    )
    secret_key: str = Field(
        default="", description="Signs sessions. Made and kept in the home folder when empty."
    )
    debug: bool = Field(default=False, description="Developer pages. Never in production.")
    hosts: list[str] = Field(default=["127.0.0.1", "localhost"], description="Host names that are answered.")
    origins: list[str] = Field(
        default=[], description="Trusted origins behind a proxy, e.g. https://factory.example."
    )
    proxies: int = Field(
        default=0, ge=0, description="How many proxies of your own stand in front (X-Forwarded-For, -Proto)."
    )
    https: bool = Field(default=False, description="Cookies only over HTTPS, and HSTS.")
    name: str = Field(default="AI Factory North", description="The factory's name, shown on every page.")
    origin: str = Field(
        default="aifactory.example/register", description="Origin line of the log's checkpoints."
    )
    time_zone: str = Field(default="Europe/Amsterdam", description="Time zone of terms and cut-offs.")
    grid_zone: str = Field(default="NL", description="Zone of the carbon signal.")
    carbon_forecast: Path | None = Field(
        default=None, description="A forecast file that the planner prefers."
    )
    upload_limit: int = Field(
        default=200_000_000, description="Largest upload through a page or the API, bytes."
    )
    dataset_file_limit: int = Field(
        default=200_000_000_000,
        ge=1,
        description="Largest file of a dataset that is sent in parts, bytes. The worker needs the room to check it.",
    )
    intake_patience: int = Field(
        default=168,
        ge=1,
        description="Hours after which a file that is still being sent in parts is given up.",
    )
    second_steward: bool = Field(
        default=False,
        description="A version is published by another steward than who added its files.",
    )
    data_keys: Path | None = Field(
        default=None,
        description="Folder of the keys of restricted data. Default: data-keys in the home. Back it up apart.",
    )
    s3_endpoint: str = Field(
        default="",
        description="Address of a store that speaks S3; empty: files lie in the home folder.",
    )
    s3_outside: str = Field(
        default="", description="Address of the same store for people who send files, if it is another."
    )
    s3_bucket: str = Field(default="aifactory", description="The bucket, which must exist.")
    s3_region: str = Field(default="us-east-1", description="Region that requests are signed for.")
    s3_key: str = Field(default="", description="Id of the access key.")
    s3_secret: str = Field(default="", description="The access key's secret.")
    oidc_name: str = Field(default="", description="Name of the OIDC provider on the sign-in page.")
    oidc_server: str = Field(default="", description="Issuer of the OIDC provider.")
    oidc_client: str = Field(default="", description="Client id at the OIDC provider.")
    oidc_secret: str = Field(default="", description="Client secret at the OIDC provider.")
    smtp_url: str = Field(
        default="",
        description="smtp+starttls://user:password@host:587, smtps://…:465 or smtp://…; empty: mail in a folder.",
    )
    engine: Literal["local", "slurm", "agents"] = Field(
        default="local",
        description="What runs jobs: this machine, a Slurm cluster beside it, or only clusters of agents elsewhere.",
    )
    agents: dict[str, str] = Field(
        default={},
        description='Clusters whose agent stands elsewhere, each with the digest of its token: {"hpc1": "sha256:…"}.',
    )
    agent_name: str = Field(default="", description="For an agent elsewhere: the name of its cluster.")
    agent_portal: str = Field(
        default="", description="For an agent elsewhere: the factory's address, with https."
    )
    agent_token: Path | None = Field(
        default=None, description="For an agent elsewhere: the file with its token."
    )
    slurm_folder: Path | None = Field(
        default=None, description="Jobs' folders, on a disk that all nodes share. Default: slurm in the home."
    )
    slurm_conf: Path | None = Field(
        default=None, description="The cluster's slurm.conf, if not the machine's own."
    )
    slurm_partition: str = Field(
        default="", description="Partition of the portal's jobs; empty: Slurm's default."
    )
    slurm_user: str = Field(default="", description="Who submits them. Default: who runs the worker.")
    slurm_rest: str = Field(
        default="",
        description="Address of slurmrestd, e.g. http://127.0.0.1:6820; empty: Slurm's own commands.",
    )
    slurm_rest_version: str = Field(
        default="v0.0.38", description="Version of its interface: v0.0.38 (Slurm 22.05) to v0.0.43 (25.05)."
    )
    slurm_closed: bool = Field(
        default=False,
        description="Set it where nodes reach nothing but each other: then jobs on restricted data may use several.",
    )
    slurm_image: str = Field(
        default="",
        description="Image on the nodes, to run jobs from with apptainer; empty: bubblewrap. Not run in our tests.",
    )
    slurm_jwt_key: Path | None = Field(default=None, description="Key that signs tokens for slurmrestd.")
    ssh_host: str = Field(
        default="",
        description="Where people sign in to the cluster, e.g. login.factory.example; shown to them.",
    )
    ssh_keys: Path | None = Field(
        default=None,
        description="Folder of people's SSH keys, a file each, for sshd's AuthorizedKeysFile; else ssh in the home.",
    )
    ssh_command: list[str] = Field(
        default=[],
        description='Told of each change of keys on its standard input, as ["put-keys","{user}"]; empty: files alone.',
    )
    notebook_address: str = Field(
        default="",
        description="Where notebooks open, each on its own host: https://*.notebooks.example; empty: no notebooks.",
    )
    dataspace_id: str = Field(
        default="", description="Our identifier in the dataspace. Default: made from the log's origin."
    )
    dataspace_address: str = Field(
        default="http://127.0.0.1:8000/dsp/2025-1",
        description="Where other participants reach us: the factory's own address and /dsp/2025-1.",
    )
    dataspace_networks: list[str] = Field(
        default=[],
        description='Networks of our own in which participants may be called, e.g. ["10.1.0.0/16"].',
    )
    dataspace_tokens: Path | None = Field(
        default=None, description="File with fixed tokens, instead of signed ones."
    )
    dataspace_tck: bool = Field(
        default=False, description="Behave by the conformance kit's script. On loopback only."
    )
    mail_from: str = Field(default="factory@aifactory.example", description="Sender of mail.")
    office_mail: str = Field(
        default="office@aifactory.example",
        description="Mailbox of the office, shown to people who have a question and no project yet.",
    )

    def secret(self) -> str:
        """Return the signing secret, made on first use and readable by the owner only."""
        if self.secret_key:
            return self.secret_key
        path = self.home / "secret_key"
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            self.home.mkdir(parents=True, exist_ok=True)
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return path.read_text().strip()
            with os.fdopen(handle, "w") as file:
                file.write(made := secrets.token_urlsafe(48))
            return made

    def clusters(self) -> dict[str, str]:
        """Return the clusters of agents elsewhere with the digests of their tokens.

        Raises `ValueError` for a name that is taken or unfit, for what is no digest, and for none where jobs run on
        these alone.
        """
        for name, digest in self.agents.items():
            if not re.fullmatch(r"[a-z][a-z0-9-]{1,39}", name) or name in {"local", "slurm", "simulated"}:
                raise ValueError(f"{name!r} cannot be the name of a cluster in AIFACTORY_AGENTS.")
            if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
                raise ValueError(
                    f"AIFACTORY_AGENTS keeps the digest of {name}'s token, sha256:…, and not the token."
                )
        if self.engine == "agents" and not self.agents:
            raise ValueError("AIFACTORY_ENGINE=agents needs AIFACTORY_AGENTS, the clusters that run jobs.")
        return self.agents

    def notebooks(self) -> str:
        """Return where notebooks open. Raises `ValueError` without a * for each one's own host."""
        if self.notebook_address and not PATTERN.fullmatch(self.notebook_address):
            raise ValueError(
                "AIFACTORY_NOTEBOOK_ADDRESS is written as https://*.notebooks.example, without a path."
            )
        return self.notebook_address

    def participant(self) -> str:
        """Return our identifier in the dataspace: aifactory.example/register → urn:aifactory:aifactory.example."""
        return self.dataspace_id or f"urn:aifactory:{self.origin.split('/')[0]}"

    def oidc_id(self) -> str:
        """Return the provider's part of an address: https://login.example/realms/a → login-example-realms-a."""
        return re.sub(r"[^a-z0-9]+", "-", self.oidc_server.lower().removeprefix("https://")).strip("-")

    def database(self) -> dict[str, Any]:
        """Return Django's description of the database. Raises `ValueError` for an unknown scheme."""
        url = urlsplit(self.database_url or f"sqlite:///{self.home.resolve()}/factory.sqlite3")
        if url.scheme == "sqlite":
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": unquote(url.path[1:] if url.path.startswith("//") else url.path),
                "OPTIONS": {
                    # A writer takes its lock at the start, so that two never deadlock on the way up.
                    "transaction_mode": "IMMEDIATE",
                    "timeout": 30,
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
                },
                "CONN_MAX_AGE": None,
            }
        if url.scheme in {"postgres", "postgresql"}:
            return {
                "ENGINE": "aifactory.config.postgresql",
                "NAME": unquote(url.path.lstrip("/")),
                "USER": unquote(url.username or ""),
                "PASSWORD": unquote(url.password or ""),
                "HOST": unquote(url.hostname or ""),
                "PORT": str(url.port or ""),
                # The server plans a question once and then only binds its values: half of its work for a page.
                "OPTIONS": {
                    "server_side_binding": True,
                    "prepare_threshold": 5,
                    **dict(parse_qsl(url.query)),
                },
                "CONN_MAX_AGE": 600,
                "CONN_HEALTH_CHECKS": True,
            }
        raise ValueError(f"DATABASE_URL starts with {url.scheme!r}; use postgres://… or sqlite:///…")


ENV = Environment()
