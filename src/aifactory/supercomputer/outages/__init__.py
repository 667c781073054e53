"""Outages, planned or not, and the time that awards get back for them."""
