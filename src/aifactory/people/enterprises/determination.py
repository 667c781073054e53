"""The size class of an enterprise with the reasons for it: whose figures were added, by which share and rule.

Recommendation 2003/361/EC, Annex, Articles 2 to 6, and (EU) 2025/1099. Plain data in, plain data out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from aifactory.kit.bilingual import Text
from aifactory.kit.errors import Refused
from aifactory.people.enterprises import words
from aifactory.people.enterprises.holdings import WHOLE, Firm, Holding, Web
from aifactory.people.enterprises.size import Size, size_of, standing

PUBLIC_LINE = Fraction(1, 4)


@dataclass(frozen=True)
class Accounts:
    """The figures of one year of accounts: staff in hundredths of an annual work unit, money in whole euros.

    `consolidated` accounts hold the figures of everything that the enterprise controls already.
    """

    staff: int
    turnover: int
    balance: int
    consolidated: bool = False


@dataclass(frozen=True)
class Added:
    """What one enterprise adds in one year; `share` in basis points, `why` with its article."""

    firm: str
    name: str
    relation: str
    share: int
    staff: Fraction
    turnover: Fraction
    balance: Fraction
    why: Text

    def plain(self) -> dict[str, Any]:
        """Return it as JSON keeps it: staff in hundredths, money in whole euros, both rounded."""
        figures = {name: round(getattr(self, name)) for name in ("staff", "turnover", "balance")}
        return vars(self) | figures | {"why": self.why.plain()}


@dataclass(frozen=True)
class Year:
    """One year: what was added, its sums, and the class that these figures alone would give."""

    year: int
    added: tuple[Added, ...]
    size: Size

    def total(self, figure: str) -> Fraction:
        """Return the sum of `staff` (hundredths), `turnover` or `balance` (euros)."""
        return sum((getattr(one, figure) for one in self.added), Fraction(0))

    def plain(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        totals = {name: round(self.total(name)) for name in ("staff", "turnover", "balance")}
        return {
            "year": self.year,
            "size": self.size.value,
            **totals,
            "added": [a.plain() for a in self.added],
        }


@dataclass(frozen=True)
class Determination:
    """The class of an enterprise and the reasons for it, oldest year first."""

    size: Size
    years: tuple[Year, ...]
    reasons: tuple[Text, ...]
    linked: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return {
            "size": self.size.value,
            "years": [year.plain() for year in self.years],
            "reasons": [reason.plain() for reason in self.reasons],
            "linked": list(self.linked),
        }


class AccountsAreMissing(Refused):
    """A class can't be told without these accounts; `text` says whose, in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en, rule="2003/361/EC, Annex, Article 6")
        self.text = text


Books = Mapping[str, Mapping[int, Accounts]]


def determine(firm: str, firms: Iterable[Firm], holdings: Iterable[Holding], books: Books) -> Determination:
    """Return the class of `firm`, from the accounts (`books`: firm → year → accounts) of all tied to it.

    Holdings are those of today and hold for every year: a change of owner counts at once, growth after two years.
    Raises `HoldingsCannotBe` or `AccountsAreMissing`.
    """
    web = Web(firms, holdings)
    found = tuple(_year(web, firm, year, books) for year in _years(web, firm, books))
    size = standing([year.size for year in found])
    public = web.public_share(firm)
    reasons = _reasons(web, firm, found, size, public)
    if public >= PUBLIC_LINE:
        size = Size.LARGE
    linked = tuple(sorted(web.group(firm) - {firm}))
    return Determination(size, found, tuple(reasons), linked)


def _years(web: Web, firm: str, books: Books) -> list[int]:
    years = sorted(books.get(firm, {}))
    name = web.firms[firm].name
    if not years:
        raise AccountsAreMissing(words.NO_ACCOUNTS.fill(name=name))
    for before, after in pairwise(years):
        if after != before + 1:
            raise AccountsAreMissing(words.NO_YEAR.fill(name=name, year=before + 1))
    return years


