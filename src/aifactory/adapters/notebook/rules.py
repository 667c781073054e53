"""What passes between a browser and a notebook: which headers, which requests, and what a page there may reach.

The browser is a way out that no wall around a job closes: a page can send what it shows to any address. So the policy
of every page keeps requests at the notebook's own host. Going to another address by oneself stays possible, and so
does reading what is on the screen.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

SAFE = frozenset({"GET", "HEAD"})
METHODS = SAFE | {"POST", "PUT", "PATCH", "DELETE"}
#: nothing else of a request reaches the notebook, least of all a cookie
INWARD = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Content-Type",
    "If-Modified-Since",
    "If-None-Match",
    "Range",
)
#: nothing else of an answer reaches the browser, least of all a cookie
OUTWARD = ("Accept-Ranges", "Content-Disposition", "Content-Encoding", "Content-Length", "Content-Range",
           "Content-Type", "ETag", "Last-Modified", "Vary")  # fmt: skip
#: files of the program itself: the same for everybody, so a browser may keep them
PROGRAM = ("/static/", "/lab/static/", "/lab/extensions/")
#: where Jupyter hands out a file as it is, or a notebook in another form
EXPORTS = ("/files", "/nbconvert", "/api/nbconvert")
FORMATS = "/api/nbconvert"
CONTENTS = "/api/contents"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-DNS-Prefetch-Control": "off",
}
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self' {socket}; "
    "manifest-src 'self'; worker-src 'self' blob:; frame-src 'self' blob:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'self'"
)
#: as strict as a page of Jupyter bears: neither downloads nor new windows
_NO_COPIES = "; sandbox allow-scripts allow-same-origin allow-forms allow-modals"


def security(origin: str, *, copies: bool) -> dict[str, str]:
    """Return the headers that every answer of a notebook carries; `origin` is its own."""
    policy = _POLICY.format(socket="ws" + origin.removeprefix("http"))
    return HEADERS | {"Content-Security-Policy": policy + ("" if copies else _NO_COPIES)}


def keeping(path: str) -> str:
    """Return how long a browser may keep an answer: the program's own files, and nothing that was computed."""
    return "private, max-age=3600" if path.startswith(PROGRAM) else "no-store"


def is_own(method: str, headers: Mapping[str, str], origin: str, *, socket: bool) -> bool:
    """Say whether a request comes from a page of this notebook, or from somebody who opens its address.

    All notebooks share one site, so neither the cookie's SameSite nor Jupyter's own token tells them apart.
    """
    said = headers.get("Origin")
    if said != origin and (said is not None or socket or method not in SAFE):
        return False
    opens = method == "GET" and headers.get("Sec-Fetch-Mode") == "navigate"
    opens = opens and headers.get("Sec-Fetch-Dest") == "document"
    return opens or headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}


def is_plain(path: str) -> bool:
    """Say whether a path (decoded) is read alike by everybody who reads it."""
    return path.startswith("/") and "//" not in path and "\\" not in path and ".." not in path.split("/")


def takes_out(path: str) -> bool:
    """Say whether a path (decoded) asks for a file as it is, or for a notebook in another form."""
    return path.startswith(EXPORTS)


def is_shown(asked: Mapping[str, str], status: int, answer: Mapping[str, str]) -> bool:
    """Say whether a browser shows what it goes to by itself, instead of keeping it as a file: that is a page.

    Code in a notebook can answer in Jupyter's place, with whatever it likes. What a page fetches stays in the page,
    which may save nothing.
    """
    if asked.get("Sec-Fetch-Mode") != "navigate":
        return True
    empty = status in {204, 304} or (300 <= status < 400 and "Location" in answer)
    return empty or answer.get("Content-Type", "").partition(";")[0].strip().lower() == "text/html"


def outward(answer: Mapping[str, str], *, copies: bool) -> dict[str, str]:
    """Return the headers of an answer that reach the browser: without copies none that makes a file of it."""
    passed = (name for name in OUTWARD if name in answer and (copies or name != "Content-Disposition"))
    return {name: answer[name] for name in passed}


def shown_only(method: str, path: str, query: str) -> str:
    """Return a request's query so that it gives lists of files and notebooks, and the content of no other file.

    Jupyter refuses to give a file as the kind that it is not.
    """
    if method not in SAFE or not path.startswith(CONTENTS) or path.endswith("/checkpoints"):
        return query
    asked = {key: value for key, value in parse_qsl(query) if key in {"content", "hash"}}
    kind = "notebook" if path.endswith(".ipynb") else "directory"
    return urlencode(asked | {"type": kind})
