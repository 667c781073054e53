"""Reads of a declaration: the web of enterprises, the class that follows, and who is one undertaking."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from aifactory.kit.errors import Refused
from aifactory.people.enterprises.determination import (
    Accounts,
    AccountsAreMissing,
    Determination,
    determine,
)
from aifactory.people.enterprises.holdings import Firm, Holding, HoldingsCannotBe, Kind, Web
from aifactory.people.enterprises.models import Enterprise, Shareholding, YearlyAccounts
from aifactory.people.enterprises.size import size_of
from aifactory.people.language import spoken
from aifactory.people.models import Organisation

#: kinds of organisation that have a size class: the lines of 2003/361/EC are for enterprises
ENTERPRISES = frozenset({"company", "other"})


@dataclass(frozen=True)
class Declaration:
    """Everything that one organisation declared, read in three queries."""

    enterprises: list[Enterprise]
    holdings: list[Shareholding]
    accounts: list[YearlyAccounts]

    @property
    def own(self) -> Enterprise | None:
        """The organisation itself, once it declared anything."""
        return next((one for one in self.enterprises if one.own), None)

    def firms(self) -> list[Firm]:
        """Return the enterprises as the rules look at them."""
        return [Firm(one.pk, one.name, Kind(one.kind)) for one in self.enterprises]

    def ties(self) -> list[Holding]:
        """Return the holdings as the rules look at them."""
        return [
            Holding(h.owner_id, h.held_id, h.capital, h.votes, h.control, h.same_market)
            for h in self.holdings
        ]

    def books(self) -> dict[str, dict[int, Accounts]]:
        """Return the accounts, enterprise → year → figures."""
        found: dict[str, dict[int, Accounts]] = defaultdict(dict)
        for a in self.accounts:
            figures = Accounts(a.staff_hundredths, a.turnover_eur, a.balance_eur, a.consolidated)
            found[a.enterprise_id][a.year] = figures
        return found


def enterprises(organisation: Organisation) -> QuerySet[Enterprise]:
    """Return the enterprises of a declaration, the organisation itself first."""
    return organisation.enterprises.order_by("-own", "pk")


def declaration(organisation: Organisation) -> Declaration:
    """Return what the organisation declared, as it stands."""
    holdings = Shareholding.objects.filter(held__organisation=organisation, ended_at=None)
    accounts = YearlyAccounts.objects.filter(enterprise__organisation=organisation)
    return Declaration(
        list(enterprises(organisation)),
        list(holdings.select_related("owner", "held").order_by("pk")),
        list(accounts.select_related("enterprise").order_by("enterprise", "-year")),
    )


@contextmanager
def in_readers_language() -> Iterator[None]:
    """Let a refusal of the pure rules speak the reader's language."""
    try:
        yield
    except (HoldingsCannotBe, AccountsAreMissing) as refusal:
        refusal.message = refusal.text.of(spoken())
        refusal.next_step = _("The page about the size of your organisation shows what was declared.")
        raise


def web_of(organisation: Organisation) -> Web:
    """Return the web of what was declared. Raises `HoldingsCannotBe`."""
    declared = declaration(organisation)
    with in_readers_language():
        return Web(declared.firms(), declared.ties())


def determination(organisation: Organisation) -> Determination | None:
    """Return the class that follows from the declaration; None where there is none.

    Raises `HoldingsCannotBe` or `AccountsAreMissing`.
    """
    return determined(declaration(organisation))


def determined(declared: Declaration) -> Determination | None:
    """Return the class that follows from a declaration already read; None where nothing was declared."""
    if declared.own is None:
        return None
    with in_readers_language():
        return determine(declared.own.pk, declared.firms(), declared.ties(), declared.books())


