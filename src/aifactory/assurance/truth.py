"""Three-valued logic (Kleene): yes, no and not known. A gap in the answers stays a gap in the conclusion.

A condition is plain data, so that a rule table can be read beside the law:
a name, or `{all = […]}`, `{any = […]}`, `{not = …}`, `{at_least = [2, […]]}` around other conditions.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

Truth = bool | None
Condition = str | dict[str, Any]


def at_least(needed: int, truths: Sequence[Truth]) -> Truth:
    """Say whether `needed` of `truths` hold: yes or no as soon as the unknown ones cannot change it."""
    certain = truths.count(True)
    if certain >= needed:
        return True
    return None if certain + truths.count(None) >= needed else False


def holds(condition: Condition, look_up: Callable[[str], Truth]) -> Truth:
    """Evaluate `condition`; `look_up` gives the truth of a name."""
    if isinstance(condition, str):
        return look_up(condition)
    ((operator, operand),) = condition.items()
    if operator == "not":
        inner = holds(operand, look_up)
        return None if inner is None else not inner
    needed, parts = operand if operator == "at_least" else (1 if operator == "any" else len(operand), operand)
    return at_least(needed, [holds(part, look_up) for part in parts])


def names(condition: Condition) -> Iterator[str]:
    """Give every name that `condition` mentions. Raises `ValueError` on an operator that does not exist."""
    if isinstance(condition, str):
        yield condition
        return
    ((operator, operand),) = condition.items()
    if operator not in {"all", "any", "not", "at_least"}:
        raise ValueError(f"A condition knows all, any, not and at_least, but not {operator!r}.")
    parts = [operand] if operator == "not" else operand[1] if operator == "at_least" else operand
    for part in parts:
        yield from names(part)
