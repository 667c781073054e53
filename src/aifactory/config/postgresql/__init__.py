"""Django's PostgreSQL back end, with a cheaper look at the health of a connection. ENGINE names this package."""
