"""Whoever stands too close to an application does not learn that it exists, until its decision is published.

For every kind of conflict and every role, every page and every route of the API is asked before and after the
application comes in: the answers are the same, byte for byte, but for what is public to everybody. Addresses
of what belongs to it are answered as addresses of nothing, with as many questions to the database.
"""

import json
import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, reset_queries, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, path

from aifactory.access import actions
from aifactory.access.conflicts.actions import handle
from aifactory.access.conflicts.detection import Kind
from aifactory.access.models import Application, Conflict
from aifactory.adapters.keys.folder import FolderSigner
from aifactory.assurance.models import Assessment
from aifactory.audit import export
from aifactory.audit.models import Event
from aifactory.audit.sealing import seal_all
from aifactory.kit import clock
from aifactory.notices.actions import deliver
from aifactory.people.models import Role, User
from aifactory.ports.keys import Signer
from aifactory.ports.registry import provide
from tests.access import factories
from tests.access.conftest import store  # noqa: F401 - a fixture
from tests.people.factories import person
from tests.rules.conflict_house import JUDGES, House, bring_in, build, reasons
from tests.rules.operations import operations
from tests.rules.world import patterns

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store"), pytest.mark.thorough]

#: what is the same for everybody, signed in or not: totals and leaves, held to names and ids below
PUBLIC = re.compile(r"^/($|register|calls/|api/v1/(register|calls)|fairness|accounts/|i18n/|metrics|health)")
#: made anew with every answer
NOISE = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]*|("?nonce"?[=:]\s*")[^"]*')


@pytest.fixture
def house(tmp_path, monkeypatch) -> Iterator[House]:
    monkeypatch.setattr(settings, "FACTORY_HOME", tmp_path)  # no export of another test is taken for ours
    provide(Signer, FolderSigner(tmp_path / "keys"))
    with clock.frozen(factories.DURING):
        built = build(tmp_path)
        settle()
        yield built


def settle() -> None:
    """Seal and deliver what waits, as the worker does."""
    seal_all(settings.LOG_ORIGIN)
    while deliver():
        pass
    (settings.FACTORY_HOME / "exports/export.jsonl").unlink(
        missing_ok=True
    )  # one from before may be a minute old


def come_in(house: House) -> None:
    """Let the file come in, and what follows from it by itself."""
    bring_in(house)
    settle()


def addresses(house: House) -> list[str]:
    """Every address that can be asked for without naming a record, or naming the call alone."""
    routes = [
        f"/{route}" for route, _ in patterns(get_resolver().url_patterns) if not route.startswith("api/")
    ]
    routes += [path for path, verbs in operations().items() if "get" in verbs]
    filled = {
        re.sub(r"<(\w+:)?call_id>|\{call_id\}", house.call.pk, route)
        for route in routes
        if not route.startswith(("/accounts/", "/i18n/"))
    }
    return sorted(route for route in filled if not re.search(r"[<{]|\(\?", route))


def addresses_of_the_file(house: House) -> Iterator[tuple[str, str, str, str]]:
    """Every verb on every address of something that belongs to the file: verb, address, its id, and the same
    with an id of nothing."""
    assert house.file is not None
    ids = {
        "application_id": house.file.pk,
        "attachment_id": house.file.attachments.get().pk,
        "review_id": house.file.reviews.order_by("pk").first().pk,
        "conflict_id": Conflict.objects.filter(application=house.file).earliest("pk").pk,
        "assessment_id": Assessment.objects.filter(subject=house.file.thing).earliest("pk").pk,
        "call_id": house.call.pk,
        "slot_id": "work_plan",
        "slot": "work_plan",
        "step_id": "people",
        "step": "lift",
        "kind": "ai_act",
        "subject": house.file.thing,
    }
    routes = [
        (f"/{route}", ("get", "post"))
        for route, _ in patterns(get_resolver().url_patterns)
        if "api/" not in route
    ]
    routes += [(path, tuple(verbs)) for path, verbs in operations().items()]
    for route, verbs in routes:
        names = re.findall(r"<(?:\w+:)?(\w+)>|\{(?:\w+:)?(\w+)\}", route)
        flat = [one or other for one, other in names]
        about = [n for n in flat if n in ("application_id", "attachment_id", "review_id", "conflict_id",
                                          "assessment_id", "subject")]  # fmt: skip
        if not about or set(flat) - set(ids):
            continue
        real = ids[about[0]]
        nothing = re.sub(r"_\w{6}", "_000000", real, count=1)
        address = re.sub(r"[<{](?:\w+:)?(\w+)[>}]", lambda found: ids[found[1]], route)
        for verb in verbs:
            yield verb, address, real, nothing


