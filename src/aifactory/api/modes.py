"""Routes of modes: those that there are, what their quotas leave, and writing one."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from aifactory.access.modes import Mode, actions, queries
from aifactory.access.modes.check import check
from aifactory.access.modes.models import ModeVersion
from aifactory.access.modes.preview import dates
from aifactory.api.authentication import caller
from aifactory.audit.record import plain
from aifactory.kit import clock
from aifactory.kit.units import Resource, shown
from aifactory.people.rules import find, visible

router = Router(tags=["modes"])


class ModeText(Schema):
    """A mode as TOML."""

    text: str


def mode_facts(mode: Mode) -> dict[str, Any]:
    """Return a mode as a list shows it."""
    return {"name": mode.name, "title": mode.title.plain(), "digest": mode.digest}


def draft_facts(version: ModeVersion) -> dict[str, Any]:
    """Return a version that the office writes or wrote, with what is wrong with it."""
    return {
        "id": version.pk,
        "name": version.name,
        "state": version.state,
        "digest": version.digest,
        "problems": version.problems,
        "adopted_at": plain(version.adopted_at),
    }


@router.get("/modes", auth=None, response=list[dict[str, Any]])
def list_modes(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """List every version of every mode that a call may be opened under."""
    return [mode_facts(mode) for mode in queries.all_modes()]


@router.get("/modes/{name}", auth=None, response=dict[str, Any])
def mode(request: HttpRequest, name: str) -> dict[str, Any]:  # noqa: ARG001
    """Show one mode whole."""
    return queries.mode_named(name).plain()


@router.get("/modes/{name}/quotas", auth=None, response=list[dict[str, Any]])
def quotas(request: HttpRequest, name: str) -> list[dict[str, Any]]:  # noqa: ARG001
    """Show what this year's awards leave of the quotas of a mode, in GPU-hours."""
    return [
        {
            "id": room.quota.id,
            "label": room.quota.label.plain(),
            "percent": room.quota.percent,
            "ceiling": float(shown(Resource.GPU, room.ceiling)),
            "used": float(shown(Resource.GPU, room.used)),
            "kept_back": float(shown(Resource.GPU, room.kept_back)),
            "left": float(shown(Resource.GPU, room.left)),
            "unit": "GPU-h",
            "source": room.quota.source.plain(),
        }
        for room in queries.rooms_now(queries.mode_named(name))
    ]


@router.get("/modes/{name}/dates", auth=None, response=list[dict[str, Any]])
def example_dates(request: HttpRequest, name: str) -> list[dict[str, Any]]:  # noqa: ARG001
    """Show the clock of a mode with real dates: the next cut-offs, or submissions from today on."""
    found = dates(queries.mode_named(name), clock.now())
    return [
        {"start": plain(d.start), "due": plain(d.due), "object_until": plain(d.object_until)} for d in found
    ]


@router.post("/mode-check", response=dict[str, Any])
def check_mode(request: HttpRequest, body: ModeText) -> dict[str, Any]:  # noqa: ARG001
    """Say what is wrong or odd in a mode's text, by line; nothing is kept."""
    found, problems = check(body.text)
    return {"mode": mode_facts(found) if found else None, "problems": [p.plain() for p in problems]}


@router.get("/mode-drafts", response=list[dict[str, Any]])
def drafts(request: HttpRequest) -> list[dict[str, Any]]:
    """List the versions that were written here."""
    return [draft_facts(row) for row in visible(ModeVersion, caller(request)).order_by("-pk")[:100]]


@router.post("/mode-drafts", response={201: dict[str, Any]})
def write(request: HttpRequest, body: ModeText) -> Status[dict[str, Any]]:
    """Keep a mode's text as a draft, right or wrong."""
    return Status(201, draft_facts(actions.write_mode(body.text, by=caller(request))))


@router.get("/mode-drafts/{draft_id}", response=dict[str, Any])
def draft(request: HttpRequest, draft_id: str) -> dict[str, Any]:
    """Show one version with its text."""
    found = find(ModeVersion, draft_id, caller(request))
    return draft_facts(found) | {"text": found.text}


@router.put("/mode-drafts/{draft_id}", response=dict[str, Any])
def rewrite(request: HttpRequest, draft_id: str, body: ModeText) -> dict[str, Any]:
    """Replace the text of a draft."""
    by = caller(request)
    return draft_facts(actions.write_mode(body.text, by=by, version=find(ModeVersion, draft_id, by)))


@router.post("/mode-drafts/{draft_id}/adopt", response=dict[str, Any])
def adopt(request: HttpRequest, draft_id: str) -> dict[str, Any]:
    """Make a draft the next version of its mode."""
    by = caller(request)
    return draft_facts(actions.adopt_mode(find(ModeVersion, draft_id, by), by=by))


@router.post("/mode-drafts/{draft_id}/drop", response=dict[str, Any])
def drop(request: HttpRequest, draft_id: str) -> dict[str, Any]:
    """Put a draft away."""
    by = caller(request)
    return draft_facts(actions.drop_mode(find(ModeVersion, draft_id, by), by=by))
