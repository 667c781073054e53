"""What tests of people share: a plant that runs jobs."""

from tests.datasets.factories import store
from tests.supercomputer.conftest import plant

__all__ = ["plant", "store"]
