"""Size classes as the rules of a mode name them: see `people.enterprises.size`."""

from aifactory.people.enterprises.size import SME, Size, size_of

__all__ = ["SME", "Size", "size_of"]
