"""Who reads what: the reviewers without a conflict who have the least to do.

Deterministic, so that anybody can repeat it: equal loads are ordered by a digest over application and
reviewer, which neither of them can steer.
"""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused


class TooFewReviewers(Refused):
    """Not enough reviewers are free of conflicts."""


def pick(application: str, free: Iterable[str], load: Mapping[str, int], count: int) -> list[str]:
    """Return `count` of the reviewers in `free` (ids), least loaded first. Raises `TooFewReviewers`."""
    ordered = sorted(set(free), key=lambda r: (load.get(r, 0), digest(f"{application} {r}".encode())))
    if len(ordered) < count:
        raise TooFewReviewers(
            _("%(needed)s more reviewers are needed, and %(free)s have no conflict with this application.")
            % {"needed": count, "free": len(ordered)},
            rule="reviewers",
            next_step=_("Invite another reviewer."),
        )
    return ordered[:count]
