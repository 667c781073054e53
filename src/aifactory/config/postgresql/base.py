"""The connection that a web process keeps between requests."""

from select import POLLIN, poll
from typing import Any

from django.db.backends.postgresql import base

#: So many questions of a connection stay prepared. All the pages have some hundreds; with psycopg's own limit of 100
#: they drive each other out before any is asked often enough to be prepared at all.
PREPARED = 1_000


class DatabaseWrapper(base.DatabaseWrapper):
    """Keeps what the server has planned, and asks the socket whether the connection still stands.

    A server that stops or ends a session says so and closes its side. Then there is something to read, which
    there never is while no question is open. A question to the server itself is a tenth of a page's cost, and every
    request would ask it first.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, with room for the plans of all questions."""
        connection = super().get_new_connection(conn_params)
        connection.prepared_max = PREPARED
        return connection

    def is_usable(self) -> bool:
        """Say whether the connection can be used again; a doubtful one is replaced."""
        if self.connection is None or self.connection.closed:
            return False
        socket = poll()
        socket.register(self.connection.fileno(), POLLIN)
        return not socket.poll(0)
