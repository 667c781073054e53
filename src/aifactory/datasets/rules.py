"""Who sees datasets and agreements, and who may do what to them.

Insiders of a dataset are the members of the holder's organisation, the factory office and the auditors.
Everyone sees published entries (not-public ones: everyone signed in). File names and inspection reports of
data that is not public are for insiders and for those who have an agreement in force.
"""

from typing import Any

from django.db.models import Q, QuerySet

from aifactory.awards.models import Project
from aifactory.datasets.guards import verdict
from aifactory.datasets.intake.models import SentFile
from aifactory.datasets.models import (
    Agreement,
    Dataset,
    DatasetFile,
    DatasetVersion,
    DutyStatement,
    Mount,
    Offer,
)
from aifactory.datasets.permissions import Permission
from aifactory.kit import clock
from aifactory.people.actors import SystemActor
from aifactory.people.models import Role, User
from aifactory.people.rules import Viewer, grant, visibility

STAFF = (Role.OFFICE, Role.AUDITOR)
SHOWN = ("published", "withdrawn")
#: Agrees to requests under offers whose holder said beforehand that no decision is needed.
STANDING_OFFER = SystemActor("standing-offer", frozenset({Permission.DECIDE, Permission.CONSENT}))
#: Gives data to the attempts of jobs.
GATE = SystemActor("mount-gate")


def holder_id(thing: Any) -> str:
    """Return the organisation that holds the data that a record is about."""
    match thing:
        case Dataset():
            return thing.holder_id
        case DatasetFile() | SentFile():
            return thing.version.dataset.holder_id
        case DatasetVersion() | Offer():
            return thing.dataset.holder_id
        case Agreement():
            return thing.offer.dataset.holder_id
    raise TypeError(f"{thing!r} has no holder")


def is_insider(viewer: Viewer, thing: Any) -> bool:
    """Say whether the person belongs to the holder or oversees it."""
    return viewer is not None and (viewer.has_role(*STAFF) or holder_id(thing) in viewer.organisation_ids)


def has_agreement(viewer: Viewer, version: DatasetVersion) -> bool:
    """Say whether an organisation of this person has an agreement on the version that holds now."""
    now = clock.now()
    mine = Q(organisation__in=viewer.organisation_ids if viewer is not None else ())
    holds = Q(state="in_force", valid_from__lte=now, valid_until__gt=now)
    return viewer is not None and version.agreements.filter(mine & holds).exists()


def sees_details(viewer: Viewer, version: DatasetVersion) -> bool:
    """Say whether file names, columns and the inspection report may be shown."""
    open_ = version.dataset.access == "public" and version.state == "published"
    return open_ or is_insider(viewer, version) or has_agreement(viewer, version)


def may_download(viewer: Viewer, version: DatasetVersion) -> bool:
    """Say whether the bytes may be taken out: open data by anyone, other data where the agreement says so."""
    if version.state == "published" and version.dataset.state == "published":
        if version.dataset.access == "public":
            return True
        if viewer is not None:
            mine = version.agreements.filter(organisation__in=viewer.organisation_ids, state="in_force")
            agreements = mine.select_related("organisation")
            if any(a.holds and verdict(a, actions=("download",), outside=True).allowed for a in agreements):
                return True
    return manages(viewer, version) if viewer is not None else False


def _shown_datasets(viewer: Viewer, prefix: str = "") -> Q:
    shown = Q(**{f"{prefix}state__in": SHOWN})
    if viewer is None:
        return shown & ~Q(**{f"{prefix}access": "nonpublic"})
    if viewer.has_role(*STAFF):
        return Q()
    return shown | Q(**{f"{prefix}holder__in": viewer.organisation_ids})


def datasets_visible_to(viewer: Viewer) -> QuerySet[Dataset]:
    """Published and withdrawn entries; insiders see drafts too."""
    return Dataset.objects.filter(_shown_datasets(viewer))


def can_view_dataset(viewer: Viewer, dataset: Dataset) -> bool:
    """Same rule as `datasets_visible_to`, for one dataset."""
    if is_insider(viewer, dataset):
        return True
    return dataset.state in SHOWN and (viewer is not None or dataset.access != "nonpublic")


def _parts_visible(viewer: Viewer, states: tuple[str, ...]) -> Q:
    """A part of a dataset is seen with it, in these states; by insiders in every state."""
    if viewer is not None and viewer.has_role(*STAFF):
        return Q()
    seen = _shown_datasets(viewer, "dataset__") & Q(state__in=states)
    return seen if viewer is None else seen | Q(dataset__holder__in=viewer.organisation_ids)


