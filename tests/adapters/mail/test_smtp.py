"""Mail over real SMTP, to a server in another process: taken, refused, slow, away, encrypted."""

import datetime as dt
import email
import email.policy
import ipaddress
import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from aifactory.adapters.mail import SmtpMailer, mailer
from aifactory.ports.mail import Message, NotTakenNow, Undeliverable

SENDER = "factory@factory.example"
MESSAGE = Message(
    "ada@example.org", "Beslissing: één\nBcc: x@y", "Geachte Ada,\n\n.Een regel met een punt.\n" + "é" * 1500
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server():
    started = []

    def start(manner: str = "plain", *files: Path) -> tuple[int, subprocess.Popen]:
        port = free_port()
        office = Path(__file__).with_name("post_office.py")
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(office), str(port), manner, *map(str, files)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return port, process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return cert, private


def taken(process: subprocess.Popen) -> dict:
    return json.loads(process.stdout.readline())


def test_a_mail_arrives_as_it_was_written(server):
    port, process = server()
    SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER).send(MESSAGE)
    got = taken(process)
    mail = email.message_from_string(got["content"], policy=email.policy.default)
    assert (got["from"], got["to"], got["tls"], got["user"]) == (SENDER, [MESSAGE.to], False, None)
    assert (mail["Subject"], mail["Bcc"]) == ("Beslissing: één Bcc: x@y", None)
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == MESSAGE.body.rstrip("\n")
    assert (mail["Auto-Submitted"], mail["Date"] is None) == ("auto-generated", False)
    assert mail["Message-ID"].endswith("@factory.example>")
    assert max(len(line) for line in got["content"].splitlines()) <= 998


@pytest.mark.parametrize(
    ("to", "refusal"),
    [("nobody", Undeliverable), ("later", NotTakenNow), ("leaving", OSError)],
)
def test_a_recipient_is_refused_for_good_or_for_now(server, to, refusal):
    port, _process = server()
    with pytest.raises(refusal) as told:
        SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER).send(Message(f"{to}@example.org", "x", "y"))
    assert type(told.value) is refusal


def test_a_content_is_refused(server):
    port, _process = server("full")
    with pytest.raises(Undeliverable, match="552"):
        SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER).send(MESSAGE)


def test_an_address_that_the_server_can_not_write(server):
    port, process = server()
    SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER).send(Message("zoë@example.org", "x", "y"))
    assert taken(process)["to"] == ["zoë@example.org"]


def test_a_slow_server_is_given_up_in_time(server):
    port, _process = server("slow")
    began = time.monotonic()
    with pytest.raises(OSError, match="timed out"):
        SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER, seconds=0.5).send(MESSAGE)
    assert time.monotonic() - began < 10


def test_a_server_that_is_away():
    with pytest.raises(ConnectionRefusedError):
        SmtpMailer(f"smtp://127.0.0.1:{free_port()}", SENDER).send(MESSAGE)


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_password_travels_encrypted(server, certificate, scheme):
    port, process = server(scheme, *certificate)
    address = f"factory:pa%3Ass%40word@127.0.0.1:{port}?ca={certificate[0]}"
    SmtpMailer(f"{scheme}://{address}", SENDER).send(MESSAGE)
    got = taken(process)
    assert (got["tls"], got["user"]) == (True, "factory")
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        SmtpMailer(f"{scheme}://{address.partition('?')[0]}", SENDER).send(MESSAGE)
    with pytest.raises(OSError, match="535") as told:
        SmtpMailer(f"{scheme}://{address.replace('pa%3A', 'no')}", SENDER).send(MESSAGE)
    assert not isinstance(told.value, Undeliverable | NotTakenNow)


def test_a_password_in_the_clear_is_refused_at_the_start(tmp_path):
    with pytest.raises(ValueError, match="in the clear"):
        mailer("smtp://factory:secret@mail.example:25", SENDER, tmp_path)
    with pytest.raises(ValueError, match="not http"):
        mailer("http://mail.example", SENDER, tmp_path)


def test_without_a_server_mail_lies_in_a_folder(tmp_path):
    mailer("", SENDER, tmp_path / "mail").send(MESSAGE)
    (file,) = (tmp_path / "mail").iterdir()
    assert b"To: ada@example.org" in file.read_bytes()
