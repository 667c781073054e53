"""Writing the cards that a search looks through."""

from aifactory.datasets import details
from aifactory.datasets.models import Dataset
from aifactory.datasets.search.models import Card
from aifactory.datasets.search.words import stems
from aifactory.datasets.vocabulary import THEMES


def show(dataset: Dataset) -> None:
    """Make or renew the card of a published dataset; take it away from any other."""
    if dataset.state != "published":
        Card.objects.filter(dataset=dataset).delete()
        return
    said = details.read(dataset.details)
    theme = THEMES[dataset.theme]
    words = " ".join([*said.keywords, *said.health_themes])
    Card.objects.update_or_create(
        dataset=dataset,
        defaults={
            "key": dataset.pk,
            "title": dataset.title,
            "title_nl": dataset.title_nl,
            "summary": dataset.description[:300],
            "summary_nl": dataset.description_nl[:300],
            "holder": dataset.holder.name,
            "theme": dataset.theme,
            "access": dataset.access,
            "title_stems": f"{stems(dataset.title, 'en')} {stems(dataset.title_nl, 'nl')}",
            "keyword_stems": " ".join(
                (stems(words, "en"), stems(words, "nl"), stems(theme.en, "en"), stems(theme.nl, "nl"))
            ),
            "text_stems": " ".join(
                (
                    stems(dataset.description, "en"),
                    stems(dataset.description_nl, "nl"),
                    stems(dataset.holder.name, ""),
                )
            ),
        },
    )


def show_all() -> int:
    """Renew every card of our own datasets; return how many there are."""
    published = Dataset.objects.filter(state="published").select_related("holder")
    Card.objects.filter(found=None).exclude(dataset__in=published).delete()
    for dataset in published.iterator():
        show(dataset)
    return Card.objects.filter(found=None).count()
