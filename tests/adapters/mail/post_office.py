"""A real SMTP server in a process of its own: `python post_office.py PORT MANNER [CERTIFICATE KEY]`.

It writes each mail it takes to standard output as one line of JSON. The manner says how it behaves.
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class PostOffice:
    """Takes mail, but for the addresses that it refuses."""

    def __init__(self, manner: str) -> None:
        self.manner = manner

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if address.startswith("nobody@"):
            return "550 5.1.1 No such user"
        if address.startswith("later@"):
            return "451 4.7.1 Greylisted, try again"
        if address.startswith("leaving@"):
            return "421 4.3.2 Going down"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.manner == "slow":
            await asyncio.sleep(30)
        if self.manner == "full":
            return "552 5.2.2 Mailbox full"
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": server.transport.get_extra_info("sslcontext") is not None,
            "user": session.auth_data.decode() if session.auth_data else None,
            "content": envelope.content.decode(),
        }
        print(json.dumps(told), flush=True)
        return "250 Taken"


def check(server, session, envelope, mechanism, data):
    """Let in one account."""
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"factory", b"pa:ss@word")
    return AuthResult(success=right, auth_data=data.login if right else None, handled=right)


def main() -> None:
    port, manner, *files = sys.argv[1:]
    context = None
    if files:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*files)
    options = {"ssl_context": context} if manner == "smtps" else {"tls_context": context}
    login = (
        {"authenticator": check, "auth_required": True, "auth_require_tls": manner != "smtps"}
        if context
        else {}
    )
    started = Controller(PostOffice(manner), hostname="127.0.0.1", port=int(port), **options, **login)
    started.start()
    print("ready", flush=True)
    sys.stdin.read()
    started.stop()


if __name__ == "__main__":
    main()
