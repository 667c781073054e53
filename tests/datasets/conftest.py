from tests.datasets.factories import store

__all__ = ["store"]
