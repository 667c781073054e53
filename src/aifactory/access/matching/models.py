"""What reviewers know and want, whose secrets make the seed, and what a draw gave."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.access.applications.models import Application
from aifactory.access.calls.models import Call
from aifactory.access.matching.lifecycle import COMMITMENT
from aifactory.access.matching.optimum import CAP_PERCENT
from aifactory.audit.record import Record
from aifactory.people.models import Mandate, User

#: reviews in one call, where a reviewer names no other number
USUAL_LOAD = 6


class ReviewerProfile(Record):
    """What somebody wrote and knows, which languages they read, and how many reviews they take in one call.

    `works`: a list of {"title", "abstract"}.
    """

    PREFIX = "rpr"

    person = models.OneToOneField(User, models.PROTECT, related_name="reviewer_profile")
    works = models.JSONField(default=list)
    keywords = models.CharField(max_length=500, blank=True)
    languages = models.JSONField(default=list, help_text=_("Read by the person; none named: all"))
    most_reviews = models.PositiveSmallIntegerField(default=USUAL_LOAD)


class Bid(Record):
    """Whether a reviewer wants, can or will not read an application."""

    PREFIX = "bid"

    class Wish(models.TextChoices):
        WANT = "want", _("I want to read it")
        CAN = "can", _("I can read it")
        NO = "no", _("I can't judge it")

    application = models.ForeignKey(Application, models.PROTECT, related_name="bids")
    person = models.ForeignKey(User, models.PROTECT, related_name="bids")
    wish = models.CharField(max_length=4, choices=Wish.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "person"], name="one_bid_a_person_and_application")
        ]


class Commitment(Record):
    """The digest of a secret that goes into a call's seed; the secret follows after the cut-off."""

    PREFIX = "cmt"
    LIFECYCLE = COMMITMENT
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "call_id", "side", "commitment", "secret", "state", "revealed_at"}
    )

    class Side(models.TextChoices):
        OFFICE = "office", _("The office")
        REVIEWER = "reviewer", _("A reviewer")

    call = models.ForeignKey(Call, models.PROTECT, related_name="commitments")
    person = models.ForeignKey(User, models.PROTECT, related_name="commitments")
    side = models.CharField(max_length=8, choices=Side.choices)
    commitment = models.CharField(max_length=71)
    secret = models.CharField(max_length=200, blank=True)
    state = models.CharField(
        max_length=10, default=COMMITMENT.initial, choices=list(COMMITMENT.states.items())
    )
    revealed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "person"], name="one_commitment_a_person_and_call"),
            models.UniqueConstraint(fields=["call", "commitment"], name="one_commitment_a_secret"),
        ]


class Matching(Record):
    """One draw of reviewers for a call: from which inputs, how good it could be, and how good it came out.

    Scores are in millionths: `level`, `worst` and `drawn_worst` are scores per review of the worst-served
    application (best possible, expected, drawn), `total` and `drawn_total` sums over all reviews.
    `..._bound`: what no division of these inputs exceeds. `seed`: of the call. `loads`: reviews that each
    person could still take.
    """

    PREFIX = "mtc"
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "call_id", "number", "seed", "withheld", "model", "inputs_digest", "cap_percent"}
        | {"applications", "reviews", "level", "level_bound", "worst", "total", "total_bound"}
        | {"drawn_worst", "drawn_total", "mandate_id", "reason"}
    )

    call = models.ForeignKey(Call, models.PROTECT, related_name="matchings")
    number = models.PositiveSmallIntegerField()
    seed = models.CharField(max_length=64)
    withheld = models.PositiveSmallIntegerField(help_text=_("Commitments whose secret was not shown"))
    model = models.CharField(max_length=10)
    inputs_digest = models.CharField(max_length=71)
    cap_percent = models.PositiveSmallIntegerField(default=CAP_PERCENT)
    reason = models.CharField(max_length=500, blank=True, help_text=_("Why the limit was raised"))
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, related_name="+")
    loads = models.JSONField()
    applications = models.PositiveIntegerField()
    reviews = models.PositiveIntegerField()
    level = models.BigIntegerField()
    level_bound = models.BigIntegerField()
    worst = models.BigIntegerField()
    total = models.BigIntegerField()
    total_bound = models.BigIntegerField()
    drawn_worst = models.BigIntegerField()
    drawn_total = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="one_matching_a_number"),
            models.CheckConstraint(
                condition=models.Q(cap_percent__lte=CAP_PERCENT, mandate=None)
                | (models.Q(cap_percent__lte=100, mandate__isnull=False) & ~models.Q(reason="")),
                name="limit_raised_with_mandate_and_reason",
            ),
        ]


class Expectation(Record):
    """What a draw expected and gave for one application.

    `probabilities`: person → billionths; `scores`: person → millionths, of those who could get it; `drawn`:
    who did. `expected` and `got`: score per review, in millionths.
    """

    PREFIX = "exp"

    matching = models.ForeignKey(Matching, models.PROTECT, related_name="expectations")
    application = models.ForeignKey(Application, models.PROTECT, related_name="expectations")
    demand = models.PositiveSmallIntegerField()
    probabilities = models.JSONField()
    scores = models.JSONField()
    drawn = models.JSONField()
    expected = models.BigIntegerField()
    got = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matching", "application"], name="one_expectation_a_draw")
        ]
