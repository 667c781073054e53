"""What becomes of a project's data after its end: a countdown that everybody sees, and a deletion on record."""
