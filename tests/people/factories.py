"""People and organisations for tests."""

from itertools import count

from aifactory.people.actions import join, register_organisation, register_person
from aifactory.people.actors import INSTALLER
from aifactory.people.models import Organisation, Role, User

_number = count(1)


def person(*roles: Role, name: str = "", organisation: Organisation | None = None) -> User:
    """Register a person with these roles (and applicant), in an organisation where one is given."""
    from aifactory.people.actions import grant_role

    number = next(_number)
    user = register_person(email=f"person{number}@example.org", name=name or f"Person {number}")
    for role in roles:
        grant_role(user, role, by=INSTALLER)
    if organisation:
        join(user, organisation, by=INSTALLER, representative=True)
    return user


def organisation(**facts: object) -> Organisation:
    """Register a small Dutch company."""
    defaults = {
        "name": f"Company {next(_number)}",
        "country": "NL",
        "kind": "company",
        "staff": 8,
        "turnover_eur": 900_000,
    }
    return register_organisation(by=INSTALLER, **{**defaults, **facts})
