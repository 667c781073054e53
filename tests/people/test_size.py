"""Size classes: hand-computed scenarios of partners, groups, investors, public bodies and two years."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.people.enterprises import words
from aifactory.people.enterprises.determination import Accounts, AccountsAreMissing, determine
from aifactory.people.enterprises.holdings import WHOLE, Firm, Holding, HoldingsCannotBe, Kind, Web
from aifactory.people.enterprises.size import CEILINGS, SME, Size, size_of, standing


def accounts(staff: float, turnover: int, balance: int, *, consolidated: bool = False) -> Accounts:
    return Accounts(round(staff * 100), turnover, balance, consolidated)


def holds(owner: str, held: str, percent: float, **more: object) -> Holding:
    return Holding(owner, held, round(percent * 100), round(percent * 100), **more)  # type: ignore[arg-type]


def decided(holdings: list[Holding], kinds: dict[str, Kind] | None = None, **figures: Accounts):
    """Determine the class of A in 2025 from the figures of that year."""
    names = {"A", *figures, *(h.owner for h in holdings), *(h.held for h in holdings)}
    firms = [Firm(name, f"Firm {name}", (kinds or {}).get(name, Kind.ENTERPRISE)) for name in sorted(names)]
    return determine("A", firms, holdings, {name: {2025: found} for name, found in figures.items()})


def sums(found) -> tuple[Fraction, Fraction, Fraction]:
    year = found.years[-1]
    return tuple(year.total(figure) for figure in ("staff", "turnover", "balance"))  # type: ignore[return-value]


def parts(found) -> list[tuple[str, str, int]]:
    return [(one.firm, one.relation, one.share) for one in found.years[-1].added]


OWN = accounts(40, 6_000_000, 4_000_000)


def test_an_autonomous_enterprise_counts_its_own_figures_only():
    found = decided([holds("B", "A", 24.99)], A=OWN)
    assert (found.size, sums(found), parts(found)) == (
        Size.SMALL,
        (4000, 6_000_000, 4_000_000),
        [("A", "own", WHOLE)],
    )
    assert [reason.en for reason in found.reasons] == [
        words.AUTONOMOUS.en.format(name="Firm A"),
        words.FIGURES.en.format(
            year=2025, staff="40", turnover="6\u00a0000\u00a0000", balance="4\u00a0000\u00a0000"
        ),
        "These figures are those of a small enterprise (Article 2; (EU) 2025/1099 for small mid-caps).",
    ]


def test_partners_on_both_sides_add_their_share():
    """B holds 33 % of A, A holds 49 % of C: 100 % of A, 33 % of B, 49 % of C."""
    found = decided(
        [holds("B", "A", 33), holds("A", "C", 49)],
        A=OWN,
        B=accounts(100, 10_000_000, 9_000_000),
        C=accounts(10, 1_000_000, 500_000),
    )
    assert sums(found) == (
        4000 + 3300 + 490,
        6_000_000 + 3_300_000 + 490_000,
        4_000_000 + 2_970_000 + 245_000,
    )
    assert parts(found) == [("A", "own", WHOLE), ("B", "partner", 3300), ("C", "partner", 4900)]
    assert found.size is Size.MEDIUM


def test_linked_enterprises_add_all_and_their_partners_a_share():
    """A holds 60 % of C; D holds 38 % of C: 100 % of A and C, 38 % of D, and 38 % of E that D controls."""
    found = decided(
        [holds("A", "C", 60), holds("D", "C", 38), holds("D", "E", 100)],
        A=OWN,
        C=accounts(20, 2_000_000, 1_000_000),
        D=accounts(50, 5_000_000, 4_000_000),
        E=accounts(100, 1_000_000, 1_000_000),
    )
    assert parts(found) == [
        ("A", "own", WHOLE),
        ("C", "linked", WHOLE),
        ("D", "partner", 3800),
        ("E", "linked_to_partner", 3800),
    ]
    assert sums(found)[0] == 4000 + 2000 + 1900 + 3800
    assert found.linked == ("C",)


def test_a_chain_of_majorities_links_from_end_to_end():
    chain = [holds("D", "C", 51), holds("C", "B", 75), holds("B", "A", 60)]
    figures = {name: accounts(30, 3_000_000, 2_000_000) for name in "ABCD"}
    found = decided(chain, **figures)
    assert (found.linked, sums(found)[0], found.size) == (("B", "C", "D"), 12_000, Size.MEDIUM)


def test_partners_of_partners_are_not_added():
    found = decided([holds("B", "A", 30), holds("C", "B", 40)], A=OWN, B=accounts(10, 0, 0))
    assert parts(found) == [("A", "own", WHOLE), ("B", "partner", 3000)]


def test_enterprises_of_one_group_hold_jointly():
    """B and C belong to G; together they hold 55 % of A, so the whole group is linked."""
    group = [holds("G", "B", 100), holds("G", "C", 80), holds("B", "A", 30), holds("C", "A", 25)]
    figures = {name: accounts(10, 100, 100) for name in "ABCG"}
    assert decided(group, **figures).linked == ("B", "C", "G")


def test_exempt_investors_add_nothing_up_to_half_and_all_beyond():
    """A university with 25 % and an investor with 30 %: exempt apart, counted once they are linked to each other."""
    kinds = {"U": Kind.UNIVERSITY, "P": Kind.PUBLIC_INVESTOR}
    apart = [holds("U", "A", 25), holds("P", "A", 30), holds("C", "A", 25)]
    figures = {
        "A": OWN,
        "U": accounts(3000, 10**9, 10**9),
        "P": accounts(40, 10**8, 10**9),
        "C": accounts(8, 0, 0),
    }
    found = decided(apart, kinds, **figures)
    assert (parts(found), found.size) == ([("A", "own", WHOLE), ("C", "partner", 2500)], Size.SMALL)
    together = decided([*apart, holds("P", "U", 60)], kinds, **figures)
    assert (together.linked, together.size) == (("P", "U"), Size.LARGE)


@pytest.mark.parametrize(
    ("kind", "percent", "size"),
    [
        (Kind.PUBLIC_BODY, 24.99, Size.SMALL),
        (Kind.PUBLIC_BODY, 25, Size.LARGE),
        (Kind.SMALL_AUTHORITY, 50, Size.SMALL),
        (Kind.SMALL_AUTHORITY, 51, Size.LARGE),
        (Kind.VENTURE_CAPITAL, 50, Size.SMALL),
        (Kind.PERSON, 100, Size.SMALL),
    ],
)
def test_who_may_hold_how_much_of_a_small_enterprise(kind, percent, size):
    found = decided([holds("H", "A", percent)], {"H": kind}, A=OWN, H=accounts(1, 0, 0))
    assert found.size is size


def test_public_bodies_count_together_and_through_what_they_control():
    kinds = {"S": Kind.PUBLIC_BODY, "T": Kind.PUBLIC_BODY}
    jointly = [holds("S", "A", 13), holds("T", "A", 12)]
    through = [holds("S", "B", 60), holds("B", "A", 30)]
    diluted = [holds("S", "B", 30), holds("B", "A", 60)]
    figures = {"A": OWN, "B": accounts(1, 0, 0)}
    assert [decided(h, kinds, **figures).size for h in (jointly, through, diluted)] == [
        Size.LARGE,
        Size.LARGE,
        Size.SMALL,
    ]
    assert (
        decided(through, kinds, **figures).reasons[-1].en.startswith("Public bodies control 30 % of Firm A:")
    )


def test_a_person_links_only_enterprises_in_the_same_market():
    figures = {"A": OWN, "B": accounts(300, 60_000_000, 60_000_000)}
    owner = {"P": Kind.PERSON}
    apart = [holds("P", "A", 100), holds("P", "B", 100)]
    alike = [holds("P", "A", 100, same_market=True), holds("P", "B", 100, same_market=True)]
    assert [decided(h, owner, **figures).size for h in (apart, alike)] == [Size.SMALL, Size.SMALL_MID_CAP]


def test_consolidated_accounts_hold_subsidiaries_already():
    tied = [holds("A", "C", 100), holds("C", "D", 80)]
    group = accounts(90, 9_000_000, 9_000_000, consolidated=True)
    found = decided(tied, A=group, C=accounts(50, 1, 1), D=accounts(20, 1, 1))
    assert (parts(found), sums(found)[0]) == (
        [("A", "own", WHOLE), ("C", "consolidated", WHOLE), ("D", "consolidated", WHOLE)],
        9000,
    )


def test_control_without_shares_links_and_cross_holdings_count_the_greater():
    board = decided([Holding("B", "A", 0, 0, control=True)], A=OWN, B=accounts(5, 0, 0))
    assert board.linked == ("B",)
    crossed = decided([holds("B", "A", 30), holds("A", "B", 45)], A=OWN, B=accounts(100, 0, 0))
    assert parts(crossed)[1] == ("B", "partner", 4500)


def test_capital_or_votes_whichever_is_greater():
    found = decided([Holding("B", "A", 2000, 4000)], A=OWN, B=accounts(100, 0, 0))
    assert parts(found)[1] == ("B", "partner", 4000)


@pytest.mark.parametrize(
    ("yearly", "now"),
    [
        ("small", "small"),
        ("small medium", "small"),
        ("small medium medium", "medium"),
        ("small medium small medium", "small"),
        ("small medium large", "medium"),
        ("small large large", "large"),
        ("large medium", "large"),
        ("large medium small", "medium"),
        ("micro small micro", "micro"),
        ("medium small_mid_cap small_mid_cap medium", "small_mid_cap"),
    ],
)
def test_a_class_changes_after_two_years_in_a_row(yearly, now):
    assert standing([Size(word) for word in yearly.split()]) is Size(now)


def test_two_years_in_a_determination_say_why():
    big = accounts(60, 20_000_000, 20_000_000)
    found = determine("A", [Firm("A", "Acme")], [], {"A": {2024: OWN, 2025: big}})
    assert (found.size, [year.size for year in found.years]) == (Size.SMALL, [Size.SMALL, Size.MEDIUM])
    assert found.reasons[-1].nl == (
        "Zij telt nog als kleine onderneming: een klasse verandert pas na twee jaar op rij boven of onder de grens "
        "(artikel 4, lid 2)."
    )


@pytest.mark.parametrize(
    ("holdings", "rule", "says"),
    [
        ([holds("A", "A", 10)], "holding:itself", "Firm A can't be its own owner"),
        ([holds("B", "A", 60), holds("C", "A", 40.01)], "holding:over_all", "add up to 100.01 %"),
        ([holds("B", "A", 60), holds("A", "B", 70)], "holding:circle", "controls an enterprise that in turn"),
    ],
)
def test_holdings_that_cannot_be_are_named(holdings, rule, says):
    with pytest.raises(HoldingsCannotBe) as refusal:
        decided(holdings, A=OWN, B=OWN, C=OWN)
    assert (refusal.value.rule, says in refusal.value.text.en) == (rule, True)


def test_missing_accounts_are_named():
    with pytest.raises(AccountsAreMissing, match="Add the accounts of Firm B for 2025"):
        decided([holds("B", "A", 30)], A=OWN)
    with pytest.raises(AccountsAreMissing, match="Add the accounts of Firm A for the last year"):
        decided([])
    with pytest.raises(AccountsAreMissing, match="for 2024"):
        determine("A", [Firm("A", "Acme")], [], {"A": {2023: OWN, 2025: OWN}})


money = st.integers(0, 10**12)


@given(st.integers(0, 10**7), money, money)
def test_more_of_anything_never_makes_an_enterprise_smaller(staff, turnover, balance):
    order = list(Size)
    here = order.index(size_of(Fraction(staff, 100), turnover, balance))
    assert order.index(size_of(Fraction(staff, 100) + 1, turnover, balance)) >= here
    assert order.index(size_of(Fraction(staff, 100), turnover + 10**6, balance)) >= here
    assert {ceiling.size for ceiling in CEILINGS[:3]} == SME


@given(st.lists(st.sampled_from(list(Size)), min_size=1, max_size=6))
def test_a_standing_class_lies_within_the_years_seen(yearly):
    order = list(Size)
    assert min(map(order.index, yearly)) <= order.index(standing(yearly)) <= max(map(order.index, yearly))
    assert standing([*yearly, yearly[-1]]) is yearly[-1]


shares = st.lists(
    st.tuples(
        st.sampled_from("ABCDE"), st.sampled_from("ABCDE"), st.integers(1, 2000) | st.integers(5001, 6000)
    ),
    max_size=6,
    unique_by=lambda one: one[:2],
)


@given(shares)
def test_being_linked_goes_both_ways_and_knows_no_order(found):
    firms = [Firm(name, name) for name in "ABCDE"]
    holdings = [Holding(owner, held, share, share) for owner, held, share in found]
    try:
        webs = [Web(firms, order) for order in list(permutations(holdings))[:6]]
    except HoldingsCannotBe:
        return
    for name in "ABCDE":
        group = webs[0].group(name)
        assert {web.group(name) for web in webs} == {group}
        assert all(webs[0].group(other) == group for other in group)
