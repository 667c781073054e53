"""A furnished factory."""

import pytest

from tests.datasets.factories import store  # noqa: F401 - a fixture
from tests.rules.house import furnish
from tests.supercomputer.conftest import plant  # noqa: F401 - a fixture


@pytest.fixture
def house(plant, tmp_path):  # noqa: F811
    """Furnish a factory, and give the plant in it."""
    furnish(plant, tmp_path)
    return plant
