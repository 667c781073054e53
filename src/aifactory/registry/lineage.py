"""Which models were made of which data, directly or step by step: read from what the mount gate gave to which run."""

from collections.abc import Collection, Iterator

from django.db.models import QuerySet

from aifactory.datasets.erasure import lineage
from aifactory.datasets.models import Mount
from aifactory.registry.models import ModelVersion
from aifactory.supercomputer.models import Attempt, Job


def attempts_from(versions: Collection[str]) -> set[str]:
    """Return the ids of the attempts that had versions of datasets, or results of such an attempt. Three queries.

    Results go from job to job within one project only (`supercomputer.gate`), so only the jobs of those projects
    are looked through.
    """
    given = Mount.objects.filter(agreement__version__in=versions).values("attempt")
    first = dict(Attempt.objects.filter(name__in=given).values_list("pk", "job__project"))
    jobs = Job.objects.filter(project__in=set(first.values()))
    read = {
        pk: {i["attempt"] for i in inputs if "attempt" in i}
        for pk, inputs in jobs.values_list("pk", "inputs")
    }
    runs: dict[str, set[str]] = {}
    for pk, job in Attempt.objects.filter(job__in=[j for j, taken in read.items() if taken]).values_list(
        "pk", "job"
    ):
        runs.setdefault(job, set()).add(pk)
    made, fresh = set(first), set(first)
    while fresh:
        fresh = {pk for job, taken in read.items() if taken & fresh for pk in runs.get(job, ())} - made
        made |= fresh
    return made


def models_from(versions: Collection[str]) -> QuerySet[ModelVersion]:
    """Return the model versions that were made of these versions of datasets, oldest first."""
    rows = ModelVersion.objects.filter(attempt__in=attempts_from(versions))
    return rows.select_related("model__project__organisation").order_by("pk")


@lineage.tells
def _made_of(versions: Collection[str]) -> Iterator[lineage.Made]:
    """Tell the room of datasets what models hold of them."""
    for version in models_from(versions).defer("card", "provenance", "files"):
        name = f"{version.model.name} {version.number}"
        yield lineage.Made(version.thing, name, version.model.project.organisation_id)
