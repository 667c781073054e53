"""Calls: an invitation to apply under one mode."""
