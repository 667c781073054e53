"""Datasets, their versions and files, what is offered, what was agreed, and every use of it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.datasets.harvesting.models import CatalogueSource, FoundDataset, Harvest
from aifactory.datasets.lifecycle import AGREEMENT, DATASET, LIVE, OFFER, VERSION
from aifactory.datasets.manifest import entry, manifest
from aifactory.datasets.search.models import Card
from aifactory.datasets.vocabulary import SEEN
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.people.models import Organisation, User

__all__ = [
    "Agreement", "Card", "CatalogueSource", "Dataset", "DatasetFile", "DatasetVersion", "DutyStatement",
    "FoundDataset", "Harvest", "Mount", "Offer",
]  # fmt: skip


class Dataset(Record):
    """What a holder shares: described once, in versions that never change.

    Theme, access and licence are words of `vocabulary`, `details` those of `details`; `actions` checks them, so
    that a new word there needs no migration.
    """

    PREFIX = "dst"
    LIFECYCLE = DATASET
    # No titles: a draft's title is nobody's business yet, and this export holds drafts too.
    PUBLIC_FIELDS: ClassVar[frozenset[str]] = frozenset(
        {"id", "created_at", "holder_id", "theme", "access", "licence", "contains_personal_data", "state"}
    )

    title = models.CharField(_("title in English"), max_length=200)
    title_nl = models.CharField(_("title in Dutch"), max_length=200, blank=True)
    description = models.TextField(_("description in English"), max_length=5_000)
    description_nl = models.TextField(_("description in Dutch"), max_length=5_000, blank=True)
    holder = models.ForeignKey(
        Organisation, models.PROTECT, related_name="datasets", verbose_name=_("holder")
    )
    steward = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("steward"))
    theme = models.CharField(_("theme"), max_length=12)
    access = models.CharField(_("access"), max_length=10)
    licence = models.CharField(_("licence"), max_length=20)
    contains_personal_data = models.BooleanField(_("contains personal data"), default=True)
    details = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=DATASET.initial, choices=list(DATASET.states.items()))

    class Meta:
        indexes = [models.Index(fields=["state", "theme"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published", access="public", contains_personal_data=True),
                name="personal_data_is_not_public",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def title_in(self, language: str) -> str:
        """Return the title in the reader's language, English where there is no other."""
        return self.title_nl if language.startswith("nl") and self.title_nl else self.title

    def description_in(self, language: str) -> str:
        """Return the description in the reader's language, English where there is no other."""
        return self.description_nl if language.startswith("nl") and self.description_nl else self.description

    @property
    def restricted(self) -> bool:
        """Whether figures about single people or firms must be hidden."""
        return self.access != "public" or self.contains_personal_data


class DatasetVersion(Record):
    """A set of files that is fixed once inspected; `digest` is over its manifest."""

    PREFIX = "dsv"
    LIFECYCLE = VERSION
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "dataset_id", "number", "digest", "report_digest", "state"}
    )

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=71, blank=True)
    report = models.JSONField(null=True)
    report_digest = models.CharField(max_length=71, blank=True)
    state = models.CharField(max_length=10, default=VERSION.initial, choices=list(VERSION.states.items()))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="one_number_a_version")]

    def manifest(self) -> dict[str, Any]:
        """Return the list of files whose digest names this version."""
        return manifest(entry(f.path, f.size, f.digest, f.blake3, f.groups) for f in self.files.all())


class DatasetFile(Record):
    """One file of a version: its name, and where and what its bytes are.

    Size and digests (SHA-256, BLAKE3, and BLAKE3 of each group in one string) are of the file itself; where there is
    a `salt` its bytes rest sealed under `key`. `added_by` is who brought it in.
    """

    PREFIX = "dsf"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "version_id", "size", "digest", "blake3"})

    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="files")
    path = models.CharField(max_length=200)
    media_type = models.CharField(max_length=60)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=71)
    blake3 = models.CharField(max_length=64, blank=True)
    groups = models.TextField(blank=True)
    key = models.CharField(max_length=200)
    salt = models.CharField(max_length=64, blank=True)
    added_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "path"], name="one_path_a_version")]

    def __str__(self) -> str:
        return self.path


class Offer(Record):
    """Terms under which a holder lets others use a dataset; `self_service` needs no decision per request.

    `report_digest` names the inspection report of what is offered: of the newest version when the offer was made, and
    of each one that was published since while it was open.
    """

    PREFIX = "off"
    LIFECYCLE = OFFER
    LATER = frozenset({"report_digest"})
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "dataset_id", "terms", "digest", "report_digest", "self_service", "state"}
    )

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="offers")
    terms = models.JSONField()
    digest = models.CharField(max_length=71)
    report_digest = models.CharField(max_length=71, blank=True, default="")
    self_service = models.BooleanField(_("no decision per request"), default=False)
    offered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, default=OFFER.initial, choices=list(OFFER.states.items()))


