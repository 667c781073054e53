"""Writing the cards that a search looks through."""

from collections.abc import Sequence
from itertools import islice

from aifactory.datasets import details
from aifactory.datasets.models import Dataset
from aifactory.datasets.search.models import Card
from aifactory.datasets.search.words import stems
from aifactory.datasets.vocabulary import THEMES

BATCH = 500
_SAID = (
    "key", "source", "title", "title_nl", "summary", "summary_nl", "holder", "theme", "access", "title_stems",
    "keyword_stems", "text_stems",
)  # fmt: skip


def write(cards: Sequence[Card], of: str) -> None:
    """Make or renew cards in one statement; `of` names what they are of: `dataset` or `found`."""
    Card.objects.bulk_create(cards, update_conflicts=True, unique_fields=[of], update_fields=_SAID)


def show(dataset: Dataset) -> None:
    """Make or renew the card of a published dataset; take it away from any other."""
    if dataset.state == "published":
        write([_card(dataset)], "dataset")
    else:
        Card.objects.filter(dataset=dataset).delete()


def show_all() -> int:
    """Renew every card of our own datasets; return how many there are."""
    published = Dataset.objects.filter(state="published").select_related("holder")
    Card.objects.filter(found=None).exclude(dataset__in=published).delete()
    rows = published.iterator(chunk_size=BATCH)
    while batch := list(islice(rows, BATCH)):
        write([_card(dataset) for dataset in batch], "dataset")
    return Card.objects.filter(found=None).count()


def _card(dataset: Dataset) -> Card:
    said = details.read(dataset.details)
    theme = THEMES[dataset.theme]
    words = " ".join([*said.keywords, *said.health_themes])
    return Card(
        dataset=dataset,
        key=dataset.pk,
        title=dataset.title,
        title_nl=dataset.title_nl,
        summary=dataset.description[:300],
        summary_nl=dataset.description_nl[:300],
        holder=dataset.holder.name,
        theme=dataset.theme,
        access=dataset.access,
        title_stems=f"{stems(dataset.title, 'en')} {stems(dataset.title_nl, 'nl')}",
        keyword_stems=" ".join(
            (stems(words, "en"), stems(words, "nl"), stems(theme.en, "en"), stems(theme.nl, "nl"))
        ),
        text_stems=" ".join(
            (
                stems(dataset.description, "en"),
                stems(dataset.description_nl, "nl"),
                stems(dataset.holder.name, ""),
            )
        ),
    )
