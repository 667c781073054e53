"""Declaring accounts and holdings: who may, what is refused, and the class that follows."""

import pytest

from aifactory.audit.models import Event
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.actions import join
from aifactory.people.actors import INSTALLER
from aifactory.people.enterprises import actions, queries
from aifactory.people.enterprises.determination import AccountsAreMissing
from aifactory.people.enterprises.holdings import HoldingsCannotBe
from aifactory.people.enterprises.size import Size
from aifactory.people.models import Role
from tests.people.factories import declared, organisation, person

pytestmark = pytest.mark.django_db


def test_a_declaration_gives_the_class_with_its_reasons():
    company = organisation(name="Acme", balance_eur=1)
    boss = person(organisation=company)
    own = declared(company, boss)
    parent = actions.name_enterprise(company, name="Parent", country="nl", registration_number="77", by=boss)
    actions.state_accounts(
        parent, year=2025, staff_hundredths=20_000, turnover_eur=30_000_000, balance_eur=20_000_000, by=boss
    )
    held = actions.state_holding(parent, own, capital=6000, by=boss)
    found = queries.determination(company)
    assert found is not None
    assert (found.size, found.linked) == (Size.MEDIUM, (parent.pk,))
    kept = queries.size_facts(company)
    assert (kept["size"], [a["name"] for a in kept["size_years"][0]["added"]]) == (
        "medium",
        ["Acme", "Parent"],
    )
    actions.end_holding(held, by=boss)
    assert queries.size_facts(company)["size"] == "micro"
    assert list(Event.objects.filter(name__startswith="holding:").values_list("name", "data")) == [
        ("holding:state", {"majority": True}),
        ("holding:end", {}),
    ]


def test_without_a_declaration_the_profile_counts():
    company = organisation(balance_eur=1)
    assert queries.size_facts(company) == {"size": "micro", "size_reasons": [], "size_years": []}
    assert queries.size_facts(organisation())["size"] is None


def test_what_is_missing_is_told_in_both_languages():
    company = organisation()
    boss = person(organisation=company)
    own = declared(company, boss)
    partner = actions.name_enterprise(company, name="Partner", by=boss)
    actions.state_holding(partner, own, capital=2500, by=boss)
    with pytest.raises(AccountsAreMissing, match="Partner for 2025"):
        queries.determination(company)
    assert queries.size_facts(company) == {
        "size": None,
        "size_years": [],
        "size_reasons": [
            {
                "en": "Add the accounts of Partner for 2025: without them the class can't be told.",
                "nl": "Voeg de jaarcijfers van Partner over 2025 toe: zonder die cijfers is de klasse niet te "
                "bepalen.",
            }
        ],
    }


def test_shares_over_all_are_refused_and_not_kept():
    company = organisation()
    boss = person(organisation=company)
    own = declared(company, boss)
    one, other = (actions.name_enterprise(company, name=name, by=boss) for name in ("One", "Other"))
    actions.state_holding(one, own, capital=6000, by=boss)
    with pytest.raises(HoldingsCannotBe, match=r"add up to 110 %"):
        actions.state_holding(other, own, capital=5000, by=boss)
    assert [h.owner_id for h in queries.declaration(company).holdings] == [one.pk]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"staff_hundredths": -1}, "staff_hundredths"),
        ({"year": 1815}, "year"),
        ({"source": "registered"}, "reference"),
        ({"balance_eur": 10**14}, "balance_eur"),
    ],
)
def test_accounts_that_cannot_be_are_refused(wrong, field):
    company = organisation()
    boss = person(Role.OFFICE, organisation=company)
    own = actions.own_enterprise(company, by=boss)
    figures = {"year": 2025, "staff_hundredths": 800, "turnover_eur": 1, "balance_eur": 1} | wrong
    with pytest.raises(Invalid) as refusal:
        actions.state_accounts(own, by=boss, **figures)
    assert [error.field for error in refusal.value.errors] == [field]


def test_only_who_signs_declares_and_only_the_office_reads_a_register():
    company = organisation()
    boss, member, stranger = person(organisation=company), person(), person()
    join(member, company, by=INSTALLER)
    for somebody in (member, stranger):
        with pytest.raises(NotAllowed):
            actions.own_enterprise(company, by=somebody)
    own = actions.own_enterprise(company, by=boss)
    figures = {"year": 2025, "staff_hundredths": 800, "turnover_eur": 1, "balance_eur": 1}
    read = {"source": "registered", "reference": "Trade register, 2026-04-01"}
    with pytest.raises(NotAllowed):
        actions.state_accounts(own, by=boss, **figures, **read)
    stated = actions.state_accounts(own, by=person(Role.OFFICE), **figures, **read)
    assert stated.source == "registered"


def test_a_second_statement_of_a_year_replaces_the_first():
    company = organisation()
    boss = person(organisation=company)
    own = declared(company, boss)
    actions.state_accounts(
        own, year=2025, staff_hundredths=6000, turnover_eur=20_000_000, balance_eur=20_000_000, by=boss
    )
    assert (own.accounts.count(), queries.size_facts(company)["size"]) == (1, "medium")
    assert Event.objects.filter(name="accounts:correct").count() == 1


def test_one_undertaking_is_found_in_whoever_declares_the_link():
    """A declares its parent B; C declares A as its subsidiary; D shares only a person with A."""
    a, b, c, d = (
        organisation(name=name, registration_number=f"{number}") for number, name in enumerate("ABCD", 1)
    )
    boss = person(organisation=a)
    own = declared(a, boss)
    parent = actions.name_enterprise(a, name="B", country="NL", registration_number="2", by=boss)
    owner = actions.name_enterprise(a, name="Family", kind="person", by=boss)
    sister = actions.name_enterprise(a, name="D", country="NL", registration_number="4", by=boss)
    actions.state_holding(parent, own, capital=5100, by=boss)
    actions.state_holding(owner, own, capital=4900, control=True, same_market=True, by=boss)
    actions.state_holding(owner, sister, capital=9000, same_market=True, by=boss)
    chief = person(organisation=c)
    top = declared(c, chief)
    below = actions.name_enterprise(c, name="A", country="NL", registration_number="1", by=chief)
    actions.state_holding(top, below, capital=3000, control=True, by=chief)
    assert [[one.name for one in queries.single_undertaking(o)] for o in (a, b, c, d)] == [
        ["A", "B", "C"],
        ["B", "A", "C"],
        ["C", "A", "B"],
        ["D"],
    ]
