"""Review: scores and reasons, by people without a conflict."""
