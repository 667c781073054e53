"""The proxy in front of notebooks: real servers on loopback, and a notebook that answers on a socket."""

import json
import socket
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, DummyCookieJar, TCPConnector, WSMsgType, WSServerHandshakeError, web
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services import loop
from yarl import URL

from aifactory.adapters.notebook import rules
from aifactory.adapters.notebook.proxy import MOST_BODY, AiohttpProxy
from aifactory.adapters.notebook.socket import NotebookIsSilent, opened
from aifactory.kit.errors import Refused
from aifactory.ports.notebook import ENTER, PATTERN, SOCKET, WORD, Visit, address

NAME, TOKEN = "job-1-1", "a-word-of-the-notebook-itself"


class TestDoor:
    """Lets one ticket in, once; what a session may is set by the test."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder, self.tickets, self.copies, self.over = folder, {"ticket"}, True, ""

    def enter(self, ticket: str, name: str) -> str:
        if name != NAME or ticket not in self.tickets:
            raise Refused("This ticket is not good.")
        self.tickets.remove(ticket)
        return "session"

    def visit(self, secret: str, name: str) -> Visit:
        if (secret, name) != ("session", NAME) or self.over:
            raise Refused(self.over or "This ticket is not good.")
        return Visit("nbv_1", self.folder, self.copies)


async def notebook(request: web.Request) -> web.StreamResponse:
    """Stand in for Jupyter: tell what came in, try what a hostile one would."""
    if request.headers.get("Upgrade"):
        answer = web.WebSocketResponse(protocols=("v1.kernel.websocket.jupyter.org",))
        await answer.prepare(request)
        async for message in answer:
            await answer.send_str(f"{request.headers['Authorization']} {message.data}")
        return answer
    told = {"path": request.path_qs, "headers": dict(request.headers), "body": len(await request.read())}
    hostile = {
        "Set-Cookie": "sessionid=stolen; Domain=localhost",
        "X-Own": "1",
        "Content-Security-Policy": "none",
        "Content-Disposition": "attachment; filename=data.json",
    }
    return web.json_response(told, headers=hostile)


class Visitor:
    """A browser of sorts: one host, its cookies as told."""

    def __init__(self, client: ClientSession, port: int) -> None:
        self.client, self.port = client, port
        self.origin = f"http://{NAME}.localhost:{port}"

    async def ask(self, path: str, *, method: str = "GET", host: str = NAME, cookie: str = "session", **more):
        headers = {"Host": f"{host}.localhost:{self.port}", "Cookie": f"sessionid=portal; notebook={cookie}"}
        headers |= more.pop("headers", {})
        url = URL(f"http://127.0.0.1:{self.port}{path}", encoded=True)
        async with self.client.request(method, url, headers=headers, allow_redirects=False, **more) as answer:
            return answer.status, answer.headers, await answer.text()

    def socket(self, **headers: str):
        given = {"Host": f"{NAME}.localhost:{self.port}", "Cookie": "notebook=session", "Origin": self.origin}
        url = f"http://127.0.0.1:{self.port}/api/kernels/1/channels"
        return self.client.ws_connect(
            url, headers=given | headers, protocols=("v1.kernel.websocket.jupyter.org",)
        )


@asynccontextmanager
async def house(folder: Path):
    """Give a door and a visitor, with the proxy between them and a notebook that runs."""
    async with AsyncExitStack() as stack:
        await served(stack, notebook, folder / SOCKET)
        (folder / WORD).write_text(json.dumps({"token": TOKEN}))
        door = TestDoor(folder)
        port = free_port()
        runner = web.AppRunner(AiohttpProxy(f"http://*.localhost:{port}", look_again=0.05).application(door))
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", port).start()
        client = await stack.enter_async_context(
            ClientSession(connector=TCPConnector(), cookie_jar=DummyCookieJar())
        )
        yield door, Visitor(client, port)


async def served(stack: AsyncExitStack, handler, path: Path) -> None:
    app = web.Application(client_max_size=2 * MOST_BODY)
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.UnixSite(runner, str(path)).start()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_a_ticket_lets_in_once_and_only_at_its_own_notebook(tmp_path):
    async def tried():
        async with house(tmp_path) as (_door, visitor):
            elsewhere = await visitor.ask(f"{ENTER}?ticket=ticket", host="job-2-1", cookie="")
            looked = await visitor.ask(f"{ENTER}?ticket=ticket", method="HEAD", cookie="")
            first = await visitor.ask(f"{ENTER}?ticket=ticket", cookie="")
            second = await visitor.ask(f"{ENTER}?ticket=ticket", cookie="")
            without = [await visitor.ask("/lab", cookie=known) for known in ("", "forged")]
            other = await visitor.ask("/lab", host="job-2-1")
            nowhere = await visitor.ask("/lab", headers={"Host": f"127.0.0.1:{visitor.port}"})
            return elsewhere, looked, first, second, *without, other, nowhere

    elsewhere, looked, first, second, without, forged, other, nowhere = loop.run(tried())
    assert [a[0] for a in (elsewhere, looked, first, second)] == [401, 405, 303, 401]
    assert [a[0] for a in (without, forged, other, nowhere)] == [401, 401, 401, 404]
    assert (first[1]["Location"], first[1]["Set-Cookie"]) == (
        "/lab",
        "notebook=session; HttpOnly; Path=/; SameSite=Lax",
    )
    assert "Open the notebook from the page of its job." in without[2]


def test_nothing_passes_that_is_not_needed(tmp_path):
    """A hostile notebook gets no cookie and no word of the portal's, and sets none."""

    async def tried():
        async with house(tmp_path) as (_door, visitor):
            origin = {
                "Origin": visitor.origin,
                "X-Mine": "1",
                "Referer": "http://portal/",
                "Accept": "text/x",
            }
            return await visitor.ask("/api/a%20b?x=1", method="POST", headers=origin, data=b"12345")

    status, headers, text = loop.run(tried())
    told = json.loads(text)
    assert (status, told["path"], told["body"]) == (200, "/api/a%20b?x=1", 5)
    kept = {
        name: value for name, value in told["headers"].items() if name not in {"User-Agent", "Content-Length"}
    }
    assert kept == {
        "Host": "localhost", "Authorization": f"token {TOKEN}", "Accept": "text/x", "Accept-Encoding": "gzip, deflate",
        "Content-Type": "application/octet-stream",
    }  # fmt: skip
    assert not {"Set-Cookie", "X-Own"} & set(headers)
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"].startswith("'self' ws://job-1-1.localhost:")
    assert (policy["frame-ancestors"], headers["Cache-Control"]) == ("'none'", "no-store")
    assert headers["Referrer-Policy"] == "no-referrer"


