"""Notebooks: jobs in which somebody works live, and who may come in."""
