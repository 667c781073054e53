"""What tests of pages share: a plant that runs jobs, and a way to read a page as words."""

import html
import re

import pytest

from tests.datasets.factories import store
from tests.supercomputer.conftest import plant

__all__ = ["plant", "store"]


@pytest.fixture
def told():
    """Give a function from a page to its words: tags cut out, space made single."""

    def words(response):
        main = response.content.decode().split("<main", 1)[-1].split("</main>")[0]
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))

    return words


@pytest.fixture
def live_remote(monkeypatch):
    """Give a function that lets the remote commands speak to this very process as a person (None: nobody)."""
    import httpx
    from django.test import Client

    from aifactory.people.actions import issue_token

    plain = httpx.Client

    def answer(request):
        kind = request.headers.get("Content-Type", "application/json")
        given = {"headers": dict(request.headers), "content_type": kind}
        said = Client().generic(request.method, request.url.raw_path.decode(), request.content, **given)
        content = said.getvalue() if said.streaming else said.content
        return httpx.Response(said.status_code, headers=dict(said.headers), content=content)

    def client(**options):
        return plain(transport=httpx.MockTransport(answer), **options)

    def sign_in(user):
        monkeypatch.setattr("sys.argv", ["aifactory"])  # what a test calls is forgotten after it
        monkeypatch.setattr("aifactory.cli.remote.httpx.Client", client)
        monkeypatch.setenv("AIFACTORY_URL", "http://127.0.0.1:8000")
        monkeypatch.setenv("AIFACTORY_TOKEN", issue_token(user, label="test")[1] if user else "")

    return sign_in
