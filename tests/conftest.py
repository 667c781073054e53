"""What every test may use."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.services.s3", "tests.services.slurm"]
# How long an example takes is the machine's business: timing decides no test.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")
SERVICES = ("bubblewrap", "chromium", "slurm", "torch")
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the run on a second database leave out what no database can change."""
    parser.addoption(
        "--only-database",
        action="store_true",
        help="run the tests that touch the database, outside a browser",
    )
    parser.addoption(
        "--write-routes",
        action="store_true",
        help="write tests/rules/routes.toml anew; read every line that changed",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker waits for another at the end; carry out `--only-database`.

    What needs a Slurm comes first of all: then one process of several gets all of it, and starts the only one.
    """
    items.sort(key=lambda item: (not needs_slurm(item), item.get_closest_marker("thorough") is None))
    if not config.getoption("only_database"):
        return
    left_out = [item for item in items if not touches_database(item) or item.get_closest_marker("browser")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def needs_slurm(item: pytest.Item) -> bool:
    """Say whether a test asks for the cluster: through a fixture, or as one of the engines of a suite."""
    return "slurm" in getattr(item, "fixturenames", ()) or "[slurm]" in item.name


def touches_database(item: pytest.Item) -> bool:
    """Say whether a test asks for the database: by its marker, or through a fixture."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where AIFACTORY_REQUIRE_SERVICES=1, take a skip for want of a service for what it is: a failure."""
    report = yield
    reason = str(report.longrepr) if report.skipped else ""
    if os.environ.get("AIFACTORY_REQUIRE_SERVICES") == "1" and any(name in reason for name in SERVICES):
        report.outcome, report.longrepr = "failed", f"A service is missing that is required here: {reason}"
    return report


@pytest.fixture(autouse=True)
def _in_no_language() -> Generator[None]:
    """Forget the language of the last page: Django keeps it in the thread, and the next test would speak it."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real data and official standards that stands outside the repository."""
    folder = os.environ.get("AIFACTORY_SHARED")
    if folder:
        return Path(folder)
    if os.environ.get("AIFACTORY_REQUIRE_SHARED") == "1":
        pytest.fail("AIFACTORY_SHARED is not set, and AIFACTORY_REQUIRE_SHARED=1 forbids to skip")
    return pytest.skip("AIFACTORY_SHARED is not set")


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """Forget what rate limits counted: no test is turned away for what another one did."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(autouse=True, scope="session")
def _flush_may_empty_append_only_tables(django_db_setup: None) -> None:
    """Let a test that commits clean up after itself: lift the guards around the flush, and only there."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    from aifactory.audit.append_only import APPEND_ONLY, guard, unguard

    flush = BaseDatabaseOperations.execute_sql_flush

    def guarded(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
        for table in APPEND_ONLY:
            unguard(self.connection, table)
        flush(self, sql_list)
        for table in APPEND_ONLY:
            guard(self.connection, table)

    BaseDatabaseOperations.execute_sql_flush = guarded


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Give each process a database of its own; SQLite as it runs: in a file with WAL, where threads meet."""
    from django.conf import settings
    from django.db import connections

    if connections["default"].vendor == "sqlite":
        name = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = name
        connections["default"].settings_dict.setdefault("TEST", {})["NAME"] = name
