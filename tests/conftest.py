"""What every test may use."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real data and official standards that stands outside the repository."""
    folder = os.environ.get("AIFACTORY_SHARED")
    if folder:
        return Path(folder)
    if os.environ.get("AIFACTORY_REQUIRE_SHARED") == "1":
        pytest.fail("AIFACTORY_SHARED is not set, and AIFACTORY_REQUIRE_SHARED=1 forbids to skip")
    return pytest.skip("AIFACTORY_SHARED is not set")
