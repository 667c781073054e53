"""The place for documents, and the moment of most tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aifactory.adapters.object_store.folder import FolderStore
from aifactory.kit import clock
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import provide
from tests.access import factories


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FolderStore]:
    """Keep documents in a folder of the test's own."""
    folder = FolderStore(tmp_path / "objects")
    provide(ObjectStore, folder)
    return folder


@pytest.fixture
def during() -> Iterator[None]:
    """Hold the clock at a moment when the call is open."""
    with clock.frozen(factories.DURING):
        yield
