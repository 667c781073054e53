"""Rate limits for the few doors that can be tried without an account."""

from django.core.cache import cache


def allowed(key: str, *, limit: int, seconds: int) -> bool:
    """Count one try under `key` and say whether it is within `limit` in this window of `seconds`."""
    name = f"limit:{key}"
    cache.add(name, 0, seconds)
    try:
        return cache.incr(name) <= limit
    except ValueError:  # the window ended in between
        return True