def test_other_sites_cannot_use_a_visitors_session(tmp_path):
    """All notebooks are of one site: SameSite alone would let one notebook's page act in another."""

    async def tried():
        async with house(tmp_path) as (_door, visitor):
            sibling = visitor.origin.replace("job-1-1", "job-2-1")
            asked = [
                await visitor.ask("/api/sessions", method="POST", headers={"Origin": sibling}),
                await visitor.ask("/api/sessions", method="POST"),
                await visitor.ask("/api/contents", headers={"Sec-Fetch-Site": "same-site"}),
                await visitor.ask("/lab", method="TRACE"),
                await visitor.ask("/files/..%2f..%2fetc"),
                await visitor.ask("/lab", headers={
                    "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document",
                }),
            ]  # fmt: skip
            refused = []
            for headers in ({"Origin": sibling}, {"Cookie": "notebook=forged"}):
                with pytest.raises(WSServerHandshakeError) as problem:
                    await visitor.socket(**headers)
                refused.append(problem.value.status)
            return [answer[0] for answer in asked], refused

    assert loop.run(tried()) == ([403, 403, 403, 405, 404, 200], [403, 401])


def test_a_socket_is_carried_until_the_door_says_no(tmp_path):
    async def tried():
        async with house(tmp_path) as (door, visitor), visitor.socket() as talk:
            await talk.send_str("hello")
            said = (await talk.receive(timeout=5)).data
            door.over = "The job has ended."
            end = await talk.receive(timeout=5)
            return talk.protocol, said, end.type, talk.close_code, (await visitor.ask("/lab"))[0::2]

    protocol, said, kind, code, after = loop.run(tried())
    assert (protocol, said) == ("v1.kernel.websocket.jupyter.org", f"token {TOKEN} hello")
    assert (kind, code) == (WSMsgType.CLOSE, 1008)
    assert after == (401, "The job has ended.\n")


def test_where_the_terms_allow_no_copies_no_file_comes_out(tmp_path):
    async def tried():
        async with house(tmp_path) as (door, visitor):
            door.copies = False
            shut = ["/files/data.csv", "/%66iles/data.csv", "/nbconvert/html/a.ipynb", "/api/nbconvert/html"]
            refused = [(await visitor.ask(path))[0] for path in shut]
            formats = (await visitor.ask("/api/nbconvert"))[2]
            paths = (
                "/api/contents/data.csv?content=1&type=file&format=text",
                "/api/contents/a.ipynb?content=1",
            )
            asked = [json.loads((await visitor.ask(path))[2])["path"] for path in paths]
            fetched = (await visitor.ask("/lab"))[1]
            going = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
            refused.append((await visitor.ask("/own/data.json", headers=going))[0])
            return refused, asked, fetched, formats

    refused, asked, fetched, formats = loop.run(tried())
    assert formats == "{}"
    assert refused == [403, 403, 403, 403, 403]
    assert "Content-Disposition" not in fetched
    assert asked == [
        "/api/contents/data.csv?content=1&type=directory",  # Jupyter answers that this is no directory
        "/api/contents/a.ipynb?content=1&type=notebook",
    ]
    assert fetched["Content-Security-Policy"].endswith(
        "; sandbox allow-scripts allow-same-origin allow-forms allow-modals"
    )


