"""The notebook proxy: a small process beside the portal that lets people into their running notebooks.

The portal's own process answers one request at a time and carries no web sockets; and it must not, because what a
notebook shows may not come from the portal's address. A ticket of the portal becomes a session that is good at one
host, for one notebook. Every request, and every few seconds of an open web socket, the door is asked again.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    DummyCookieJar,
    UnixConnector,
    WSCloseCode,
    WSMsgType,
    web,
)
from yarl import URL

from aifactory.adapters.notebook import rules
from aifactory.adapters.notebook.socket import opened
from aifactory.kit.bilingual import Text
from aifactory.kit.errors import Refused
from aifactory.ports.notebook import ENTER, PATTERN, Door, Visit

MOST_BODY = 20_000_000
MOST_MESSAGE = 20_000_000
MOST_SOCKETS = 64  # of one visit, at a time
MOST_KEPT = 1000
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_TIMES = ClientTimeout(total=None, sock_connect=5, sock_read=300)
NOWHERE = Text(en="No notebook lives at this address.", nl="Op dit adres staat geen notebook.")
FOREIGN = Text(
    en="Another site asked for this. A notebook answers its own pages alone.",
    nl="Een andere site vroeg hierom. Een notebook antwoordt alleen zijn eigen pagina's.",
)
SIGN_IN = Text(
    en="Open the notebook from the page of its job.", nl="Open het notebook vanaf de pagina van zijn taak."
)
NO_COPIES = Text(
    en="The terms of this data do not allow to take copies out. You can work with it here.",
    nl="De voorwaarden van deze gegevens staan niet toe er kopieën uit te halen. U kunt er hier mee werken.",
)
SILENT = Text(
    en="The notebook does not answer. It is starting, has closed, or runs on a machine that is not this one.",
    nl="Het notebook antwoordt niet. Het start, is gesloten, of draait op een andere machine dan deze.",
)
TOO_MANY = Text(
    en="This notebook has too many pages open.", nl="Van dit notebook staan te veel pagina's open."
)
T = TypeVar("T")
log = structlog.get_logger()


class NotLetIn(Exception):
    """Why a request is not carried in, for who made it."""

    def __init__(self, status: int, told: Text) -> None:
        super().__init__(told.en)
        self.status, self.told = status, told


class AiohttpProxy:
    """Implements `ports.notebook.NotebookProxy` for the hosts below `pattern` (https://*.notebooks.example)."""

    def __init__(self, pattern: str, *, look_again: float = 2.0) -> None:
        self.pattern, self.look_again = pattern, look_again

    def run(self, door: Door, *, host: str, port: int) -> None:
        """Serve until told to stop. Neither addresses nor cookies are logged: they hold what lets people in."""
        web.run_app(
            self.application(door), host=host, port=port, access_log=None, print=None, shutdown_timeout=2
        )

    def application(self, door: Door) -> web.Application:
        """Return the application that asks this door."""
        app = web.Application(client_max_size=MOST_BODY)
        app.router.add_route("*", "/{path:.*}", _Carrier(door, self.pattern, self.look_again).answer)
        return app


class _Carrier:
    """One application at work."""

    def __init__(self, door: Door, pattern: str, look_again: float) -> None:
        found = PATTERN.fullmatch(pattern)
        if found is None:
            raise ValueError(f"{pattern!r} is no address with a * for the notebook's own host.")
        self.scheme, self.suffix = found[1], found[2]
        self.cookie = "__Host-notebook" if self.scheme == "https" else "notebook"
        self.door, self.look_again = door, look_again
        self.threads = ThreadPoolExecutor(4, "door")
        self.kept: dict[tuple[str, str], tuple[float, Visit]] = {}
        self.sockets: Counter[str] = Counter()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        try:
            return await self._answered(request)
        except NotLetIn as no:
            return _said(no.status, no.told)
        except (OSError, ClientError, TimeoutError) as problem:
            log.info("notebook_silent", why=f"{type(problem).__name__}: {problem}")
            return _said(502, SILENT)

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        host = request.headers.get("Host", "").lower()
        name, origin = host.removesuffix(self.suffix), f"{self.scheme}://{host}"
        if not host.endswith(self.suffix) or not _NAME.fullmatch(name) or not rules.is_plain(request.path):
            raise NotLetIn(404, NOWHERE)
        if request.method not in rules.METHODS:
            raise NotLetIn(405, NOWHERE)
        if request.path == ENTER:
            return await self._enter(request, name, origin)
        socket = request.headers.get("Upgrade", "").lower() == "websocket"
        if not rules.is_own(request.method, request.headers, origin, socket=socket):
            raise NotLetIn(403, FOREIGN)
        secret = request.cookies.get(self.cookie, "")
        visit = await self._visit(secret, name)
        if not visit.copies and rules.takes_out(request.path):
            if request.method == "GET" and request.path == rules.FORMATS:  # JupyterLab asks, to make its menu
                return web.json_response({}, headers=rules.security(origin, copies=False))
            raise NotLetIn(403, NO_COPIES)
        if socket and self.sockets[visit.id] >= MOST_SOCKETS:
            raise NotLetIn(429, TOO_MANY)
        return await self._carry(request, visit, origin, (secret, name) if socket else None)

    async def _enter(self, request: web.Request, name: str, origin: str) -> web.Response:
        """Take a ticket. Only a GET does: what looks a link up beforehand does not use it up."""
        if request.method != "GET":
            raise NotLetIn(405, SIGN_IN)
        secret = await self._ask(self.door.enter, request.query.get("ticket", ""), name)
        headers = rules.security(origin, copies=False) | {"Location": "/lab", "Cache-Control": "no-store"}
        response = web.Response(status=303, headers=headers)
        response.set_cookie(
            self.cookie, secret, path="/", httponly=True, samesite="Lax", secure=self.scheme == "https"
        )
        return response

    async def _visit(self, secret: str, name: str) -> Visit:
        """Ask the door, at most every `look_again` seconds for one session. Raises `NotLetIn`."""
        if not secret:
            raise NotLetIn(401, SIGN_IN)
        until, visit = self.kept.get((secret, name), (0.0, None))
        if visit is None or until < time.monotonic():
            self.kept.pop((secret, name), None)
            visit = await self._ask(self.door.visit, secret, name)
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[secret, name] = (time.monotonic() + self.look_again, visit)
        return visit

    async def _ask(self, question: Callable[..., T], *words: str) -> T:
        """Ask the door in a thread of its own: it looks in a database. Raises `NotLetIn`, in the door's words."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, question, *words)
        except Refused as refusal:
            log.info("notebook_refused", rule=refusal.rule)
            raise NotLetIn(401, Text(en=str(refusal), nl=str(refusal))) from refusal

    async def _carry(
        self, request: web.Request, visit: Visit, origin: str, session: tuple[str, str] | None
    ) -> web.StreamResponse:
        """Carry one request in and its answer out; a web socket (`session`) until one side or the door ends it."""
        query = request.rel_url.raw_query_string
        if not visit.copies:
            query = rules.shown_only(request.method, request.path, query)
        target = URL(f"http://localhost{request.rel_url.raw_path}{'?' if query else ''}{query}", encoded=True)
        with opened(visit.folder) as (path, word):
            async with ClientSession(
                connector=UnixConnector(path), cookie_jar=DummyCookieJar(), timeout=_TIMES, auto_decompress=False,
                headers={"Authorization": f"token {word}"},
            ) as inside:  # fmt: skip
                if session is None:
                    return await _forward(request, inside, target, origin, copies=visit.copies)
                self.sockets[visit.id] += 1
                try:
                    return await self._bridge(request, inside, target, session)
                finally:
                    self.sockets[visit.id] -= 1

    async def _bridge(
        self, request: web.Request, inside: ClientSession, target: URL, session: tuple[str, str]
    ) -> web.WebSocketResponse:
        wanted = [word.strip() for word in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        async with inside.ws_connect(
            target, protocols=[word for word in wanted if word], max_msg_size=MOST_MESSAGE
        ) as inner:
            outer = web.WebSocketResponse(
                protocols=[inner.protocol] if inner.protocol else (), max_msg_size=MOST_MESSAGE, heartbeat=30
            )
            await outer.prepare(request)
            ways = [
                asyncio.ensure_future(way)
                for way in (_pump(inner, outer), _pump(outer, inner), self._until_over(*session))
            ]
            try:
                ended, _going = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
            await outer.close(code=WSCloseCode.POLICY_VIOLATION if ways[2] in ended else WSCloseCode.OK)
        return outer

    async def _until_over(self, secret: str, name: str) -> None:
        """Return when this session holds no longer."""
        while True:
            await asyncio.sleep(self.look_again)
            try:
                await self._visit(secret, name)
            except NotLetIn:
                return


async def _forward(
    request: web.Request, inside: ClientSession, target: URL, origin: str, *, copies: bool
) -> web.StreamResponse:
    """Carry one request. Raises `NotLetIn` where its answer would be kept as a file and the terms forbid that."""
    sent = {name: request.headers[name] for name in rules.INWARD if name in request.headers}
    body = await request.read() if request.can_read_body else None
    async with inside.request(
        request.method, target, headers=sent, data=body, allow_redirects=False
    ) as found:
        if not copies and not rules.is_shown(request.headers, found.status, found.headers):
            raise NotLetIn(403, NO_COPIES)
        headers = rules.outward(found.headers, copies=copies)
        where = found.headers.get("Location", "")
        if where.startswith("/") and rules.is_plain(where.partition("?")[0]):
            headers["Location"] = where
        headers |= rules.security(origin, copies=copies) | {"Cache-Control": rules.keeping(request.path)}
        response = web.StreamResponse(status=found.status, headers=headers)
        await response.prepare(request)
        try:
            async for piece in found.content.iter_any():
                await response.write(piece)
            await response.write_eof()
        except (ClientError, OSError, TimeoutError):
            if request.transport:  # too late for another answer: the browser sees that this one is cut off
                request.transport.abort()
        return response


async def _pump(source: Any, target: web.WebSocketResponse | ClientWebSocketResponse) -> None:
    """Carry messages one way until the source ends."""
    async for message in source:
        if message.type == WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await target.send_bytes(message.data)


def _said(status: int, told: Text) -> web.Response:
    """Say something in both languages: who asks may be nobody we know."""
    words = dict.fromkeys([told.en, told.nl])
    headers = rules.HEADERS | {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store"}
    return web.Response(status=status, text="\n".join(words) + "\n", headers=headers)
