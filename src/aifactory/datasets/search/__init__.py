"""Finding datasets by words: in Dutch and English, the same on SQLite and PostgreSQL."""
