"""For those who keep the factory running: is it alive, and figures for Prometheus."""

from django.db import DatabaseError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from aifactory.audit.models import Checkpoint, Unsealed
from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed
from aifactory.notices.models import Notice
from aifactory.people.models import Role, User
from aifactory.people.queries import bearer
from aifactory.supercomputer import health
from aifactory.supercomputer.models import Attempt, FailedVerb, Job

#: A sealer that works seals within seconds; after so long somebody should look.
SLOW_SECONDS = 60.0
LOCAL = frozenset({"127.0.0.1", "::1"})


def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """200 while the database answers; says too whether the sealer keeps up, which no restart of pages mends."""
    try:
        age = _tail_age()
    except DatabaseError:
        return JsonResponse({"database": "down"}, status=503)
    sealer = "ok" if age < SLOW_SECONDS else "behind"
    return JsonResponse({"database": "ok", "sealer": sealer, "oldest_unsealed_seconds": round(age, 3)})


def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus: from this machine itself, or with the token of an operator."""
    if not (_is_local(request) or _is_operator(request)):
        raise NotAllowed(_("Only operators see these figures."), rule="role operator")
    return HttpResponse(generate_latest(_collected()), content_type=CONTENT_TYPE_LATEST)


def _collected() -> CollectorRegistry:
    found = CollectorRegistry()
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    single = {
        "aifactory_log_sealed_events": ("Events under the newest checkpoint", newest),
        "aifactory_log_unsealed_events": ("Events that wait for their seal", Unsealed.objects.count()),
        "aifactory_log_oldest_unsealed_seconds": ("Age of the oldest of them", _tail_age()),
        "aifactory_notices_unsent": (
            "Notices not mailed yet",
            Notice.objects.filter(mailed_at=None).count(),
        ),
    }
    for name, (meaning, value) in single.items():
        Gauge(name, meaning, registry=found).set(value)
    _clusters(found)
    for name, meaning, model in (
        ("aifactory_jobs", "Jobs by state", Job),
        ("aifactory_attempts", "Attempts by state", Attempt),
    ):
        gauge = Gauge(name, meaning, ["state"], registry=found)
        counts = dict(model.objects.values_list("state").annotate(Count("pk")).order_by())
        for state in model.LIFECYCLE.states:
            gauge.labels(state).set(counts.get(state, 0))
    return found


def _clusters(found: CollectorRegistry) -> None:
    """Add how each cluster does: ages in seconds, differences in seconds of GPUs."""
    gauges = {
        name: Gauge(f"aifactory_cluster_{name}", meaning, ["cluster"], registry=found)
        for name, meaning in (
            ("heard_seconds", "Since its agent was last heard"),
            ("answers", "1 where it answered then"),
            ("books_lag_seconds", "How far its books are behind"),
            ("books_difference_gpu_seconds", "Books less ledger, at the last comparison"),
        )
    }
    for one in health.clusters():
        figures = {
            "heard_seconds": one["heard_seconds_ago"],
            "answers": one["answers"],
            "books_lag_seconds": one["lag_seconds"] if one["has_books"] else None,
            "books_difference_gpu_seconds": one["difference_gpu_seconds"],
        }
        for name, value in figures.items():
            if value is not None:
                gauges[name].labels(one["cluster"]).set(value)
    failed = FailedVerb.objects.exclude(state="cured").count()
    Gauge("aifactory_verbs_failed", "What agents could not do", registry=found).set(failed)


def _tail_age() -> float:
    oldest = Unsealed.objects.order_by("event_id").values_list("event__at", flat=True).first()
    return max((clock.now() - oldest).total_seconds(), 0.0) if oldest else 0.0


def _is_local(request: HttpRequest) -> bool:
    """Whether the request comes from this machine; behind a proxy every request seems to, so then none does."""
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip"))
    return request.META.get("REMOTE_ADDR") in LOCAL and not forwarded


def _is_operator(request: HttpRequest) -> bool:
    user = request.user if isinstance(request.user, User) else None
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        user = bearer(token)
    return user is not None and user.is_active and user.has_role(Role.OPERATOR)


urlpatterns = [path("healthz", healthz, name="healthz"), path("metrics", metrics, name="metrics")]
