"""Texts in both languages, under the name by which this room knows them."""

from aifactory.kit.bilingual import LANGUAGES, Text, Words

__all__ = ["LANGUAGES", "Text", "Words"]
