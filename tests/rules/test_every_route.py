"""Every page and every route of the API, asked for by everybody: the answers stand in `routes.toml`.

A new route fails this test until somebody has looked at its line. After looking, write the table anew with
`pytest tests/rules/test_every_route.py --write-routes` and read what changed.
"""

import logging
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from aifactory.people.models import Role, User
from tests.people.factories import organisation, person
from tests.rules.operations import operations
from tests.rules.world import World, pages

TABLE = Path(__file__).with_name("routes.toml")
VIEWERS = ("public", *Role, "owner")
HEAD = """# What everybody gets who asks for a page or a route: the status, `login` for the way to the sign-in page.
# Each role is held by a stranger, who has an organisation of their own and nothing to do with the record asked
# for; the owner is whoever the record belongs to. A POST to a page is empty, one to the
# API means something its owner could have meant; each is undone afterwards.
# Written by `pytest tests/rules/test_every_route.py --write-routes`, and read line by line before it is kept.
#
"""
Ask = Callable[[Client], int | str]


def page_routes(world: World) -> Iterator[tuple[str, Ask, User]]:
    """Yield every page twice, as asked for and as posted to; allauth's own are asked for only."""
    for route, address, owner in pages(world):
        yield f"GET /{route}", lambda client, to=address: status(client.get(to)), owner
        if not route.startswith("accounts/"):
            yield f"POST /{route}", lambda client, to=address: status(client.post(to)), owner


def api_routes(world: World) -> Iterator[tuple[str, Ask, User]]:
    """Yield every operation of the API's own description."""
    for path, verbs in operations().items():
        for method in verbs:
            names = {part.strip("{}") for part in path.split("/") if part.startswith("{")}
            address = path
            for name in names:
                address = address.replace("{" + name + "}", world.value(name, path))
            route = f"{method.upper()} {path}"
            sent = world.body(route.replace("/api/v1/", "")) if method != "get" else {}
            yield (
                route,
                lambda client, verb=method, to=address, sent=sent: status(getattr(client, verb)(to, **sent)),
                world.owner(names, path),
            )


def status(answer) -> int | str:
    """Return an answer in one word; reading a stream to its end frees what it holds."""
    location = answer.headers.get("Location", "")
    if answer.streaming:
        b"".join(answer.streaming_content)
    return "login" if location.startswith("/accounts/login/") else answer.status_code


def ask(client: Client, question: Ask) -> int | str:
    """Ask, and undo whatever was done."""
    cache.clear()
    with transaction.atomic():
        answer = question(client)
        transaction.set_rollback(True)
    return answer


def walk(world: World) -> dict[str, str]:
    """Return the answers to every question, in the order of VIEWERS."""
    strangers = {role: person(role, organisation=organisation()) for role in Role}
    clients = {
        role: Client(raise_request_exception=False, REMOTE_ADDR="192.0.2.1") for role in ("public", *Role)
    }
    for role, user in strangers.items():
        clients[role].force_login(user)
    owners: dict[str, Client] = {}
    answers = {}
    for name, question, owner in (*page_routes(world), *api_routes(world)):
        if owner.pk not in owners:
            owners[owner.pk] = Client(raise_request_exception=False, REMOTE_ADDR="192.0.2.1")
            owners[owner.pk].force_login(owner)
        asked = [clients[viewer] for viewer in VIEWERS[:-1]] + [owners[owner.pk]]
        answers[name] = " ".join(f"{ask(client, question):<5}" for client in asked).strip()
    return answers


def written(answers: dict[str, str]) -> str:
    """Return the table, in columns."""
    wide = max(map(len, answers)) + 2
    lines = [f"# {'':<{wide - 2}}    {' '.join(f'{viewer[:5]:<5}' for viewer in VIEWERS)}"]
    lines += [
        f"{chr(39) + name + chr(39):<{wide}} = {chr(34)}{row}{chr(34)}" for name, row in answers.items()
    ]
    return HEAD + "\n".join(lines) + "\n"


@pytest.mark.thorough
def test_everybody_gets_what_the_table_says(house, pytestconfig, caplog):
    caplog.set_level(logging.CRITICAL)
    answers = walk(World(house))
    if pytestconfig.getoption("write_routes"):
        TABLE.write_text(written(answers))
    table = tomllib.loads(TABLE.read_text())
    assert {route: row.split() for route, row in answers.items()} == {
        route: row.split() for route, row in table.items()
    }
    failed = [route for route, row in answers.items() if any(code.startswith("5") for code in row.split())]
    assert failed == []
