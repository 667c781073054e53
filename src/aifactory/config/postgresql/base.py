"""The connection that a web process keeps between requests."""

from select import POLLIN, poll

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks the socket, not the server, whether the connection still stands: every request asks it first.

    A server that stops or ends a session says so and closes its side. Then there is something to read, which
    there never is while no question is open. A question to the server itself is a tenth of a page's cost.
    """

    def is_usable(self) -> bool:
        """Say whether the connection can be used again; a doubtful one is replaced."""
        if self.connection is None or self.connection.closed:
            return False
        socket = poll()
        socket.register(self.connection.fileno(), POLLIN)
        return not socket.poll(0)
