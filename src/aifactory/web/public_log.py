"""Pages of the public log: where it stands, how to verify it, one event, one record's history, the export."""

import re

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from aifactory.kit.errors import NotAllowed, NotFound
from aifactory.people.models import Role, User
from aifactory.ports.keys import Signer
from aifactory.ports.registry import get
from aifactory.transparency import exports, log

THING = re.compile(r"[a-z_]+\.[a-z_]+:[A-Za-z0-9_-]{1,60}")


def register_log(request: HttpRequest) -> HttpResponse:
    """Where the log stands, how anyone can verify it, and the newest events. `?find=` looks one up."""
    wanted = request.GET.get("find", "").strip()[:100]
    if wanted.isdigit() and len(wanted) < 19:
        return redirect("log_event", int(wanted))
    context = {
        "standing": log.standing(settings.LOG_ORIGIN),
        "find": wanted,
        "events": log.history(wanted) if THING.fullmatch(wanted) else log.newest(),
        "searched": bool(wanted),
        "auditor": isinstance(request.user, User) and request.user.has_role(Role.AUDITOR),
    }
    return render(request, "transparency/log.html", context)


def log_event(request: HttpRequest, event_id: int) -> HttpResponse:
    """One event, its place in the log, and the proof that it is in the tree."""
    found = log.event(event_id) if event_id < 2**63 else None
    if found is None:
        raise NotFound(_("There is no such event."))
    return render(request, "transparency/event.html", {"event": found})


def log_export(request: HttpRequest) -> FileResponse:
    """Download the log with the public facts of all records; `?whole=1` withholds nothing, for auditors."""
    if request.GET.get("whole"):
        if not (isinstance(request.user, User) and request.user.has_role(Role.AUDITOR)):
            raise NotAllowed(_("Only an auditor gets an export that withholds nothing."), rule="role auditor")
        return FileResponse(
            exports.whole(settings.LOG_ORIGIN, request.user), as_attachment=True, filename="whole.jsonl"
        )
    file = exports.public(settings.FACTORY_HOME, settings.LOG_ORIGIN).open("rb")
    return FileResponse(file, as_attachment=True, filename="export.jsonl", content_type="application/jsonl")


def log_checkpoint(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The newest signed checkpoint, as it is written (C2SP)."""
    note = log.standing(settings.LOG_ORIGIN)["checkpoint"]
    if note is None:
        raise NotFound(_("Nothing is sealed yet."))
    return HttpResponse(note, content_type="text/plain; charset=utf-8")


def log_key(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The key with which checkpoints are verified."""
    return HttpResponse(log.standing(settings.LOG_ORIGIN)["key"] + "\n", content_type="text/plain")


def factory_key(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The keys with which the factory's statements are verified (PEM)."""
    keys = get(Signer).public_keys()
    pem = b"".join(k.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for k in keys.values())
    return HttpResponse(pem, content_type="application/x-pem-file")


urlpatterns = [
    path("register/log/", register_log, name="register_log"),
    path("register/log/events/<int:event_id>/", log_event, name="log_event"),
    path("register/log/export.jsonl", log_export, name="log_export"),
    path("register/log/checkpoint.txt", log_checkpoint, name="log_checkpoint"),
    path("register/log/key.txt", log_key, name="log_key"),
    path("register/factory-key.pem", factory_key, name="factory_key"),
]
