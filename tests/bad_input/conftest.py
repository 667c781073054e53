"""What these tests borrow: a store of their own, and processes that end with the test."""

from tests.datasets.factories import store  # noqa: F401 - a fixture
from tests.faults.conftest import processes  # noqa: F401 - a fixture
