"""The proxy in front of notebooks."""
