"""Every state can be reached and has a name, in the tables and in whose turn it is."""

import pytest

from aifactory.access.applications.lifecycle import APPLICATION
from aifactory.access.calls.lifecycle import CALL
from aifactory.access.permissions import Permission
from aifactory.access.queries import turn
from aifactory.access.review.lifecycle import REVIEW
from aifactory.kit.lifecycle import Lifecycle
from tests.access import factories


@pytest.mark.parametrize("table", [CALL, APPLICATION, REVIEW], ids=lambda t: t.name)
def test_every_state_is_reachable_and_labelled(table: Lifecycle) -> None:
    assert table.reachable() == set(table.states)
    assert all(table.states.values())
    assert {t.permission for t in table.transitions} <= set(Permission)


@pytest.mark.django_db
@pytest.mark.usefixtures("during", "store")
@pytest.mark.parametrize("mode", ["regional-v1", "playground-v1"])
def test_it_is_always_somebodys_turn(mode: str, tmp_path: object) -> None:
    application = factories.draft(factories.call(mode), tmp_path)  # type: ignore[arg-type]
    for state in APPLICATION.states:
        application.state = state
        assert turn(application).what
