"""Every page and every route of the API, asked for by everybody: the answers stand in `routes.toml`.

A new route fails this test until somebody has looked at its line. After looking, write the table anew with
`pytest tests/rules/test_every_route.py --write-routes` and read what changed.
"""

import json
import logging
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from aifactory.access.models import Application, Attachment, Call, Review
from aifactory.api import api
from aifactory.assurance.models import Assessment
from aifactory.audit.models import Event
from aifactory.awards.models import AwardLine
from aifactory.datasets.models import Agreement, Dataset, DatasetFile, Offer
from aifactory.expertise.models import Case
from aifactory.people.actions import issue_token
from aifactory.people.models import Role, User
from aifactory.registry.models import ModelVersion
from aifactory.supercomputer.models import Attempt, Job
from tests.access.factories import PDF
from tests.datasets.factories import PURPOSE, TERMS
from tests.people.factories import organisation, person
from tests.supercomputer.factories import Factory

TABLE = Path(__file__).with_name("routes.toml")
VIEWERS = ("public", *Role, "owner")
HEAD = """# What everybody gets who asks for a page or a route: the status, `login` for the way to the sign-in page.
# Each role is held by a stranger, who has an organisation of their own and nothing to do with the record asked
# for; the owner is whoever the record belongs to. A POST to a page is empty, one to the
# API means something its owner could have meant; each is undone afterwards.
# Written by `pytest tests/rules/test_every_route.py --write-routes`, and read line by line before it is kept.
#
"""
Ask = Callable[[Client], int | str]