class Agreement(Record):
    """A contract between the holder and a project's organisation about one version and one purpose.

    `contract()` is what both parties sign; it is fixed when the holder agrees. Each signature is a DSSE
    envelope that the factory makes for a named person at the moment that this person acts. `terms` may be what
    one of them proposed instead of the offer's; `proposed_by` is the steward who did so last, and who signs when
    the other accepts. Where the terms ask for the secure environment, only `persons` (ids) may use the data, and both
    sign that; it is who asked, where nobody was named. `persons_now` is that list with the changes since. An agreement
    that `renews` another begins when that one runs out.
    """

    PREFIX = "agr"
    LIFECYCLE = AGREEMENT
    LATER = frozenset({"persons_now"})
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "offer_id", "version_id", "organisation_id", "project", "purpose", "digest"}
        | {"valid_from", "valid_until", "stopped_at", "state"}
    )

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="agreements")
    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="agreements")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="data_agreements")
    project = models.CharField(max_length=40, db_index=True)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=80)
    explanation = models.TextField(max_length=2_000, blank=True)
    persons = models.JSONField(
        default=list, help_text="ids of the people who may use the data; empty: who asked"
    )
    persons_now = models.JSONField(null=True, help_text="as it was changed since; null: as it was signed")
    terms = models.JSONField()
    digest = models.CharField(max_length=71, blank=True)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField()
    holder_signature = models.TextField(blank=True)
    user_signature = models.TextField(blank=True)
    renews = models.ForeignKey("self", models.PROTECT, related_name="renewals", null=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    stopped_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, default=AGREEMENT.initial, choices=list(AGREEMENT.states.items()))

    class Meta:
        indexes = [models.Index(fields=["state", "valid_until"])]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "version", "purpose"],
                condition=Q(state__in=LIVE, renews=None),
                name="one_live_agreement_a_purpose",
            ),
            models.UniqueConstraint(
                fields=["renews"], condition=Q(state__in=LIVE), name="one_live_renewal_an_agreement"
            ),
        ]

    @property
    def expired(self) -> bool:
        """Whether its time is over, though nobody ended it."""
        return self.state == "in_force" and self.valid_until <= clock.now()

    @property
    def holds(self) -> bool:
        """Whether it is in force, has begun and has not run out."""
        begun = self.valid_from is not None and self.valid_from <= clock.now()
        return self.state == "in_force" and begun and not self.expired

    @property
    def environment(self) -> str:
        """In which secure environment the data must be used; empty for the usual walls of a job."""
        return str(self.terms.get("environment") or "")

    @property
    def unseen(self) -> bool:
        """Whether nobody of the project may see the data."""
        return bool(self.environment) and self.environment not in SEEN

    @property
    def named(self) -> list[str]:
        """The ids of the people who may use the data where the terms name people; empty where they do not."""
        return self.named_first if self.persons_now is None else list(self.persons_now)

    @property
    def named_first(self) -> list[str]:
        """The same, as it was signed at first."""
        return (self.persons or [self.requested_by_id]) if self.environment else []

    def contract(self) -> dict[str, Any]:
        """Return what the parties sign. Raises `ValueError` before the holder agreed."""
        if self.valid_from is None:
            raise ValueError("There is no contract before the holder agrees.")
        return {
            "schema": "aifactory/agreement/1",
            "agreement": self.pk,
            "offer": self.offer_id,
            "offer_digest": self.offer.digest,
            "dataset": self.offer.dataset_id,
            "version": self.version_id,
            "version_digest": self.version.digest,
            "report_digest": self.version.report_digest,
            "holder": self.offer.dataset.holder_id,
            "organisation": self.organisation_id,
            "project": self.project,
            "purpose": self.purpose,
            "terms": self.terms,
            "valid_from": clock.stamp(self.valid_from),
            "valid_until": clock.stamp(self.valid_until),
            **({"renews": self.renews_id} if self.renews_id else {}),
            **({"persons": self.named_first} if self.environment else {}),
        }

    def contract_digest(self) -> str:
        """Return `sha256:<hex>` of the contract."""
        return digest(self.contract())


class DutyStatement(Record):
    """What a party says of a duty: met, or not met in time. The last one counts; none is ever changed."""

    PREFIX = "dty"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "agreement_id", "duty", "met"})

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="duty_statements")
    duty = models.CharField(max_length=20)
    met = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True)
    said_by = models.ForeignKey(User, models.PROTECT, related_name="+")


class Mount(Record):
    """A use: under this agreement, this attempt of a job was given the data."""

    PREFIX = "mnt"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "agreement_id", "attempt"})

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="mounts")
    attempt = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "attempt"], name="one_mount_an_attempt")]


# The records of the room's nouns, which point at those above.
from aifactory.datasets.dataspace import models as _dataspace  # noqa: E402, F401
from aifactory.datasets.erasure import models as _erasure  # noqa: E402, F401
from aifactory.datasets.intake import models as _intake  # noqa: E402, F401
from aifactory.datasets.named_persons import models as _named_persons  # noqa: E402, F401
from aifactory.datasets.processing import models as _processing  # noqa: E402, F401
from aifactory.datasets.vault import models as _vault  # noqa: E402, F401
