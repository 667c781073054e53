"""Amounts kept back from what may be granted, until something that may still ask for them has ended."""