PAGES = ["text/html", "text/html; charset=utf-8", "Text/HTML"]
KINDS = [
    *PAGES,
    "",
    "text/csv",
    "application/octet-stream",
    "application/pdf",
    "application/json",
    "image/png",
]


@settings(max_examples=150)
@given(
    status=st.sampled_from([200, 201, 204, 206, 302, 304, 404, 500]),
    headers=st.fixed_dictionaries(
        {},
        optional={
            "Content-Type": st.sampled_from(KINDS),
            "Location": st.sampled_from(["/lab", "data:text/csv,1"]),
            "Content-Disposition": st.sampled_from(["attachment; filename=a.csv", "inline"]),
            "Content-Length": st.just("5"),
        },
    ),
    mode=st.sampled_from(["navigate", "cors", "no-cors", None]),
)
def test_whatever_a_notebook_answers_a_browser_keeps_no_file_of_it(status, headers, mode):
    """Code in a notebook can serve in Jupyter's place: without copies, going there shows a page or nothing."""
    asked = {"Sec-Fetch-Mode": mode} if mode else {}
    passed = rules.outward(headers, copies=False)
    assert set(passed) == set(headers) - {"Content-Disposition", "Location"}
    assert rules.outward(headers, copies=True).keys() == headers.keys() - {"Location"}
    shown = rules.is_shown(asked, status, headers)
    is_page = headers.get("Content-Type", "") in PAGES
    has_content = not (status in {204, 304} or (status == 302 and "Location" in headers))
    assert shown == (mode != "navigate" or is_page or not has_content)


def test_what_is_too_large_or_silent_is_said(tmp_path):
    async def tried():
        async with house(tmp_path) as (_door, visitor):
            large = await visitor.ask(
                "/api/x", method="PUT", headers={"Origin": visitor.origin}, data=b"x" * (MOST_BODY + 1)
            )
            (tmp_path / SOCKET).unlink()
            return large[0], (await visitor.ask("/lab"))[0]

    assert loop.run(tried()) == (413, 502)


@contextmanager
def listening(path: Path):
    with socket.socket(socket.AF_UNIX) as found:
        found.bind(str(path))
        found.listen()
        yield


def test_a_notebook_cannot_make_the_proxy_speak_to_another_socket(tmp_path):
    """It writes its own folder: a link there to the machine's database must not be followed with our rights."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    (theirs / WORD).write_text(json.dumps({"token": TOKEN}))
    with listening(ours):
        (theirs / SOCKET).symlink_to(ours)
        with pytest.raises(NotebookIsSilent, match="no socket"), opened(theirs):
            pass
        (theirs / SOCKET).unlink()
        (theirs / SOCKET).write_text("")
        with pytest.raises(NotebookIsSilent, match="no socket"), opened(theirs):
            pass
    (theirs / SOCKET).unlink()
    with listening(theirs / SOCKET):
        with opened(theirs) as (path, word), socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            assert (word, len(path) < 30) == (TOKEN, True)
        for wrong in ('{"token": "x\\r\\nCookie: a"}', "[]", "{"):
            (theirs / WORD).write_text(wrong)
            with pytest.raises(NotebookIsSilent), opened(theirs):
                pass
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(NotebookIsSilent), opened(tmp_path / "nobody"):
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize(
    ("method", "path", "query", "sent"),
    [
        ("GET", "/api/contents", "content=0&content=1", "content=1&type=directory"),
        ("GET", "/api/contents/a/b.ipynb", "type=file&format=base64", "type=notebook"),
        ("HEAD", "/api/contents/x", "", "type=directory"),
        ("PUT", "/api/contents/a.ipynb", "x=1", "x=1"),
        ("GET", "/api/contents/a.ipynb/checkpoints", "", ""),
        ("GET", "/api/kernels", "type=file", "type=file"),
    ],
)
def test_lists_and_notebooks_are_all_that_is_shown(method, path, query, sent):
    assert rules.shown_only(method, path, query) == sent


def test_an_address_names_one_host_for_each_notebook():
    assert (
        address("https://*.notebooks.example", "job_01JD-2", "/x") == "https://job-01jd-2.notebooks.example/x"
    )
    good = ("https://*.notebooks.example", "http://*.localhost:8001")
    bad = ("https://notebooks.example", "https://*.a/x", "https://*.", "ftp://*.a", "https://a.*.b", "*.a")
    assert [bool(PATTERN.fullmatch(one)) for one in (*good, *bad)] == [True] * 2 + [False] * 6
