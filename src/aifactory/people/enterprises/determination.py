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
from aifactory.people.enterprises.holdings import WHOLE, Firm, Holding, Kind, Web
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


@dataclass(frozen=True)
class _Reckoning:
    """What one year's figures are made of: the web of holdings, and the accounts of that year."""

    web: Web
    year: int
    books: Books

    def all_added(self, firm: str) -> Iterator[Added]:
        """Yield the enterprise itself, those linked to it in full, and each partner's group pro rata."""
        group = self.web.group(firm)
        yield self._added(firm, "own", WHOLE)
        inside = self._inside(group)
        for other in self._counted(group - {firm}):
            yield self._tied(other, inside, "linked", WHOLE)
        for partners, share in sorted(self.web.partners(firm).items(), key=lambda pair: sorted(pair[0])):
            nearest, inside = _nearest(self.web, firm, partners), self._inside(partners)
            for other in self._counted(partners):
                yield self._tied(other, inside, "partner" if other == nearest else "linked_to_partner", share)

    def _tied(self, other: str, inside: Mapping[str, str], relation: str, share: int) -> Added:
        """Return what a tied enterprise adds: nothing where consolidated accounts hold it already."""
        if other not in inside:
            return self._added(other, relation, share)
        within = words.CONSOLIDATED.fill(name=self.web.firms[inside[other]].name)
        zero = Fraction(0)
        return Added(other, self.web.firms[other].name, "consolidated", share, zero, zero, zero, within)

    def _added(self, other: str, relation: str, share: int) -> Added:
        name, accounts = self.web.firms[other].name, self.books.get(other, {}).get(self.year)
        if accounts is None:
            raise AccountsAreMissing(words.NO_YEAR.fill(name=name, year=self.year))
        part, why = Fraction(share, WHOLE), words.RELATIONS[relation].fill(share=f"{share / 100:g}")
        staff, turnover, balance = accounts.staff * part, accounts.turnover * part, accounts.balance * part
        return Added(other, name, relation, share, staff, turnover, balance, why)

    def _counted(self, group: Iterable[str]) -> list[str]:
        """Return the enterprises of a group that have accounts: persons have none."""
        return sorted(f for f in group if self.web.firms[f].kind is not Kind.PERSON)

    def _inside(self, group: frozenset[str]) -> dict[str, str]:
        """Return who is held in whose consolidated accounts this year."""
        accounts = {f: self.books.get(f, {}).get(self.year) for f in sorted(group)}
        heads = [firm for firm, found in accounts.items() if found and found.consolidated]
        return {under: head for head in heads for under in self.web.controlled(head)}


def _year(web: Web, firm: str, year: int, books: Books) -> Year:
    added = tuple(_Reckoning(web, year, books).all_added(firm))
    staff, turnover, balance = (
        sum((getattr(one, figure) for one in added), Fraction(0))
        for figure in ("staff", "turnover", "balance")
    )
    return Year(year, added, size_of(staff / 100, turnover, balance))


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