def versions_visible_to(viewer: Viewer) -> QuerySet[DatasetVersion]:
    """Published and withdrawn versions of datasets that one sees; insiders see drafts too."""
    return DatasetVersion.objects.filter(_parts_visible(viewer, SHOWN))


def can_view_version(viewer: Viewer, version: DatasetVersion) -> bool:
    """Same rule as `versions_visible_to`, for one version."""
    return is_insider(viewer, version) or (
        can_view_dataset(viewer, version.dataset) and version.state in SHOWN
    )


def offers_visible_to(viewer: Viewer) -> QuerySet[Offer]:
    """Open offers on datasets that one sees; insiders see closed ones too."""
    return Offer.objects.filter(_parts_visible(viewer, ("open",)))


def can_view_offer(viewer: Viewer, offer: Offer) -> bool:
    """Same rule as `offers_visible_to`, for one offer."""
    return is_insider(viewer, offer) or (can_view_dataset(viewer, offer.dataset) and offer.state == "open")


def agreements_visible_to(viewer: Viewer) -> QuerySet[Agreement]:
    """Both parties, the people of the project, and staff."""
    if viewer is None:
        return Agreement.objects.none()
    if viewer.has_role(*STAFF):
        return Agreement.objects.all()
    return Agreement.objects.filter(
        Q(organisation__in=viewer.organisation_ids)
        | Q(offer__dataset__holder__in=viewer.organisation_ids)
        | Q(project__in=viewer.project_memberships.filter(until=None).values("project"))
    )


def can_view_agreement(viewer: Viewer, agreement: Agreement) -> bool:
    """Same rule as `agreements_visible_to`, for one agreement."""
    return viewer is not None and (
        is_insider(viewer, agreement)
        or agreement.organisation_id in viewer.organisation_ids
        or viewer.project_memberships.filter(project=agreement.project, until=None).exists()
    )


def manages(user: User, thing: Any) -> bool:
    """Say whether it is the holder's own steward."""
    return user.has_role(Role.STEWARD) and holder_id(thing) in user.organisation_ids


def _works_for_the_user(user: User, agreement: Agreement) -> bool:
    project = Project.objects.filter(pk=agreement.project, members__user=user, members__until=None).first()
    return project is not None and project.organisation_id == agreement.organisation_id


def binds_the_user(user: User, agreement: Agreement) -> bool:
    """Say whether the person may sign for the organisation that uses the data."""
    return user.memberships.filter(
        organisation=agreement.organisation_id, until=None, representative=True
    ).exists()


visibility(Dataset, visible_to=datasets_visible_to, can_view=can_view_dataset)
visibility(DatasetVersion, visible_to=versions_visible_to, can_view=can_view_version)
visibility(Offer, visible_to=offers_visible_to, can_view=can_view_offer)
visibility(Agreement, visible_to=agreements_visible_to, can_view=can_view_agreement)
visibility(
    DutyStatement,
    visible_to=lambda viewer: DutyStatement.objects.filter(agreement__in=agreements_visible_to(viewer)),
    can_view=lambda viewer, said: can_view_agreement(viewer, said.agreement),
)
visibility(
    Mount,
    visible_to=lambda viewer: Mount.objects.filter(agreement__in=agreements_visible_to(viewer)),
    can_view=lambda viewer, mount: can_view_agreement(viewer, mount.agreement),
)

for _permission in (Permission.MANAGE, Permission.OFFER, Permission.DECIDE, Permission.SUSPEND):
    grant(_permission, roles={Role.STEWARD}, when=manages)
for _permission in (Permission.WITHDRAW, Permission.END):
    grant(_permission, roles={Role.STEWARD}, when=manages)
    grant(_permission, roles={Role.OFFICE})
grant(Permission.SUSPEND, roles={Role.OFFICE})
grant(Permission.DETAILS, roles=None, when=sees_details)
grant(Permission.REQUEST, roles=None, when=_works_for_the_user)
grant(Permission.SIGN, roles=None, when=binds_the_user)
grant(Permission.END, roles=None, when=binds_the_user)

# The rules of the room's nouns, which build on those above.
from aifactory.datasets.dataspace import rules as _dataspace  # noqa: E402, F401
from aifactory.datasets.erasure import rules as _erasure  # noqa: E402, F401
from aifactory.datasets.harvesting import rules as _harvesting  # noqa: E402, F401
from aifactory.datasets.intake import rules as _intake  # noqa: E402, F401
from aifactory.datasets.named_persons import rules as _named_persons  # noqa: E402, F401
from aifactory.datasets.processing import rules as _processing  # noqa: E402, F401
from aifactory.datasets.vault import rules as _vault  # noqa: E402, F401
