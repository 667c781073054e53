"""What the platform does by itself, once a day: warn, propose to take back, write down what lapsed."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef

from aifactory.audit.actions import enter
from aifactory.awards.models import AwardLine
from aifactory.awards.pace import queries
from aifactory.awards.pace.models import Lapse, PaceWarning, PoolCredit, Reclaim
from aifactory.awards.pace.permissions import Permission
from aifactory.awards.pace.policy import Policy, in_force
from aifactory.awards.pace.queries import STREAMS, Standing, standing_facts
from aifactory.awards.pace.rules import WATCHER
from aifactory.kit import clock

CHUNK = 100
#: what a warning of each kind is called in the log
WARNED = {"slow": "pace:warn_slow", "idle": "pace:warn_idle", "fast": "pace:warn_fast"}


def watch() -> dict[str, int]:
    """Look at every award in its period, and at those that ended. Returns how much was made. Safe to repeat."""
    policy = in_force(clock.now())
    counts = {"warned": 0, "proposed": 0, "lapsed": 0}
    keys = list(queries.running(clock.now()).filter(paid=None).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        lines = queries.running(clock.now()).filter(pk__in=keys[start : start + CHUNK])
        for found in queries.standings(list(lines), policy):
            counts["proposed"] += _propose(found, policy)
            counts["warned"] += _warn(found, policy)
    counts["lapsed"] = _lapsed_lines() + _lapsed_credits()
    return counts


def _warn(found: Standing, policy: Policy) -> int:
    """Warn once, and again only after a while. While time may be taken back, that is warning enough."""
    if found.verdict not in WARNED:
        return 0
    line = found.line
    lately = clock.now() - timedelta(days=policy.warnings.again_days)
    same = line.pace_warnings.filter(kind=found.verdict, created_at__gt=lately)
    if same.exists() or line.reclaims.filter(state="proposed").exists():
        return 0
    warning = PaceWarning(line=line, kind=found.verdict, policy=policy.name, figures=_figures(found))
    enter(warning, WARNED[found.verdict], by=WATCHER, permission=Permission.WATCH)
    return 1


def _propose(found: Standing, policy: Policy) -> int:
    amount = queries.takeable(found)
    if not amount or found.line.reclaims.filter(state="proposed").exists():
        return 0
    reclaim = Reclaim(
        line=found.line,
        amount=amount,
        policy=policy.name,
        policy_digest=policy.digest,
        figures=_figures(found),
        answer_until=clock.now() + timedelta(days=policy.reclaim.answer_days),
    )
    data = {"line": found.line.pk, "amount": amount}
    try:
        with transaction.atomic():
            enter(reclaim, "reclaim:propose", by=WATCHER, permission=Permission.WATCH, data=data)
    except IntegrityError:  # another round was first
        return 0
    return 1


def _figures(found: Standing) -> dict[str, object]:
    facts = standing_facts(found)
    if facts["forecast"]:
        facts["forecast"].pop("by_week")
    kept = ("granted", "used", "expected_by_now", "days_left", "days_unused", "verdict", "forecast", "unit")
    return {name: facts[name] for name in kept}


def _lapsed_lines() -> int:
    """Write down what nobody used of awards that ended, once nothing is set aside on them any more."""
    ended = AwardLine.objects.filter(
        ends_at__lte=clock.now(), resource__in=STREAMS, held=0, amount__gt=F("drawn")
    )
    made = 0
    # An award that was extended after it had ended can lapse again.
    known = Lapse.objects.filter(credit=None, line=OuterRef("pk"), ended_at=OuterRef("ends_at"))
    for line in ended.filter(~Exists(known)).order_by("pk"):
        lapse = Lapse(line=line, resource=line.resource, amount=line.left, ended_at=line.ends_at)
        made += _write(lapse, "award:lapse")
    return made


def _lapsed_credits() -> int:
    ended = PoolCredit.objects.filter(usable_until__lte=clock.now(), left__gt=0, lapse=None)
    return sum(
        _write(
            Lapse(
                line=credit.line, credit=credit, resource=credit.resource, amount=credit.left,
                ended_at=credit.usable_until,
            ),
            "pool:lapse",
        )
        for credit in ended.select_related("line").order_by("pk")
    )  # fmt: skip


def _write(lapse: Lapse, event: str) -> int:
    try:
        with transaction.atomic():
            enter(lapse, event, by=WATCHER, permission=Permission.WATCH, data={"amount": lapse.amount})
    except IntegrityError:  # another round was first
        return 0
    return 1