class World:
    """One record of each kind, and whose it is."""

    def __init__(self, plant: Factory) -> None:
        self.project = plant.project
        self.decided = Application.objects.exclude(decision=None).get()
        self.review = Review.objects.filter(application=self.decided).order_by("pk").first()
        self.restricted = Dataset.objects.get(access="nonpublic")
        self.job = Job.objects.order_by("pk").first()
        self.token = issue_token(plant.user, label="script")[0]

    def value(self, name: str, route: str) -> str:
        """Return what stands for a parameter of an address."""
        if name == "version_id":
            return (
                ModelVersion.objects.get().pk
                if "models" in route
                else self.restricted.versions.earliest("pk").pk
            )
        if name == "kind":
            return "ai_act"
        values = {
            "application_id": lambda: self.decided.pk,
            "agreement_id": lambda: Agreement.objects.exclude(version__dataset=self.restricted).get().pk,
            "assessment_id": lambda: Assessment.objects.get(subject=self.project.thing).pk,
            "attachment_id": lambda: Attachment.objects.get(application=self.decided).pk,
            "attempt_id": lambda: Attempt.objects.get(job=self.job, state="completed").pk,
            "call_id": lambda: Call.objects.get(state="open").pk,
            "case_id": lambda: Case.objects.get().pk,
            "dataset_id": lambda: self.restricted.pk,
            "event_id": lambda: str(Event.objects.earliest("pk").pk),
            "file_id": lambda: DatasetFile.objects.filter(version__dataset=self.restricted).earliest("pk").pk,
            "job_id": lambda: self.job.pk,
            "key": lambda: "a-forged-key",
            "line_id": lambda: AwardLine.objects.filter(project=self.project).earliest("pk").pk,
            "name": lambda: "regional-v1",
            "notice_id": lambda: "1",
            "offer_id": lambda: Offer.objects.get(dataset=self.restricted).pk,
            "organisation_id": lambda: self.project.organisation_id,
            "path": lambda: "metrics.json",
            "project_id": lambda: self.project.pk,
            "provider_id": lambda: "unknown",
            "recipe_id": lambda: "tabular-classifier",
            "review_id": lambda: self.review.pk,
            "slot": lambda: "work_plan",
            "slot_id": lambda: "work_plan",
            "step": lambda: "close",
            "step_id": lambda: self.decided.call.mode.steps[0].id,
            "subject": lambda: self.project.thing,
            "token_id": lambda: self.token.pk,
            "topic": lambda: "system",
            "uidb36": lambda: "usr_x",
            "verb": lambda: "end",
        }
        return values[name]()

    def body(self, route: str) -> dict[str, object]:
        """Return what is sent along: something that its owner could have meant, else an empty object."""
        if route.endswith(("/files", "/attachments/{slot}")):
            return {"data": {"file": SimpleUploadedFile("plan.pdf", PDF)}}
        project, version = self.project.pk, self.restricted.versions.earliest("pk").pk
        reason = {"reason": "Because."}
        dataset = {"title": "New", "description": "New words.", "theme": "HEAL", "access": "public",
                   "licence": "CC_BY_4_0", "contains_personal_data": False}  # fmt: skip
        bodies: dict[str, object] = {
            "POST organisations": {"name": "Mine", "country": "NL", "kind": "company"},
            "POST laws/{kind}/try": {"answers": {}},
            "PUT assessments": {
                "subject": self.project.thing,
                "kind": "gdpr",
                "answers": {"personal_data": "no"},
            },
            "POST assessments/{assessment_id}/stop": {"ground": "Because."},
            "POST datasets": dataset | {"holder": self.restricted.holder_id},
            "PUT datasets/{dataset_id}": dataset,
            "POST datasets/{dataset_id}/withdraw": reason,
            "POST dataset-versions/{version_id}/withdraw": reason,
            "POST datasets/{dataset_id}/offers": {"terms": TERMS},
            "POST offers/{offer_id}/requests": {"project": project, "version": version, "purpose": PURPOSE},
            "POST agreements/{agreement_id}/{verb}": reason,
            "POST cases": {"project": project, "service": "data", "title": "Help", "question": "How?"},
            "POST cases/{case_id}/entries": {"text": "Listen."},
            "POST cases/{case_id}/hand-over": {"to": person(Role.ADVISER).pk},
            "POST calls": {
                "mode": "playground-v1",
                "title": {"en": "Call", "nl": "Oproep"},
                "opens_at": "2027-02-01T08:00:00Z",
            },
            "POST applications": {
                "call": Call.objects.get(state="open").pk,
                "title": "Mine",
                "organisation": self.project.organisation_id,
            },
            "PUT applications/{application_id}/answers": {"answers": {"need": "Another need."}},
            "POST applications/{application_id}/decision": {"awarded": {}, "reasons": "No room."},
            "POST reviews/{review_id}/submit": {"scores": {}, "reasons": {}},
            "POST reviews/{review_id}/decline": reason,
            "POST jobs": {
                "project": project,
                "recipe": "tabular-classifier",
                "cores": 1,
                "wall_seconds": 60,
                "inputs": {"table": self.job.inputs[0]["dataset_version"]},
                "parameters": {"target": "malignant"},
            },
            "POST models": {
                "attempt": Attempt.objects.get(job=self.job, state="completed").pk,
                "name": "M",
                "intended_use": "R",
            },
            "PUT projects/{project_id}/report": {"summary": "Done.", "unused": ""},
            "POST projects/{project_id}/outcomes": {
                "kind": "publication",
                "title": "A paper",
                "evidence": "https://doi.org/10.5555/2",
            },
        }
        return {"data": json.dumps(bodies.get(route, {})), "content_type": "application/json"}

    def owner(self, parameters: set[str], route: str) -> User:
        """Return to whom the record asked for belongs; the leader of the project where nobody else does."""
        if parameters & {"application_id", "attachment_id"}:
            return self.decided.applicant
        if "review_id" in parameters:
            return self.review.reviewer
        if parameters & {"dataset_id", "file_id", "offer_id"} or (
            "version_id" in parameters and "models" not in route
        ):
            return User.objects.get(pk=self.restricted.steward_id)
        return self.project.leader


