"""The API against its own description: schemathesis makes up requests from it, fitting and broken ones."""

import json
import logging
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core import NotSet
from schemathesis.generation import GenerationMode

from aifactory.api import api
from tests.rules.conftest import house, plant, store  # noqa: F401 - fixtures
from tests.rules.world import World
from tests.supercomputer.factories import Factory

pytestmark = [pytest.mark.thorough, pytest.mark.django_db, pytest.mark.filterwarnings("ignore")]
OPERATIONS = [
    found.ok() for found in schemathesis.openapi.from_dict(api.get_openapi_schema()).get_all_operations()
]
UPLOAD = "multipart/form-data"


@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "broken"]
)
def test_nothing_made_up_is_our_fault(
    house: Factory,  # noqa: F811
    mode: GenerationMode,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Asked about things that are there, no answer is a failure and every refusal is a problem in a sentence."""
    caplog.set_level(logging.CRITICAL)
    world = World(house)
    client = Client(raise_request_exception=False)
    client.force_login(house.user)
    wrong: list[str] = []
    asked = 0

    for operation in OPERATIONS:
        there = {
            parameter.name: world.value(parameter.name, operation.path)
            for parameter in operation.path_parameters
        }

        @settings(
            max_examples=3, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode, path_parameters=there or None))
        def ask(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            if complaint := answered_badly(client, case):
                wrong.append(complaint)

        with suppress(Unsatisfiable):  # nothing of this operation can be broken
            ask()
    assert wrong == [], "\n".join(wrong)
    assert asked > len(OPERATIONS) // 2


def answered_badly(client: Client, case: schemathesis.Case) -> str:
    """Ask, undo it, and say what is wrong with the answer."""
    cache.clear()
    with transaction.atomic():
        query = {
            name: value
            for name, value in (case.query or {}).items()
            if isinstance(value, str | int | float | list)
        }
        answer = client.generic(
            case.method, case.formatted_path, sent(case), content_type="application/json", query_params=query
        )
        transaction.set_rollback(True)
    if answer.status_code >= 500:
        return f"{case.method} {case.path} {case.query} {case.body!r:.300}: {answer.status_code}"
    if answer.status_code >= 400:
        problem = json.loads(answer.content)
        said = answer["Content-Type"], problem["status"], problem["detail"].endswith((".", "?"))
        if said != ("application/problem+json", answer.status_code, True):
            return f"{case.method} {case.path}: {problem}"
    return ""


def sent(case: schemathesis.Case) -> bytes:
    """Return the body as it goes over the line; what is sent as a file is JSON too, which must be refused."""
    body: Any = case.body
    if isinstance(body, NotSet):
        return b""
    return body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
