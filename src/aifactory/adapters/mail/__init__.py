"""Handing mail over: to an SMTP server, or into a folder where none is configured."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from aifactory.kit.ids import new_id
from aifactory.ports.mail import Mailer, Message, NotTakenNow, Undeliverable

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
SECONDS = 20


def _written(message: Message, sender: str) -> EmailMessage:
    mail = EmailMessage()
    # A header is one line: a newline in a subject would start another header.
    mail["From"], mail["To"], mail["Subject"] = sender, message.to, " ".join(message.subject.split())
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=parseaddr(sender)[1].partition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
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
    """Speaks SMTP to one server: `smtp` in the clear, `smtp+starttls`, or `smtps` (TLS from the first byte).

    A password never travels in the clear. `?ca=FILE` names the certificate of a server of one's own.
    """

    def __init__(self, url: str, sender: str, *, seconds: float = SECONDS) -> None:
        self.url, self.sender, self.seconds = urlsplit(url), sender, seconds
        if self.url.scheme not in PORTS:
            raise ValueError(f"Mail goes to smtp://, smtp+starttls:// or smtps://, not {self.url.scheme}://.")
        if (
            self.url.username
            and self.url.scheme == "smtp"
            and self.url.hostname not in ("127.0.0.1", "localhost")
        ):
            raise ValueError("A password would travel in the clear: use smtp+starttls:// or smtps://.")

    def send(self, message: Message) -> None:
        """Hand one message over. Raises `Undeliverable`, `NotTakenNow`, or `OSError` where the server is away."""
        mail = _written(message, self.sender)
        with self._server() as server:
            if self.url.username:
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
            try:
                server.send_message(mail)
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
                raise _refusal(error) from error
            except smtplib.SMTPNotSupportedError as error:
                raise Undeliverable(f"The server can't write this address: {error}") from error

    def _server(self) -> smtplib.SMTP:
        host, port = self.url.hostname or "127.0.0.1", self.url.port or PORTS[self.url.scheme]
        if self.url.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=self.seconds, context=self._trust())
        server = smtplib.SMTP(host, port, timeout=self.seconds)
        if self.url.scheme == "smtp+starttls":
            try:
                server.starttls(context=self._trust())
            except OSError:
                server.close()
                raise
        return server

    def _trust(self) -> ssl.SSLContext:
        own = parse_qs(self.url.query).get("ca")
        return ssl.create_default_context(cafile=own[0] if own else None)


def _refusal(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> OSError:
    """Tell for good from for now by the reply's first digit (RFC 5321 section 4.2.1); 421 is the server leaving."""
    replies: dict[str, tuple[int, bytes | str]] = (
        dict(error.recipients)
        if isinstance(error, smtplib.SMTPRecipientsRefused)
        else {"": (error.smtp_code, error.smtp_error)}
    )
    code, said = next(iter(replies.values()))
    words = f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    if code >= 500:
        return Undeliverable(words)
    return OSError(words) if code == 421 else NotTakenNow(words)


def mailer(url: str, sender: str, folder: Path) -> Mailer:
    """Return the mailer that the configuration asks for. Raises `ValueError` for an address it can't use."""
    return SmtpMailer(url, sender) if url else FolderMailer(folder, sender)
