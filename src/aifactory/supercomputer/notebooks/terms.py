"""What the terms of data mean for a notebook on it."""

from django.utils.translation import gettext as _

from aifactory.datasets.guards import verdict
from aifactory.datasets.models import Agreement
from aifactory.kit.errors import Refused
from aifactory.supercomputer.models import Job
from aifactory.supercomputer.secure import walls


class NobodyMaySeeTheData(Refused):
    """The terms keep the data from everybody of the project, and a notebook is made for looking."""


def refuse_unseen(job: Job) -> None:
    """Raise `NobodyMaySeeTheData` where the terms of any of its data say that nobody of the project sees it."""
    if job.secure and not walls.is_seen(job):
        raise NobodyMaySeeTheData(
            _(
                "The terms of this data say that nobody of the project sees it, and a notebook shows everything."
            ),
            field="inputs",
            rule="agreement:environment",
            next_step=_("Run your own script on it instead: its results leave after a check."),
        )


def copies_allowed(job: Job) -> bool:
    """Say whether everything that the job reads may also be downloaded: open data, or where the terms say so."""
    if job.secure:
        return False
    if not job.agreements:
        return not job.is_restricted
    agreements = Agreement.objects.filter(pk__in=job.agreements).select_related(
        "organisation", "version__dataset"
    )
    return all(
        agreement.version.dataset.access == "public" or verdict(agreement, actions=("download",)).allowed
        for agreement in agreements
    )
