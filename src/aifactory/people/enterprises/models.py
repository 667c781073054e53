"""What an organisation declares about its size: the enterprises tied to it, their accounts, who holds what."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.people.models import Organisation

KINDS = [
    ("enterprise", _("Enterprise")),
    ("person", _("Natural person, or a family acting together")),
    ("public_body", _("Public body")),
    ("small_authority", _("Municipality with under 5,000 people and a budget under EUR 10 million")),
    ("university", _("University or research centre without profit aim")),
    ("public_investor", _("Public investment corporation")),
    ("venture_capital", _("Venture capital company")),
    ("business_angel", _("Business angel who put in less than EUR 1,250,000")),
    ("institutional", _("Institutional investor or regional development fund")),
]


class Enterprise(Record):
    """An enterprise, person or body in the declaration of one organisation; `own` is the organisation itself."""

    PREFIX = "ent"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="enterprises")
    own = models.BooleanField(default=False)
    name = models.CharField(_("name"), max_length=200)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Two letters, e.g. NL"))
    registration_number = models.CharField(_("registration number"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS, default="enterprise")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(own=True), name="one_own_enterprise_an_organisation"
            )
        ]

    def __str__(self) -> str:
        return self.name


class YearlyAccounts(Record):
    """The accounts of one year: staff in hundredths of an annual work unit, money in whole euros (Article 4)."""

    class Source(models.TextChoices):
        DECLARED = "declared", _("Declared by the organisation")
        REGISTERED = "registered", _("Read from a public register")

    PREFIX = "acc"

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="accounts")
    year = models.PositiveSmallIntegerField(_("year"))
    staff_hundredths = models.BigIntegerField()
    turnover_eur = models.BigIntegerField(_("yearly turnover in euro"))
    balance_eur = models.BigIntegerField(_("balance sheet total in euro"))
    consolidated = models.BooleanField(default=False)
    estimate = models.BooleanField(default=False)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.DECLARED)
    reference = models.CharField(_("reference in the register"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "year"], name="accounts_once_a_year"),
            models.CheckConstraint(
                condition=Q(staff_hundredths__gte=0, turnover_eur__gte=0, balance_eur__gte=0),
                name="accounts_not_below_zero",
            ),
        ]


class Shareholding(Record):
    """What one enterprise holds in another, in hundredths of a percent, until it ended."""

    PREFIX = "shr"

    owner = models.ForeignKey(Enterprise, models.PROTECT, related_name="holds")
    held = models.ForeignKey(Enterprise, models.PROTECT, related_name="held_by")
    capital = models.PositiveIntegerField(_("capital"))
    votes = models.PositiveIntegerField(_("votes"))
    control = models.BooleanField(default=False)
    same_market = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "held"], condition=Q(ended_at=None), name="one_holding_a_pair"
            ),
            models.CheckConstraint(
                condition=Q(capital__lte=10_000, votes__lte=10_000), name="no_more_than_all"
            ),
        ]
