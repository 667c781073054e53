"""Tricks in every text field of every form and of the whole API: refused or kept as text, never carried out."""

import itertools
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from aifactory.people.models import Role
from tests.people.factories import person
from tests.rules.conftest import house, plant, store  # noqa: F401 - fixtures
from tests.rules.operations import operations
from tests.rules.world import World, pages
from tests.supercomputer.factories import Factory

pytestmark = pytest.mark.thorough

#: name of the trick → what is written into a field
TRICKS: dict[str, Any] = {
    "SQL": "x'); DROP TABLE people_user; --",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{ 7*7 }}{% debug %}${7*7}%(password)s{0.__class__}",
    "path": "../../../../etc/passwd",
    "NUL": "a\x00b",
    "half a character": "a\ud800b",
    "right to left": "abc\u202egpj.exe",
    "newlines": "Subject\r\nBcc: everyone@example.org\r\n\r\nBody",
    "very long": "x" * 300_000,
    "huge number": 10**40,
    "negative": -(2**63) - 1,
    "not a number": float("nan"),
    "infinite": float("inf"),
    "deep": json.loads("[" * 400 + "]" * 400),
    "object": {"__proto__": {"admin": True}, "": None},
    "boolean": True,
    "nothing": None,
}
SECRETS = (b"Traceback", b"psycopg", b"sqlite3", b"OperationalError", b"DataError", b"root:x:0:0")


def places(document: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value in a document, containers included."""
    if way:
        yield way
    inside = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in inside:
        yield from places(value, (*way, key))


def changed(document: Any, way: tuple[Any, ...], value: Any) -> Any:
    """Return the document with another value at one place."""
    if not way:
        return value
    copy = document.copy()
    copy[way[0]] = changed(copy[way[0]], way[1:], value)
    return copy


def bodies(world: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (method, address, body) of every route that takes JSON."""
    for path, verbs in operations().items():
        for method, operation in verbs.items():
            if "application/json" not in operation.get("requestBody", {}).get("content", {}):
                continue
            route = f"{method.upper()} {path}"
            address = path
            for part in [piece.strip("{}") for piece in path.split("/") if piece.startswith("{")]:
                address = address.replace("{" + part + "}", world.value(part, path))
            body = json.loads(world.body(route.replace("/api/v1/", ""))["data"])
            yield method, address, body


def test_no_field_of_the_api_can_be_tricked(house: Factory, caplog: pytest.LogCaptureFixture) -> None:  # noqa: F811
    caplog.set_level(logging.CRITICAL)
    world = World(house)
    client = Client(raise_request_exception=False)
    client.force_login(house.user)
    asked, wrong = 0, []
    for method, address, body in bodies(world):
        # each field meets a third of the tricks, and the next field the next third
        met = itertools.islice(itertools.product(places(body), TRICKS), len(body) % 3, None, 3)
        for way, trick in met:
            if trick == "very long" and len(way) > 2:
                continue
            text = json.dumps(changed(body, way, TRICKS[trick]))
            cache.clear()
            with transaction.atomic():
                answer = getattr(client, method)(address, text, content_type="application/json")
                transaction.set_rollback(True)
            asked += 1
            if answer.status_code >= 500 or any(secret in answer.content for secret in SECRETS):
                wrong.append(
                    (
                        method,
                        address.rsplit("/api/v1/")[1],
                        ".".join(map(str, way)),
                        trick,
                        answer.status_code,
                    )
                )
            elif answer.status_code >= 400:
                assert answer["Content-Type"] == "application/problem+json", (address, way, trick)
    assert wrong == [], "\n".join(map(str, wrong))
    assert asked > 800


def test_no_field_of_a_form_can_be_tricked(house: Factory, caplog: pytest.LogCaptureFixture) -> None:  # noqa: F811
    """Every form of every page that its owner can open, one trick in all of its fields at once."""
    caplog.set_level(logging.CRITICAL)
    world = World(house)
    office = person(Role.OFFICE)
    wrong, asked = [], 0
    for route, address, owner in pages(world):
        if route.startswith("accounts/"):
            continue
        for viewer in (owner, office):
            client = Client(raise_request_exception=False)
            client.force_login(viewer)
            names = fields(client, address)
            for trick in TRICKS if names else ():
                if not isinstance(TRICKS[trick], str | int):
                    continue
                cache.clear()
                with transaction.atomic():
                    answer = client.post(address, {name: surrogate_free(TRICKS[trick]) for name in names})
                    transaction.set_rollback(True)
                asked += 1
                shown = answer.content if not answer.streaming else b""
                if (
                    answer.status_code >= 500
                    or any(s in shown for s in SECRETS)
                    or TRICKS["HTML"].encode() in shown
                ):
                    wrong.append((address, trick, answer.status_code))
    assert wrong == []
    assert asked > 150


def fields(client: Client, address: str) -> set[str]:
    """Return the names of the fields of the forms on a page."""
    answer = client.get(address)
    if answer.status_code != 200 or "html" not in answer["Content-Type"]:
        return set()
    main = answer.content.decode().partition("<main")[2]
    found = set(re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', main))
    return found - {"csrfmiddlewaretoken"} if '<form method="post"' in main else set()


def surrogate_free(value: Any) -> str:
    """Return what a browser could send: it can't send half a character."""
    return str(value).encode("utf-8", "replace").decode()
