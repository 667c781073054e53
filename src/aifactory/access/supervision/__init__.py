"""Students apply with a supervisor, who becomes accountable for the work."""
