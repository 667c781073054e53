"""The published terms of a selection, a part of a mode: classes with their shares, the floor, the range, the draw."""

from itertools import pairwise
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aifactory.access.bilingual import Text
from aifactory.kit.units import Resource, base


class SizeClass(BaseModel):
    """Requests of a like size compete with each other, for a share of the budget.

    `most` is the largest request in the shown unit of the measured resource; the last class has none. `share`
    is in percent of the budget, `sme_floor` in percent of that share.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Text
    share: int = Field(ge=0, le=100)
    most: int | None = Field(default=None, ge=1)
    sme_floor: int = Field(default=0, ge=0, le=100)


class SelectionRule(BaseModel):
    """How a call's reviewed applications become a list.

    `interval` is the chance in percent that a range is meant to hold the score. With `draw` "line" those whose
    range reaches the line draw, with "class" everybody in the class whose place the ranges leave open does.
    `least` is the smallest part of a request, in percent, that what is left at the end may be given for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    classes: tuple[SizeClass, ...] = Field(min_length=1)
    measured_in: Resource = Resource.GPU
    interval: int = Field(default=50, ge=10, le=99)
    draw: Literal["line", "class"] = "line"
    least: int = Field(default=100, ge=1, le=100)

    @model_validator(mode="after")
    def _shares_are_the_whole(self) -> Self:
        if (total := sum(c.share for c in self.classes)) != 100:
            raise ValueError(f"the shares of the size classes add up to {total}, not to 100")
        return self

    @model_validator(mode="after")
    def _classes_grow(self) -> Self:
        *closed, last = (c.most for c in self.classes)
        if last is not None or None in closed or any(a >= b for a, b in pairwise(m for m in closed if m)):
            raise ValueError("every size class but the last has a `most`, each larger than the one before")
        if len({c.id for c in self.classes}) < len(self.classes):
            raise ValueError("two size classes have the same id")
        return self

    def class_of(self, amount: int) -> SizeClass:
        """Return the class of a request for `amount` base units of the measured resource."""
        return next(c for c in self.classes if c.most is None or amount <= base(self.measured_in, c.most))
