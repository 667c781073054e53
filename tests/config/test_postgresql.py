"""The connection that a web process keeps: it notices a server that ended it, and asks nothing to know."""

import pytest
from django.db import connections

pytestmark = pytest.mark.django_db


def test_a_connection_that_the_server_ended_is_replaced(django_assert_num_queries: object) -> None:
    kept = connections.create_connection("default")
    if kept.vendor != "postgresql":
        pytest.skip("the embedded database is a file")
    try:
        with kept.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            process = cursor.fetchone()
        with django_assert_num_queries(0, connection=kept):
            assert kept.is_usable()
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", process)
        assert not kept.is_usable()
        kept.health_check_enabled, kept.health_check_done = True, False
        kept.close_if_health_check_failed()
        with kept.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            assert cursor.fetchone() != process
    finally:
        kept.close()
