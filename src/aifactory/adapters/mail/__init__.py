"""Handing mail over: to an SMTP server, or into a folder where none is configured."""

import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aifactory.kit.ids import new_id
from aifactory.ports.mail import Mailer, Message


def _written(message: Message, sender: str) -> EmailMessage:
    mail = EmailMessage()
    # A header is one line: a newline in a subject would start another header.
    mail["From"], mail["To"], mail["Subject"] = sender, message.to, " ".join(message.subject.split())
    mail.set_content(message.body)
    return mail


class FolderMailer:
    """Writes each mail to its own file; for the embedded factory, where nobody would deliver it."""

    def __init__(self, folder: Path, sender: str) -> None:
        self.folder, self.sender = folder, sender

    def send(self, message: Message) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{new_id('mail')}.eml").write_bytes(bytes(_written(message, self.sender)))


class SmtpMailer:
    """Speaks SMTP to one server, with STARTTLS where the address says `smtps`."""

    def __init__(self, url: str, sender: str) -> None:
        self.url, self.sender = urlsplit(url), sender

    def send(self, message: Message) -> None:
        with smtplib.SMTP(self.url.hostname or "127.0.0.1", self.url.port or 25, timeout=20) as server:
            if self.url.scheme == "smtps":
                server.starttls(context=ssl.create_default_context())
            if self.url.username:
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
            server.send_message(_written(message, self.sender))


def mailer(url: str, sender: str, folder: Path) -> Mailer:
    """Return the mailer that the configuration asks for."""
    return SmtpMailer(url, sender) if url else FolderMailer(folder, sender)
