"""The REST client of the remote commands: address and token come from the environment or from `aifactory login`."""

import json
import os
from pathlib import Path
from typing import Any

import httpx

from aifactory.kit.errors import FieldError, Invalid, Refused


class CannotReachFactory(Refused):
    """No answer from the factory's address."""


class AnswerWasNo(Refused):
    """The factory refused; the message is its own."""


def credentials_path() -> Path:
    """Return where `aifactory login` keeps the address and the token (readable by the owner only)."""
    base = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"))
    return base / "aifactory" / "credentials.json"


class Remote:
    """Speaks to one factory. Every method returns parsed JSON or raises a `Refused` with the factory's sentence."""

    def __init__(self) -> None:
        stored = json.loads(credentials_path().read_text()) if credentials_path().exists() else {}
        self.address = os.environ.get("AIFACTORY_URL", stored.get("url", "http://127.0.0.1:8000")).rstrip("/")
        token = os.environ.get("AIFACTORY_TOKEN", stored.get("token", ""))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = httpx.Client(
            base_url=f"{self.address}/api/v1", headers=headers, timeout=60, trust_env=False
        )

    def get(self, path: str, **query: Any) -> Any:
        """Read."""
        return self._ask("GET", path, params={k: v for k, v in query.items() if v not in (None, "")})

    def post(self, path: str, body: Any = None, **kwargs: Any) -> Any:
        """Act."""
        return self._ask("POST", path, json=body, **kwargs)

    def put(self, path: str, body: Any) -> Any:
        """Replace."""
        return self._ask("PUT", path, json=body)

    def upload(self, path: str, file: Path, **fields: str) -> Any:
        """Send a file in a form."""
        with file.open("rb") as content:
            return self._ask("POST", path, files={"file": (file.name, content)}, data=fields)

    def put_bytes(self, path: str, content: bytes) -> Any:
        """Send bytes as they are."""
        return self._ask("PUT", path, content=content, headers={"Content-Type": "application/octet-stream"})

    def download(self, path: str, to: Path, **query: Any) -> Path:
        """Write what a path returns to a file."""
        with self.client.stream("GET", path, params=query) as answer:
            if answer.is_error:
                answer.read()
                raise _refusal(answer)
            with to.open("wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
        return to

    def download_on(self, path: str, to: Path) -> Path:
        """Write what a path returns to a file, going on with what an earlier, broken download left beside it."""
        part = to.with_name(f"{to.name}.part")
        begun = part.stat().st_size if part.exists() else 0
        with self.client.stream("GET", path, headers={"Range": f"bytes={begun}-"} if begun else {}) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:  # there is no rest of it
                part.unlink()
                return self.download_on(path, to)
            if answer.is_error:
                answer.read()
                raise _refusal(answer)
            with part.open("ab" if answer.status_code == httpx.codes.PARTIAL_CONTENT else "wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
        return part.replace(to)

    def text(self, path: str, **query: Any) -> str:
        """Read a document as it is written."""
        return self._answer("GET", path, params=query).text

    def _ask(self, method: str, path: str, **kwargs: Any) -> Any:
        answer = self._answer(method, path, **kwargs)
        return answer.json() if answer.content else None

    def _answer(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        try:
            answer = self.client.request(method, path, **kwargs)
        except httpx.TransportError as error:
            raise CannotReachFactory(
                f"No factory answers at {self.address} ({error}).",
                next_step="Start it with script/serve, or set AIFACTORY_URL to the right address.",
            ) from error
        if answer.is_error:
            raise _refusal(answer)
        return answer


def _refusal(answer: httpx.Response) -> Refused:
    try:
        problem = answer.json()
    except ValueError:
        problem = {"detail": f"The factory answered {answer.status_code} {answer.reason_phrase}."}
    if errors := problem.get("errors"):
        return Invalid(
            [FieldError(e["field"], e["detail"], e.get("rule")) for e in errors], problem["detail"]
        )
    return AnswerWasNo(problem.get("detail", "The factory said no."), next_step=problem.get("next_step"))