def page_routes(world: World) -> Iterator[tuple[str, Ask, User]]:
    """Yield every page twice, as asked for and as posted to; allauth's own are asked for only."""
    for route, pattern in patterns(get_resolver().url_patterns):
        if route.startswith("api/v1/"):
            continue
        names = set(re.findall(r"<(?:\w+:)?(\w+)>", route)) - set(pattern.default_args)
        values = {name: world.value(name, route) for name in names}
        address = reverse(pattern.name, kwargs=values | pattern.default_args) if pattern.name else f"/{route}"
        owner = world.owner(names, route)
        yield f"GET /{route}", lambda client, to=address: status(client.get(to)), owner
        if not route.startswith("accounts/"):
            yield f"POST /{route}", lambda client, to=address: status(client.post(to)), owner


def patterns(listed: list, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every pattern with its whole route."""
    for one in listed:
        route = before + str(one.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(one, URLPattern):
            yield route, one
        else:
            yield from patterns(one.url_patterns, route)


def api_routes(world: World) -> Iterator[tuple[str, Ask, User]]:
    """Yield every operation of the API's own description."""
    for path, operations in api.get_openapi_schema()["paths"].items():
        for method in operations:
            names = {part.strip("{}") for part in path.split("/") if part.startswith("{")}
            address = path
            for name in names:
                address = address.replace("{" + name + "}", world.value(name, path))
            route = f"{method.upper()} {path}"
            sent = world.body(route.replace("/api/v1/", "")) if method != "get" else {}
            yield (
                route,
                lambda client, verb=method, to=address, sent=sent: status(getattr(client, verb)(to, **sent)),
                world.owner(names, path),
            )


def status(answer) -> int | str:
    """Return an answer in one word; reading a stream to its end frees what it holds."""
    location = answer.headers.get("Location", "")
    if answer.streaming:
        b"".join(answer.streaming_content)
    return "login" if location.startswith("/accounts/login/") else answer.status_code


def ask(client: Client, question: Ask) -> int | str:
    """Ask, and undo whatever was done."""
    cache.clear()
    with transaction.atomic():
        answer = question(client)
        transaction.set_rollback(True)
    return answer


def walk(world: World) -> dict[str, str]:
    """Return the answers to every question, in the order of VIEWERS."""
    strangers = {role: person(role, organisation=organisation()) for role in Role}
    clients = {
        role: Client(raise_request_exception=False, REMOTE_ADDR="192.0.2.1") for role in ("public", *Role)
    }
    for role, user in strangers.items():
        clients[role].force_login(user)
    owners: dict[str, Client] = {}
    answers = {}
    for name, question, owner in (*page_routes(world), *api_routes(world)):
        if owner.pk not in owners:
            owners[owner.pk] = Client(raise_request_exception=False, REMOTE_ADDR="192.0.2.1")
            owners[owner.pk].force_login(owner)
        asked = [clients[viewer] for viewer in VIEWERS[:-1]] + [owners[owner.pk]]
        answers[name] = " ".join(f"{ask(client, question):<5}" for client in asked).strip()
    return answers


def written(answers: dict[str, str]) -> str:
    """Return the table, in columns."""
    wide = max(map(len, answers)) + 2
    lines = [f"# {'':<{wide - 2}}    {' '.join(f'{viewer[:5]:<5}' for viewer in VIEWERS)}"]
    lines += [
        f"{chr(39) + name + chr(39):<{wide}} = {chr(34)}{row}{chr(34)}" for name, row in answers.items()
    ]
    return HEAD + "\n".join(lines) + "\n"


def test_everybody_gets_what_the_table_says(house, pytestconfig, caplog):
    caplog.set_level(logging.CRITICAL)
    answers = walk(World(house))
    if pytestconfig.getoption("write_routes"):
        TABLE.write_text(written(answers))
    table = tomllib.loads(TABLE.read_text())
    assert {route: row.split() for route, row in answers.items()} == {
        route: row.split() for route, row in table.items()
    }
    failed = [route for route, row in answers.items() if any(code.startswith("5") for code in row.split())]
    assert failed == []
