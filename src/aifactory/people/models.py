"""People, organisations, who belongs where, and who holds which mandate."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record


class Role(models.TextChoices):
    """What a person is to the factory. Nobody needs a role to read what is public."""

    APPLICANT = "applicant", _("applicant")
    REVIEWER = "reviewer", _("reviewer")
    PANEL = "panel", _("panel member")
    OFFICE = "office", _("factory office")
    ADVISER = "adviser", _("adviser")
    STEWARD = "steward", _("data steward")
    OPERATOR = "operator", _("operator")
    AUDITOR = "auditor", _("auditor")


class UserManager(BaseUserManager["User"]):
    """Finds people by their e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(Record, AbstractBaseUser):
    """A person with an account. Implements `ports.identity.Actor`."""

    PREFIX = "usr"
    PRIVATE = frozenset({"password", "last_login"})

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    roles = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    def has_role(self, *roles: Role) -> bool:
        """Say whether the person holds any of these roles."""
        return any(role in self.roles for role in roles)

    def may(self, permission: str, thing: object | None = None) -> bool:
        """Say whether this person has `permission` on `thing`; the rules of all rooms are asked in one place."""
        from aifactory.people import rules

        return rules.may(self, permission, thing)

    @cached_property
    def organisation_ids(self) -> frozenset[str]:
        """The organisations this person belongs to today."""
        return frozenset(self.memberships.filter(until=None).values_list("organisation_id", flat=True))


class Organisation(Record):
    """A company, institute or public body; facts are asked once and used in every application."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("Company")
        RESEARCH = "research", _("University or research institute")
        HOSPITAL = "hospital", _("Hospital")
        PUBLIC = "public", _("Public body")
        OTHER = "other", _("Other legal entity")

    PREFIX = "org"
    PUBLIC_FIELDS = frozenset({"id", "name", "country", "kind", "sector"})

    name = models.CharField(_("name"), max_length=200)
    country = models.CharField(_("country"), max_length=2, help_text=_("Two letters, e.g. NL"))
    kind = models.CharField(_("kind of organisation"), max_length=10, choices=Kind.choices)
    registration_number = models.CharField(_("registration number"), max_length=40, blank=True)
    region = models.CharField(_("region"), max_length=60, blank=True)
    sector = models.CharField(_("sector"), max_length=60, blank=True)
    staff = models.PositiveIntegerField(_("number of staff"), null=True, blank=True)
    turnover_eur = models.BigIntegerField(_("yearly turnover in euro"), null=True, blank=True)
    balance_eur = models.BigIntegerField(_("balance sheet total in euro"), null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Membership(Record):
    """A person belongs to an organisation from a moment until another; ended ones are kept for conflict checks."""

    PREFIX = "mem"

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    representative = models.BooleanField(default=False, help_text=_("May sign for the organisation"))
    student = models.BooleanField(default=False, help_text=_("Studies there: applies with a supervisor"))
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"], condition=models.Q(until=None), name="one_open_membership"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organisation_id}"


class Mandate(Record):
    """A named person is accountable for a kind of decision, up to a ceiling, for a time."""

    PREFIX = "man"
    PUBLIC_FIELDS = frozenset(
        {
            "id",
            "subject",
            "scope",
            "ceiling_gpu_seconds",
            "ceiling_core_seconds",
            "valid_from",
            "valid_until",
            "holder_title",
            "follows_id",
        }
    )

    user = models.ForeignKey(User, models.PROTECT, related_name="mandates")
    holder_title = models.CharField(
        max_length=120, help_text=_("The office the person holds, shown in public")
    )
    subject = models.CharField(
        max_length=60, help_text=_("The permission the mandate is for, e.g. application:decide")
    )
    scope = models.CharField(max_length=60, blank=True, help_text=_("A mode's id; empty means all"))
    ceiling_gpu_seconds = models.BigIntegerField(null=True, blank=True)
    ceiling_core_seconds = models.BigIntegerField(null=True, blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    basis = models.CharField(max_length=200, blank=True, help_text=_("The document that gives the mandate"))
    follows = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="handed_over_to"
    )
    name_published = models.BooleanField(
        default=False, help_text=_("The holder lets the public read the name")
    )

    def __str__(self) -> str:
        return f"{self.holder_title}: {self.subject}"

    def covers(
        self, moment: datetime, *, scope: str = "", gpu_seconds: int = 0, core_seconds: int = 0
    ) -> bool:
        """Say whether the mandate holds at `moment` for this scope and these amounts (seconds)."""
        within = (self.ceiling_gpu_seconds is None or gpu_seconds <= self.ceiling_gpu_seconds) and (
            self.ceiling_core_seconds is None or core_seconds <= self.ceiling_core_seconds
        )
        in_time = self.valid_from <= moment and (self.valid_until is None or moment < self.valid_until)
        return within and in_time and self.scope in {"", scope}


class ApiToken(Record):
    """A key for scripts: shown once, kept as a digest, with an end."""

    PREFIX = "tok"
    PRIVATE = frozenset({"digest"})

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=80)
    digest = models.CharField(max_length=71, unique=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label


def members_of(organisations: Iterable[Any]) -> models.QuerySet[User]:
    """Return the people who belong to any of these organisations today."""
    return User.objects.filter(
        memberships__organisation__in=organisations, memberships__until=None
    ).distinct()


# The records of the room's nouns, which point at those above.
from aifactory.people.enterprises import models as _enterprises  # noqa: E402, F401
from aifactory.people.mandates import models as _mandates  # noqa: E402, F401
from aifactory.people.partners import models as _partners  # noqa: E402, F401
from aifactory.people.ssh import models as _ssh  # noqa: E402, F401
from aifactory.people.terms import models as _terms  # noqa: E402, F401
