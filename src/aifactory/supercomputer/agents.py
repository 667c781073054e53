"""Agents that stand elsewhere: which clusters there are, by which token each is known, and what it may fetch and bring.

A token opens the verbs of the desk for its own cluster and nothing else. We keep its digest only.
"""

import hashlib
import hmac
import re
import secrets
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from aifactory.datasets.models import DatasetFile
from aifactory.kit.errors import FieldError, Invalid, NotFound
from aifactory.supercomputer import gate
from aifactory.supercomputer.lifecycle import OPEN_ATTEMPT
from aifactory.supercomputer.models import Attempt

_BROUGHT = re.compile(r"attempts/([A-Za-z0-9_-]{1,60})/.+")


def make_token() -> tuple[str, str]:
    """Return a new token, to be given to the agent, and its digest, to be given to the portal."""
    token = f"agt_{secrets.token_urlsafe(32)}"
    return token, digest_of(token)


def digest_of(token: str) -> str:
    """Return what the portal keeps of a token."""
    return f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


def cluster_of(token: str) -> str | None:
    """Return the cluster whose agent has this token; None for nobody's."""
    told = digest_of(token)
    known = [name for name, digest in settings.AGENTS.items() if hmac.compare_digest(told, digest)]
    return known[0] if known else None


def engines() -> list[str]:
    """Return where jobs can run: the factory's own engine first, then the clusters of agents elsewhere."""
    return list(dict.fromkeys([settings.FACTORY_ENGINE, *settings.AGENTS]))


def chosen(engine: str) -> str:
    """Return an engine that somebody named, the factory's own for none. Raises `Invalid`."""
    if not engine:
        return settings.FACTORY_ENGINE
    if engine not in engines():
        told = _("There is no such cluster. There are: %(names)s.") % {"names": ", ".join(engines())}
        raise Invalid([FieldError("engine", told, "known cluster")])
    return engine


def require_input(cluster: str, key: str) -> None:
    """Raise `NotFound` unless an attempt ordered there reads this object, and may still read it.

    Data of others is asked of its agreement again: raises `NoValidAgreement`.
    """
    ordered = Attempt.objects.filter(engine=cluster, state__in=OPEN_ATTEMPT, stop_reason="")
    for attempt in ordered.exclude(job__state="planned").select_related("job__project", "continues"):
        if any(key in _keys(attempt, given) for given in attempt.job.inputs):
            return
        if attempt.continues and key in {file["key"] for file in gate.checkpoint(attempt.continues)}:
            return
    raise NotFound(_("No attempt of this cluster reads this."))


def _keys(attempt: Attempt, given: dict[str, Any]) -> set[str]:
    if "dataset_version" not in given:
        return {file["key"] for file in gate.files_given(given)}
    keys = set(DatasetFile.objects.filter(version=given["dataset_version"]).values_list("key", flat=True))
    if keys:
        gate.require_agreement(attempt, given)
    return keys


def require_place(cluster: str, key: str) -> None:
    """Raise `NotFound` unless this is a place for results of an attempt of that cluster that has not ended here."""
    found = _BROUGHT.fullmatch(key)
    attempts = Attempt.objects.filter(engine=cluster, state__in=(*OPEN_ATTEMPT, "lost"))
    if not found or not attempts.filter(name=found[1]).exists():
        raise NotFound(_("No attempt of this cluster writes this."))
