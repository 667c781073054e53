"""People and organisations for tests."""

from itertools import count

from aifactory.people.actions import join, register_organisation, register_person
from aifactory.people.actors import INSTALLER
from aifactory.people.enterprises.models import Enterprise
from aifactory.people.models import Organisation, Role, User
from aifactory.people.terms.actions import accept
from aifactory.people.terms.queries import in_force

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


def organisation(*, terms: bool = True, **facts: object) -> Organisation:
    """Register a small Dutch company that accepted the terms on paper, unless told otherwise."""
    defaults = {
        "name": f"Company {next(_number)}",
        "country": "NL",
        "kind": "company",
        "staff": 8,
        "turnover_eur": 900_000,
    }
    made = register_organisation(by=INSTALLER, **{**defaults, **facts})
    return accepting(made) if terms else made


def accepting(organisation: Organisation) -> Organisation:
    """Record that an organisation signed every text in force."""
    for text in in_force():
        accept(organisation, text.id, by=INSTALLER, paper_digest="sha256:" + "0" * 64)
    return organisation


def declared(company: Organisation, by: User, *, year: int = 2025, **figures: int) -> Enterprise:
    """Declare the accounts of one year of a small company as its own."""
    from aifactory.people.enterprises import actions

    own = actions.own_enterprise(company, by=by)
    stated = {"staff_hundredths": 800, "turnover_eur": 900_000, "balance_eur": 300_000} | figures
    actions.state_accounts(own, by=by, year=year, **stated)
    return own
