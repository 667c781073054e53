"""Routes about people, organisations and tokens."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth import authenticate
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from aifactory.api.authentication import caller
from aifactory.api.limits import allowed
from aifactory.api.paging import Paging, page
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Refused
from aifactory.people import actions
from aifactory.people.models import Organisation, User
from aifactory.people.rules import find, visible
from aifactory.people.sectors import SECTORS

router = Router(tags=["people"])


class WrongCredentials(Refused):
    """The address and password do not belong together."""

    status = 401


class TooManyTries(Refused):
    """Too many sign-ins from one place."""

    status = 429


class Credentials(Schema):
    """What a person signs in with; `label` says what the token is for."""

    email: str
    password: str
    label: str = Field("command line", max_length=80)


class Person(Schema):
    """Somebody with an account."""

    id: str
    name: str
    email: str
    language: str
    roles: list[str]


class OrganisationFacts(Schema):
    """What is known of an organisation; `staff` in people, money in euro a year, `sector` of the list `/sectors`."""

    name: str = Field(max_length=200)
    country: str = Field(max_length=2)
    kind: str
    registration_number: str = Field("", max_length=40)
    region: str = Field("", max_length=60)
    sector: str = Field("", max_length=60)
    staff: int | None = Field(None, le=2_000_000_000)
    turnover_eur: int | None = Field(None, le=10**15)
    balance_eur: int | None = Field(None, le=10**15)


class OrganisationShown(OrganisationFacts):
    """The same with its id."""

    id: str


class OrganisationPage(Schema):
    """A page of organisations."""

    items: list[OrganisationShown]
    next: str | None


@router.post("/tokens", auth=None, response={201: dict[str, str]})
def issue_token(request: HttpRequest, body: Credentials) -> Status[dict[str, str]]:
    """Exchange address and password for a token of 90 days. It is shown this once."""
    place, account = get_adapter(request).get_client_ip(request), digest(body.email.strip().lower())
    if not allowed(f"token:{place}", limit=10, seconds=60):
        raise TooManyTries("There were too many tries from one place.", next_step="Try again in a minute.")
    if not allowed(f"token:{account}", limit=10, seconds=300):
        raise TooManyTries("There were too many tries for this account.", next_step="Try again in 5 minutes.")
    user = authenticate(request, email=body.email, username=body.email, password=body.password)
    if not isinstance(user, User):
        raise WrongCredentials("This address and password do not belong together.", next_step="Check both.")
    token, secret = actions.issue_token(user, label=body.label)
    return Status(201, {"id": token.pk, "token": secret, "expires_at": token.expires_at.isoformat()})


@router.get("/me", response=Person)
def me(request: HttpRequest) -> User:
    """Show who you are here."""
    return caller(request)


@router.get("/organisations", response=OrganisationPage)
def organisations(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the organisations you may see, newest first."""
    return page(visible(Organisation, caller(request)), paging, lambda organisation: organisation)


@router.post("/organisations", response={201: OrganisationShown})
def register_organisation(request: HttpRequest, body: OrganisationFacts) -> Status[Organisation]:
    """Register your organisation; you become its representative."""
    return Status(201, actions.register_organisation(by=caller(request), **body.dict()))


@router.put("/organisations/{organisation_id}", response=OrganisationShown)
def edit_organisation(request: HttpRequest, organisation_id: str, body: OrganisationFacts) -> Organisation:
    """Change the facts of your organisation; what you leave out of the body becomes empty."""
    found = find(Organisation, organisation_id, caller(request))
    return actions.edit_organisation(found, by=caller(request), **body.dict())


@router.get("/sectors", response=dict[str, dict[str, str]], auth=None)
def sectors(request: HttpRequest) -> dict[str, dict[str, str]]:  # noqa: ARG001
    """Show the sectors that an organisation chooses from, in both languages. Open to everybody."""
    return {code: text.plain() for code, text in SECTORS.items()}


@router.get("/organisations/{organisation_id}", response=OrganisationShown)
def organisation(request: HttpRequest, organisation_id: str) -> Organisation:
    """Show one organisation."""
    return find(Organisation, organisation_id, caller(request))