def answer(client: Client, verb: str, address: str, *hide: str) -> tuple[int, str, bytes]:
    """Ask, undo whatever was done, and return the status, where it leads, and the body without its noise."""
    cache.clear()
    sent = (
        {"data": "{}", "content_type": "application/json"}
        if address.startswith("/api/") and verb != "get"
        else {}
    )
    with transaction.atomic():
        found = getattr(client, verb)(address, **sent)
        body = b"".join(found.streaming_content) if found.streaming else found.content
        transaction.set_rollback(True)
    place = found.headers.get("Location", "")
    for one in hide:
        body, place = body.replace(one.encode(), b"ID"), place.replace(one, "ID")
    return found.status_code, place, NOISE.sub(rb"\1\2", body)


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=False, REMOTE_ADDR="192.0.2.1")
    client.force_login(user)
    return client


def seen(client: Client, house: House) -> dict[str, tuple[int, str, bytes]]:
    """Return the answer of every address."""
    return {address: answer(client, "get", address) for address in addresses(house)}


def leaks(before: dict, after: dict, secrets: tuple[str, ...]) -> list[str]:
    """Return the addresses that tell of the file: another answer than before it came, or a word of it."""
    told = [
        a
        for a, (_s, _p, body) in after.items()
        if any(word.encode() in body and word.encode() not in before[a][2] for word in secrets)
    ]
    changed = [a for a in after if before[a] != after[a] and not PUBLIC.match(a)]
    return sorted({*told, *changed})


def covering(close: dict) -> dict:
    """Return as many people as it takes to have every kind of conflict and every role."""
    chosen: dict = {}
    for (kind, role), user in close.items():
        if kind not in {k for k, _ in chosen} or role not in {r for _, r in chosen}:
            chosen[kind, role] = user
    return chosen


def test_nobody_in_conflict_learns_of_the_file(house, caplog):
    caplog.set_level("CRITICAL")
    people = covering(house.close)
    clients = {key: client_of(user) for key, user in people.items()}
    before = {key: seen(client, house) for key, client in clients.items()}
    come_in(house)
    found = reasons(house)
    assert {key: str(key[0]) in kinds for key, kinds in found.items() if key[1] in JUDGES} == {
        key: True for key in house.close if key[1] in JUDGES
    }
    names = tuple(word for word in house.secrets if word != house.home.name)
    leaking = {}
    for key, client in clients.items():
        client.force_login(people[key])  # the writer left the organisation meanwhile
        # Of one's own former or shared organisation the name is no news; of the others it is.
        own = key[0] in (Kind.FORMER_ORGANISATION, Kind.APPLICANT, Kind.CO_PROJECT) or key[1] in (
            Role.OFFICE,
            Role.AUDITOR,
            Role.OPERATOR,
            Role.ADVISER,
        )
        told = leaks(before[key], seen(client, house), names if own else house.secrets)
        if key[0] is Kind.APPLICANT:  # the own organisations of a person who leaves one change by that
            told = [a for a in told if any(w.encode() in answer(client, "get", a)[2] for w in names)]
        if told:
            leaking[f"{key[0]} {key[1]}"] = told
    assert leaking == {}


