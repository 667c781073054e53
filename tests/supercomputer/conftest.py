"""A factory of each test's own."""

import pytest

from aifactory.kit import clock
from aifactory.ports.carbon import CarbonSignal
from aifactory.ports.registry import provide
from tests.datasets.factories import store  # noqa: F401 - a fixture
from tests.supercomputer.factories import Hours, factory


@pytest.fixture
def plant(db, store, tmp_path):  # noqa: F811
    provide(CarbonSignal, Hours(clock.now()))
    return factory(tmp_path)
