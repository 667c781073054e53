"""Conflicts of interest: who stands too close to judge."""