def test_the_addresses_of_the_file_answer_as_those_of_nothing(house, caplog):
    caplog.set_level("CRITICAL")
    come_in(house)
    differing = {}
    for (kind, role), user in covering(house.close).items():
        if kind not in (Kind.NAMED, Kind.SAME_CALL, Kind.DECLARED, Kind.APPLICANT):
            continue  # the kinds differ in how they are found; all that is hidden is hidden by two clauses
        client = client_of(user)
        for verb, address, real, nothing in addresses_of_the_file(house):
            reset_queries()  # its log has an end
            with CaptureQueriesContext(connection) as asked:
                one = answer(client, verb, address, real)
            with CaptureQueriesContext(connection) as asked_nothing:
                other = answer(client, verb, address.replace(real, nothing), nothing)
            if one != other or len(asked) != len(asked_nothing):
                differing[f"{kind} {role} {verb} {address}"] = (
                    one[0],
                    other[0],
                    len(asked),
                    len(asked_nothing),
                )
    assert differing == {}


def test_the_export_and_the_log_show_leaves_alone(house):
    come_in(house)
    hidden = {thing for thing in Event.objects.values_list("thing", flat=True) if house.file.pk in thing}
    auditor = house.close[Kind.NAMED, Role.AUDITOR]
    secrets = [word for word in house.secrets if word != house.home.name]
    for whole, viewer in ((False, None), (True, auditor)):
        file = BytesIO()
        export.write(file, origin=settings.LOG_ORIGIN, whole=whole, viewer=viewer)
        text = file.getvalue().decode()
        assert [word for word in secrets if word in text] == [], whole
    assert hidden
    client = Client()
    for event in Event.objects.filter(thing=house.file.thing):
        shown = client.get(f"/api/v1/register/log/events/{event.pk}").json()
        assert (shown["blind"], shown["name"], shown["thing"], shown["at"]) == (True, "", "", "")
        assert len(shown["leaf"]) == 64
    absent = house.file.thing[:-3] + "000"
    assert client.get("/api/v1/register/log/history", {"thing": house.file.thing}).json() == []
    assert client.get("/api/v1/register/log/history", {"thing": absent}).json() == []


def test_a_colleague_of_the_applicant_reads_it_as_an_applicant_and_nothing_of_its_judging(house):
    come_in(house)
    insider = person(*JUDGES, organisation=house.home)
    client = client_of(insider)
    assert client.get(f"/applications/{house.file.pk}/").status_code == 200
    parts = [*house.file.reviews.all(), *house.file.conflicts.all(), *house.file.remarks.all()]
    for address, (status, _place, body) in seen(client, house).items():
        assert status < 500, address
        assert not [part.pk for part in parts if part.pk.encode() in body], address
    for address in ("/office/applications/{}/", "/applications/{}/discussion/"):
        assert client.get(address.format(house.file.pk)).status_code == 404
    assert client.get(f"/api/v1/applications/{house.file.pk}/discussion").status_code == 404


def test_once_lifted_or_decided_the_file_is_seen(house):
    come_in(house)
    user = house.close[Kind.NAMED, Role.OFFICE]
    assert client_of(user).get(f"/api/v1/applications/{house.file.pk}").status_code == 404
    conflict = Conflict.objects.get(person=user, application=house.file)
    handle(conflict, "lift", measure="Another person of that name.", by=person(Role.OFFICE))
    assert client_of(user).get(f"/api/v1/applications/{house.file.pk}").status_code == 200
    other = house.close[Kind.DECLARED, Role.AUDITOR]
    assert client_of(other).get(f"/api/v1/applications/{house.file.pk}").status_code == 404
    decider = factories.decider()
    actions.decide(house.file, awarded={}, reasons="No room.", by=decider)
    assert client_of(other).get(f"/api/v1/applications/{house.file.pk}").status_code == 200


# ---- the walk finds leaks: pages that leak on purpose -----------------------------------------------------------


def _number(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{Application.objects.count()} applications")


def _titles(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(json.dumps(list(Application.objects.values_list("title", flat=True))))


def test_the_walk_finds_a_page_that_leaks(house, monkeypatch, caplog):
    caplog.set_level("CRITICAL")
    resolver = get_resolver()
    leaky = [path("leaky-number/", _number), path("register/leaky-titles/", _titles)]
    monkeypatch.setattr(resolver, "url_patterns", [*resolver.url_patterns, *leaky])
    client = client_of(house.close[Kind.NAMED, Role.PANEL])
    before = seen(client, house)
    come_in(house)
    assert leaks(before, seen(client, house), house.secrets) == ["/leaky-number/", "/register/leaky-titles/"]
