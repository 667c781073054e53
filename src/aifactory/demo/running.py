"""The factory's own processes during the demonstration, and what people do from outside: the command and a browser."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

BIN = Path(sys.executable).parent


class DemoFailed(RuntimeError):
    """Something that the demonstration shows did not happen."""


def until(happened: Callable[[], object], otherwise: str, *, within: float = 120) -> float:
    """Wait until something is so and return how many seconds it took. Raises `DemoFailed` with what is said otherwise."""
    began = time.monotonic()
    while not happened():
        if time.monotonic() > began + within:
            raise DemoFailed(otherwise)
        time.sleep(0.5)
    return time.monotonic() - began


class RunningFactory(AbstractContextManager["RunningFactory"]):
    """The web server and the worker, as `script/serve` runs them, on a free port."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = (home / "demo.log").open("ab")
        command = [str(BIN / "aifactory"), "admin", "serve", "--port", str(port), "--workers", "1"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=os.environ)

    def __enter__(self) -> Self:
        until = time.monotonic() + 180  # a busy machine compiles every module first
        while time.monotonic() < until:
            try:
                if httpx.get(self.url, trust_env=False).is_success:
                    return self
            except httpx.TransportError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.__exit__(None, None, None)
        raise DemoFailed(f"The factory did not start; see {self.log.name}.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()


class CommandLine:
    """Somebody at a terminal: every call is a real `aifactory` process that speaks REST."""

    def __init__(self, url: str, email: str, password: str) -> None:
        answer = httpx.post(
            f"{url}/api/v1/tokens", json={"email": email, "password": password}, trust_env=False
        )
        answer.raise_for_status()
        self.env = {
            **os.environ,
            "AIFACTORY_URL": url,
            "AIFACTORY_TOKEN": answer.json()["token"],
            "NO_COLOR": "1",
        }

    def call(self, *words: str) -> Any:
        """Run a command that must succeed, and return its JSON."""
        done = self._run(*words, "--json")
        if done.returncode:
            raise DemoFailed(f"aifactory {' '.join(words)}: {done.stderr or done.stdout}")
        return json.loads(done.stdout)

    def refused(self, *words: str, because: str) -> str:
        """Run a command that must be refused with a sentence that says `because`, and return the sentence."""
        done = self._run(*words)
        if done.returncode != 1 or because not in " ".join(done.stderr.split()):
            raise DemoFailed(
                f"aifactory {' '.join(words)} should have been refused: {done.stdout}{done.stderr}"
            )
        return " ".join(done.stderr.split())

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BIN / "aifactory"), *words], env=self.env, capture_output=True, text=True, check=False
        )


class Browser:
    """Somebody with a browser and no JavaScript: pages, cookies and forms. Without `email`: a citizen."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self.client = httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=30)
        if not email:  # a citizen
            return
        self.submit("/accounts/login/", login=email, password=password)
        if "/accounts/login/" in str(self.client.get("/desk/").url):
            raise DemoFailed(f"{email} could not sign in.")

    def page(self, path: str) -> str:
        """Open a page that must be there."""
        answer = self.client.get(path)
        if not answer.is_success:
            raise DemoFailed(f"GET {path} answered {answer.status_code}.")
        return answer.text

    def submit(self, path: str, **fields: str) -> httpx.Response:
        """Open a form's page, fill it in and send it, with the token that the page carried."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(path))
        if token is None:
            raise DemoFailed(f"{path} has no form.")
        return self.post(path, csrfmiddlewaretoken=token[1], **fields)

    def press(self, page: str, action: str) -> httpx.Response:
        """Press a button: a form of its own on `page` that posts to `action`."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(page))
        return self.post(action, csrfmiddlewaretoken=token[1] if token else "")

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form."""
        answer = self.client.post(path, data=fields, headers={"Referer": str(self.client.base_url)})
        if not answer.is_success:
            raise DemoFailed(f"POST {path} answered {answer.status_code}.")
        return answer