def _year(web: Web, firm: str, year: int, books: Books) -> Year:
    added = tuple(_all_added(web, firm, year, books))
    staff, turnover, balance = (
        sum((getattr(one, figure) for one in added), Fraction(0))
        for figure in ("staff", "turnover", "balance")
    )
    return Year(year, added, size_of(staff / 100, turnover, balance))


def _all_added(web: Web, firm: str, year: int, books: Books) -> Iterator[Added]:
    yield _added(web, firm, year, books, "own", WHOLE, words.OWN)
    inside = _inside(web, web.group(firm), year, books)
    for other in _counted(web, web.group(firm)):
        if other != firm:
            yield _linked(web, other, inside, year, books, "linked", WHOLE, words.LINKED)
    for group, share in sorted(web.partners(firm).items(), key=lambda pair: sorted(pair[0])):
        nearest = _nearest(web, firm, group)
        inside = _inside(web, group, year, books)
        for other in _counted(web, group):
            why = words.PARTNER if other == nearest else words.LINKED_TO_PARTNER
            relation = "partner" if other == nearest else "linked_to_partner"
            yield _linked(web, other, inside, year, books, relation, share, why)


def _linked(
    web: Web,
    other: str,
    inside: Mapping[str, str],
    year: int,
    books: Books,
    relation: str,
    share: int,
    why: Text,
) -> Added:
    """Return what a tied enterprise adds: nothing where consolidated accounts hold it already."""
    if other in inside:
        name = web.firms[inside[other]].name
        zero = Fraction(0)
        within = words.CONSOLIDATED.fill(name=name)
        return Added(other, web.firms[other].name, "consolidated", share, zero, zero, zero, within)
    return _added(web, other, year, books, relation, share, why)


def _added(web: Web, other: str, year: int, books: Books, relation: str, share: int, why: Text) -> Added:
    name, accounts = web.firms[other].name, books.get(other, {}).get(year)
    if accounts is None:
        raise AccountsAreMissing(words.NO_YEAR.fill(name=name, year=year))
    part = Fraction(share, WHOLE)
    figures = (part * f for f in (accounts.staff, accounts.turnover, accounts.balance))
    return Added(other, name, relation, share, *figures, why=why.fill(share=f"{share / 100:g}"))


def _counted(web: Web, group: Iterable[str]) -> list[str]:
    """Return the enterprises of a group that have accounts: persons have none."""
    return sorted(f for f in group if web.firms[f].kind.value != "person")


def _inside(web: Web, group: frozenset[str], year: int, books: Books) -> dict[str, str]:
    """Return who is held in whose consolidated accounts that year."""
    heads = [f for f in sorted(group) if (a := books.get(f, {}).get(year)) and a.consolidated]
    return {under: head for head in heads for under in web.controlled(head)}


def _nearest(web: Web, firm: str, group: frozenset[str]) -> str:
    """Return the member of a partner group that holds, or is held, directly."""
    own = web.group(firm)
    ties = [(h.share, h.owner) for f in own for h in web.into[f] if h.owner in group]
    ties += [(h.share, f) for f in group for h in web.into[f] if h.owner in own]
    return max(ties)[1]


def _reasons(web: Web, firm: str, years: tuple[Year, ...], size: Size, public: Fraction) -> Iterator[Text]:
    last, name = years[-1], web.firms[firm].name
    tied = len(last.added) > 1
    yield (words.TIED if tied else words.AUTONOMOUS).fill(name=name)
    yield words.FIGURES.fill(
        year=last.year,
        staff=f"{float(last.total('staff')) / 100:.2f}".rstrip("0").rstrip("."),
        turnover=_grouped(last.total("turnover")),
        balance=_grouped(last.total("balance")),
    )
    yield words.with_size(words.BY_FIGURES, last.size)
    if size is not last.size:
        yield words.with_size(words.TWO_YEARS, size)
    if public >= PUBLIC_LINE:
        yield words.PUBLIC.fill(share=f"{float(public) * 100:g}", name=name)
    elif size is Size.SMALL_MID_CAP:
        yield words.MID_CAP


def _grouped(amount: Fraction) -> str:
    """Write whole euros in groups of three, with the space that both languages read alike."""
    return f"{round(amount):,}".replace(",", "\u00a0")