def size_facts(organisation: Organisation) -> dict[str, Any]:
    """Return the class with its reasons, as an application keeps it: `size`, `size_reasons`, `size_years`.

    Without a declaration the figures in the profile count, as those of an autonomous enterprise. The class is
    None where something is missing, and the reasons say what.
    """
    try:
        found = determination(organisation)
    except Refused as refusal:
        text: Any = refusal.text  # type: ignore[attr-defined]
        return {"size": None, "size_reasons": [text.plain()], "size_years": []}
    if found is None:
        figures = (organisation.staff, organisation.turnover_eur, organisation.balance_eur)
        known = [figure for figure in figures if figure is not None]
        size = size_of(*known).value if len(known) == len(figures) else None
        return {"size": size, "size_reasons": [], "size_years": []}
    plain = found.plain()
    return {"size": plain["size"], "size_reasons": plain["reasons"], "size_years": plain["years"]}


def single_undertaking(organisation: Organisation) -> list[Organisation]:
    """Return the organisations here that are one undertaking with this one, itself first.

    Enterprises are known by country and registration number. Linked enterprises count, in whoever's declaration
    the link stands; persons and public bodies link nobody (Regulation (EU) 2023/2831, Article 2(2)).
    """
    found, turned = {organisation.pk: organisation}, 0
    while turned < len(found):
        one = list(found.values())[turned]
        for other in (*_linked_to(one), *_naming(one)):
            found.setdefault(other.pk, other)
        turned += 1
    return list(found.values())


def _linked_to(organisation: Organisation) -> Iterable[Organisation]:
    """Return the organisations here that this one declares itself linked to."""
    keys = _linked_keys(organisation)
    numbers = {number for _country, number in keys}
    rows = Organisation.objects.filter(registration_number__in=numbers).exclude(pk=organisation.pk)
    return [one for one in rows.order_by("pk") if (one.country, one.registration_number) in keys]


def _naming(organisation: Organisation) -> Iterable[Organisation]:
    """Return the organisations here that declare themselves linked to this one."""
    if not organisation.registration_number:
        return []
    naming = Organisation.objects.filter(
        enterprises__own=False,
        enterprises__registration_number=organisation.registration_number,
        enterprises__country=organisation.country,
    ).distinct()
    key = (organisation.country, organisation.registration_number)
    return [one for one in naming.exclude(pk=organisation.pk).order_by("pk") if key in _linked_keys(one)]


def _linked_keys(organisation: Organisation) -> set[tuple[str, str]]:
    declared = declaration(organisation)
    if declared.own is None:
        return set()
    ties = [
        tie for tie, row in zip(declared.ties(), declared.holdings, strict=True) if row.owner.kind != "person"
    ]
    group = Web(declared.firms(), ties).group(declared.own.pk)
    linked = [one for one in declared.enterprises if one.pk in group and not one.own]
    return {(one.country, one.registration_number) for one in linked if one.registration_number}


def declaration_facts(organisation: Organisation) -> dict[str, Any]:
    """Return what was declared and the class that follows, as the API shows it: staff in annual work units."""
    declared = declaration(organisation)
    named = ("name", "country", "registration_number", "kind", "own")
    return {
        "organisation": organisation.pk,
        **size_facts(organisation),
        "enterprises": [{"id": e.pk} | {n: getattr(e, n) for n in named} for e in declared.enterprises],
        "accounts": [accounts_facts(a) for a in declared.accounts],
        "holdings": [holding_facts(h) for h in declared.holdings],
    }


def accounts_facts(accounts: YearlyAccounts) -> dict[str, Any]:
    """Return the accounts of one year as the API shows them."""
    named = ("year", "turnover_eur", "balance_eur", "consolidated", "estimate", "source", "reference")
    return {
        "id": accounts.pk,
        "enterprise": accounts.enterprise_id,
        "staff": accounts.staff_hundredths / 100,
        **{name: getattr(accounts, name) for name in named},
    }


def holding_facts(holding: Shareholding) -> dict[str, Any]:
    """Return a holding as the API shows it: shares in percent."""
    return {
        "id": holding.pk,
        "owner": holding.owner_id,
        "held": holding.held_id,
        "capital": holding.capital / 100,
        "votes": holding.votes / 100,
        "control": holding.control,
        "same_market": holding.same_market,
    }
