"""The consortium: partner organisations, their agreements, and what each promised and delivered."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record


class Partner(Record):
    """An organisation that carries the factory together with others."""

    PREFIX = "ptn"
    PUBLIC_FIELDS = frozenset({"id", "organisation_id", "function", "since", "until"})

    organisation = models.OneToOneField("people.Organisation", models.PROTECT, related_name="partnership")
    function = models.CharField(_("function in the consortium"), max_length=120)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="partner_leaves_after_joining"
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class PartnerAgreement(Record):
    """An agreement between partners; the document stays with them, its digest proves which one it was."""

    class Kind(models.TextChoices):
        CONSORTIUM = "consortium", _("Consortium agreement")
        HOSTING = "hosting", _("Hosting of the supercomputer")
        FUNDING = "funding", _("Funding")
        DATA = "data", _("Data")
        SERVICES = "services", _("Services")

    PREFIX = "pag"
    PUBLIC_FIELDS = frozenset({"id", "title", "kind", "document_digest", "starts_on", "ends_on", "terms"})

    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind of agreement"), max_length=12, choices=Kind.choices)
    document_digest = models.CharField(max_length=71)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until and including"), null=True, blank=True)
    terms = models.TextField(_("what was agreed, in short (public)"), blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="agreement_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Party(Record):
    """A partner that is a party to an agreement, and when it signed."""

    PREFIX = "pty"
    PUBLIC_FIELDS = frozenset({"id", "agreement_id", "partner_id", "signed_on"})

    agreement = models.ForeignKey(PartnerAgreement, models.PROTECT, related_name="parties")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="parties")
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    signatory = models.CharField(_("who signed"), max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "partner"], name="party_once")]


class Contribution(Record):
    """What a partner promised: an amount of one kind, in whole units of that kind (`UNITS`)."""

    class Kind(models.TextChoices):
        MONEY = "money", _("Money")
        STAFF = "staff", _("Staff")
        DATA = "data", _("Data")
        HOUSING = "housing", _("Housing")

    PREFIX = "ctr"
    PUBLIC_FIELDS = frozenset(
        {"id", "partner_id", "agreement_id", "kind", "description", "promised", "due_on"}
    )

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="contributions")
    agreement = models.ForeignKey(PartnerAgreement, models.PROTECT, null=True, related_name="contributions")
    kind = models.CharField(_("kind of contribution"), max_length=10, choices=Kind.choices)
    description = models.CharField(_("what it is (public)"), max_length=200)
    promised = models.BigIntegerField()
    due_on = models.DateField(_("due on"), null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(promised__gt=0), name="something_is_promised")]

    def __str__(self) -> str:
        return self.description


class Delivery(Record):
    """A part of a contribution that arrived, with what shows it."""

    PREFIX = "dlv"
    PUBLIC_FIELDS = frozenset({"id", "contribution_id", "amount", "delivered_on"})

    contribution = models.ForeignKey(Contribution, models.PROTECT, related_name="deliveries")
    amount = models.BigIntegerField()
    delivered_on = models.DateField(_("delivered on"))
    evidence = models.CharField(_("what shows it"), max_length=200)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="something_is_delivered")]


#: the unit that people see, and how many of the whole units kept are one of it
UNITS = {
    Contribution.Kind.MONEY: ("EUR", 100),
    Contribution.Kind.STAFF: ("person-hours", 1),
    Contribution.Kind.DATA: ("datasets", 1),
    Contribution.Kind.HOUSING: ("kW", 1),
}


def standing(starts: date, ends: date | None, signed: list[date | None], on: date) -> str:
    """Say how an agreement stands on a day: `unsigned`, `coming`, `in_force` or `ended`.

    It binds when every party has signed and its period has begun.
    """
    if ends is not None and ends < on:
        return "ended"
    if not signed or any(day is None or day > on for day in signed):
        return "unsigned"
    return "in_force" if starts <= on else "coming"
