"""The cards of the catalogue: what a search may find and show, derived from published descriptions only."""

from typing import ClassVar

from django.db import models

from aifactory.datasets.search.full_text import FullText

#: By what a list of cards can be narrowed down.
FACETS = ("theme", "access", "source")


class Card(models.Model):
    """One dataset as a search shows it: ours (`dataset`) or one that another catalogue told us of (`found`).

    Made by `search.index` from what everyone may know, so a search cannot give away more: no file, no column.
    """

    key = models.CharField(max_length=40, unique=True)
    dataset = models.OneToOneField("datasets.Dataset", models.CASCADE, null=True, related_name="card")
    found = models.OneToOneField("datasets.FoundDataset", models.CASCADE, null=True, related_name="card")
    source = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=300)
    title_nl = models.CharField(max_length=300, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    summary_nl = models.CharField(max_length=300, blank=True)
    holder = models.CharField(max_length=200, blank=True)
    theme = models.CharField(max_length=12, blank=True)
    access = models.CharField(max_length=10)
    title_stems = models.TextField(blank=True)
    keyword_stems = models.TextField(blank=True)
    text_stems = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(dataset=None) ^ models.Q(found=None), name="a_card_of_one_dataset"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            FullText(fields=["title_stems", "keyword_stems", "text_stems"], name="card_words"),
            *(models.Index(fields=[name, "key"], name=f"card_{name}_key") for name in FACETS),
        ]

    def __str__(self) -> str:
        return self.title

    def title_in(self, language: str) -> str:
        """Return the title in the reader's language, English where there is no other."""
        return self.title_nl if language.startswith("nl") and self.title_nl else self.title

    def summary_in(self, language: str) -> str:
        """Return the summary in the reader's language, English where there is no other."""
        return self.summary_nl if language.startswith("nl") and self.summary_nl else self.summary


class Tally(models.Model):
    """How many cards there are of one theme, access and source; `search.tally` has the database keep it.

    Counting the cards themselves for every page would cost more with every dataset.
    """

    theme = models.CharField(max_length=12, blank=True)
    access = models.CharField(max_length=10)
    source = models.CharField(max_length=40, blank=True)
    number = models.IntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=FACETS, name="one_tally_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.theme} {self.access} {self.source}: {self.number}"
