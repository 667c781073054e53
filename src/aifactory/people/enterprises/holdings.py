"""Who is tied to whom: linked groups, partners and public control, from a list of holdings.

Recommendation 2003/361/EC, Annex, Article 3. Shares are basis points (10,000 = all). Nothing here knows a database.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from aifactory.kit.bilingual import Text
from aifactory.kit.errors import Refused

WHOLE = 10_000
MAJORITY = 5_000
PARTNER = 2_500


class Kind(StrEnum):
    """What stands behind a holding; the investors of Article 3(2), second subparagraph, each by itself."""

    ENTERPRISE = "enterprise"
    PERSON = "person"
    PUBLIC_BODY = "public_body"
    SMALL_AUTHORITY = "small_authority"
    UNIVERSITY = "university"
    PUBLIC_INVESTOR = "public_investor"
    VENTURE_CAPITAL = "venture_capital"
    BUSINESS_ANGEL = "business_angel"
    INSTITUTIONAL = "institutional"


#: may hold up to half without becoming a partner
EXEMPT = frozenset(Kind) - {Kind.ENTERPRISE, Kind.PERSON, Kind.PUBLIC_BODY}


@dataclass(frozen=True)
class Firm:
    """One enterprise, person or body in the web of holdings."""

    id: str
    name: str
    kind: Kind = Kind.ENTERPRISE


@dataclass(frozen=True)
class Holding:
    """What `owner` has in `held`, in basis points of capital and of votes.

    `control` stands for the other ways to be linked (the right to appoint the board, dominant influence by
    contract or articles, sole control by agreement). `same_market`: a person whose enterprises act in the same
    or in adjacent markets, which links them.
    """

    owner: str
    held: str
    capital: int
    votes: int
    control: bool = False
    same_market: bool = False

    @property
    def share(self) -> int:
        """The interest that counts pro rata: capital or votes, whichever is greater (Article 6(2))."""
        return max(self.capital, self.votes)


class HoldingsCannotBe(Refused):
    """The holdings contradict each other; `text` says how, in both languages."""

    def __init__(self, rule: str, text: Text) -> None:
        super().__init__(text.en, rule=rule)
        self.text = text


class Web:
    """The holdings around some enterprises. Raises `HoldingsCannotBe` when they cannot all be true."""

    def __init__(self, firms: Iterable[Firm], holdings: Iterable[Holding]) -> None:
        self.firms: Mapping[str, Firm] = {firm.id: firm for firm in firms}
        self.into: dict[str, list[Holding]] = defaultdict(list)
        for holding in holdings:
            self.into[holding.held].append(holding)
        self._require_possible()
        self._group = self._linked()
        self._require_no_circle()

    def group(self, firm: str) -> frozenset[str]:
        """Return the enterprise and all that are linked to it, directly or through others (Article 3(3))."""
        return frozenset(other for other, head in self._group.items() if head == self._group[firm])

    def controlled(self, firm: str) -> frozenset[str]:
        """Return the enterprises that this one controls, directly or through others: consolidated ones."""
        found = {firm}
        while more := {held for held in self.firms if held not in found and self._controls(found, held)}:
            found |= more
        return frozenset(found - {firm})

    def partners(self, firm: str) -> dict[frozenset[str], int]:
        """Return each group that is a partner of the enterprise's own, and its share in basis points.

        A partner holds, or is held for, a quarter or more by either side's group jointly (Article 3(2)). Where
        both hold in each other, or in several of a group, the greatest share counts (Article 6(2)).
        """
        own, found = self.group(firm), {}
        others = {self.group(f) for f, head in self._group.items() if head != self._group[firm]}
        for other in others:
            share = max(self._joint(own, other), self._joint(other, own))
            if share >= PARTNER:
                found[other] = min(share, WHOLE)
        return found

    def public_share(self, firm: str, _seen: frozenset[str] = frozenset()) -> Fraction:
        """Return the part (0 to 1) that public bodies control, directly or through what they control (Art. 3(4)).

        Small autonomous authorities count only from a majority on; universities, investment corporations and
        the other exempt investors never do.
        """
        if firm in _seen:
            return Fraction(0)
        total = Fraction(0)
        for holding in self.into[firm]:
            part = Fraction(holding.share, WHOLE)
            behind = self._public(holding, _seen | {firm})
            total += part if behind > Fraction(1, 2) else part * behind if self._links(holding) else 0
        return min(total, Fraction(1))

    def _public(self, holding: Holding, seen: frozenset[str]) -> Fraction:
        kind = self.firms[holding.owner].kind
        if kind is Kind.PUBLIC_BODY or (kind is Kind.SMALL_AUTHORITY and self._links(holding)):
            return Fraction(1)
        return self.public_share(holding.owner, seen) if kind is Kind.ENTERPRISE else Fraction(0)

    def _links(self, holding: Holding) -> bool:
        return holding.votes > MAJORITY or holding.control

    def _joint(self, owners: Iterable[str], held: Iterable[str]) -> int:
        """Return the greatest share that the owners have together in one of the others, partners' way."""
        owners = set(owners)
        greatest = 0
        for firm in held:
            counted = [h for h in self.into[firm] if h.owner in owners and self._counts(h)]
            if any(self.firms[h.owner].kind not in EXEMPT for h in counted):
                greatest = max(greatest, sum(h.share for h in counted))
        return greatest

    def _counts(self, holding: Holding) -> bool:
        return self.firms[holding.owner].kind not in {Kind.PERSON, Kind.PUBLIC_BODY}

    def _binds(self, holding: Holding) -> bool:
        """Say whether a majority of this owner would link: persons only in one market, public bodies never."""
        kind = self.firms[holding.owner].kind
        return kind is not Kind.PUBLIC_BODY and (kind is not Kind.PERSON or holding.same_market)

    def _controls(self, owners: Iterable[str], held: str) -> bool:
        ties = [h for h in self.into[held] if h.owner in owners and self._binds(h)]
        return any(h.control for h in ties) or sum(h.votes for h in ties) > MAJORITY

    def _linked(self) -> dict[str, str]:
        """Join groups until none together holds a majority in another: the order does not matter."""
        head = {firm: firm for firm in self.firms}
        joined = True
        while joined:
            joined = False
            for held in self.firms:
                for owner in {head[h.owner] for h in self.into[held]} - {head[held]}:
                    members = [firm for firm, one in head.items() if one == owner]
                    if self._controls(members, held):
                        one, other = sorted((owner, head[held]))
                        head = {firm: one if h == other else h for firm, h in head.items()}
                        joined = True
        return head

    def _require_possible(self) -> None:
        for firm, holdings in self.into.items():
            name = self.firms[firm].name
            if any(h.owner == firm for h in holdings):
                raise HoldingsCannotBe("holding:itself", HOLDS_ITSELF.fill(name=name))
            for kind in ("capital", "votes"):
                total = sum(getattr(h, kind) for h in holdings)
                if total > WHOLE:
                    text = OVER_ALL.fill(name=name, total=f"{total / 100:g}")
                    raise HoldingsCannotBe("holding:over_all", text)

    def _require_no_circle(self) -> None:
        for firm in self.firms:
            if any(firm in self.controlled(under) for under in self.controlled(firm)):
                text = IN_A_CIRCLE.fill(name=self.firms[firm].name)
                raise HoldingsCannotBe("holding:circle", text)


HOLDS_ITSELF = Text(
    en="{name} can't be its own owner: give the enterprise or person that holds the share.",
    nl="{name} kan niet van zichzelf zijn: geef de onderneming of persoon op die het aandeel heeft.",
)
OVER_ALL = Text(
    en="The shares in {name} add up to {total} %, which is more than 100 %: correct one of them.",
    nl="De aandelen in {name} tellen op tot {total} %, dat is meer dan 100 %: verbeter er een.",
)
IN_A_CIRCLE = Text(
    en="{name} controls an enterprise that in turn controls {name}: one of these majorities must be wrong.",
    nl="{name} heeft zeggenschap over een onderneming die zelf zeggenschap heeft over {name}: "
    "een van deze meerderheden klopt niet.",
)
