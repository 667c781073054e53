from tests.datasets.factories import store
from tests.supercomputer.conftest import plant

__all__ = ["plant", "store"]
