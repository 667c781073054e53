"""A table in parts gets the report of the whole, whatever the cuts and however the answers are put together."""

import csv
import itertools
import random
from contextlib import ExitStack, contextmanager
from fractions import Fraction

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory.datasets.inspection import counting, inspect_table, tallies
from aifactory.datasets.inspection.asking import Count
from aifactory.datasets.inspection.counting import Bins, Hashes, Sums, double, in_order, keys
from aifactory.datasets.inspection.reading import CSV, PARQUET, Limits, Part, cut, form, load, locked, piece
from aifactory.datasets.inspection.study import studied

#: Ordinary, extreme, close together far from nothing, and many alike.
VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(0, 10**6).map(lambda n: 1.7e9 + n / 1024),
    st.integers(-9, 9).map(float),
)
CUTS = st.lists(st.integers(0, 99), max_size=5)


def parts_of(values, cuts):
    edges = sorted({0, len(values), *(c % (len(values) + 1) for c in cuts)})
    return [values[a:b] for a, b in itertools.pairwise(edges)] or [values]


def same(left, right):
    return all(np.array_equal(a, b) for a, b in zip(vars(left).values(), vars(right).values(), strict=True))


def in_a_tree(merged, parts):
    """Put parts together two by two, the last ones first: another order than all at once."""
    while len(parts) > 1:
        parts = [merged([parts[-1], parts[-2]]), *parts[:-2]]
    return merged(parts)


@settings(max_examples=80, deadline=None)
@given(st.lists(VALUES, max_size=60), CUTS)
def test_numbers_counted_in_parts_are_the_numbers_counted_at_once(values, cuts):
    whole, before = np.array(values, dtype=np.float64), counting.MOST_BINS
    counting.MOST_BINS = 8
    try:
        for kind in (Sums, Bins):
            parts = [kind.of(*in_order(part)) for part in parts_of(whole, cuts)]
            assert same(kind.merged(parts), kind.of(*in_order(whole)))
            assert same(in_a_tree(kind.merged, parts), kind.of(*in_order(whole)))
        bins = Bins.of(*in_order(whole))
    finally:
        counting.MOST_BINS = before
    assert len(bins.bins) <= 8
    for rank, value in enumerate(sorted(values)):
        assert bins.at(rank)[0] == int(keys(np.array([value]))[0]) >> bins.shift
    assert [double(int(key)) for key in keys(whole)] == values
    if values:
        exact, sums = [Fraction(value) for value in values], Sums.of(*in_order(whole))
        mean = sum(exact) / len(exact)
        assert sums.mean == float(mean)
        if len(values) > 1:
            square = sum((value - mean) ** 2 for value in exact) / (len(exact) - 1)
            assert (
                abs(Fraction(sums.deviation) ** 2 - square) <= square / 2**50 or square < Fraction(2) ** -2044
            )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1).map(lambda n: n >> (n % 60)), max_size=80), CUTS)
def test_hashes_counted_in_parts_are_those_counted_at_once(hashes, cuts):
    def of(part):
        return Hashes.of(*in_order(np.array(part, dtype=np.uint64)), 16)

    whole, parts = of(hashes), [of(part) for part in parts_of(hashes, cuts)]
    assert same(Hashes.merged(parts), whole)
    assert same(in_a_tree(Hashes.merged, parts), whole)
    different = len(set(hashes))
    assert whole.exact == (different < 16)
    if whole.exact:
        once = sum(hashes.count(one) == 1 for one in set(hashes))
        assert (whole.distinct, whole.repeated, whole.alone) == (different, len(hashes) - different, once)


def test_estimates_stay_within_the_error_that_they_tell():
    chance = np.random.default_rng(7)
    hashes = chance.integers(0, 2**64, size=200_000, dtype=np.uint64)
    counts = 1 + (np.arange(200_000) % 10 == 0)  # a tenth comes twice
    found = Hashes.of(*in_order(hashes, counts), 1 << 14)
    assert found.error == pytest.approx(0.0078, abs=1e-4)
    assert found.distinct == pytest.approx(200_000, rel=3 * found.error)
    assert found.repeated == pytest.approx(20_000, rel=0.1)
    assert found.alone == pytest.approx(180_000, rel=0.03)


def write_csv(path, rows):
    chance = random.Random(5)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["age", "sex", "postcode", "weight", "seen", "contact", "remark", "is_new", "empty"])
        for n in range(rows):
            mail = f"p{n}@example.org" if n % 97 == 0 else ""
            remark = chance.choice(["", 'said "no"', "one line\nand another", "a, b; c", "plain words"])
            out.writerow(
                [chance.randint(0, 99), chance.choice("MFX"), f"{chance.randint(1000, 9999)} AB",
                 f"{chance.gauss(70, 12):.6f}" if n % 11 else "", f"2026-{n % 12 + 1:02}-{n % 28 + 1:02}", mail, remark,
                 chance.choice(["true", "false"]), ""]
            )  # fmt: skip
        out.writerow(["31", "M", "1234 AB", "70.5", "2026-01-01", "", "twice", "true", ""])
        out.writerow(["31", "M", "1234 AB", "70.5", "2026-01-01", "", "twice", "true", ""])


@contextmanager
def in_parts(path, media_type, most):
    """Give what asks a table in parts of about `most` bytes, each in a room of its own; its form, and the parts."""
    with ExitStack() as stack:
        with locked(path, Limits()) as (database, table):
            told = form(database, table, media_type, 50_000)
            parts = cut(database, path, table, told, most)
        rooms = []
        for part in parts:
            file = stack.enter_context(piece(path, told, part))
            rooms.append(load(*stack.enter_context(locked(file, Limits())), told, part))
        yield (
            lambda question: in_a_tree(question.merged, [question.answer(room) for room in rooms]),
            told,
            parts,
        )


def test_a_csv_cut_between_rows_gets_the_report_of_the_whole(tmp_path):
    path = tmp_path / "people.csv"
    write_csv(path, 600)
    with in_parts(path, CSV, 9_000) as (ask, told, parts):
        assert len(parts) == 4
        for restricted in (True, False):
            report = studied(ask, told, restricted=restricted)
            assert report == inspect_table(path, media_type=CSV, restricted=restricted)
            assert (report["rows"], report["duplicate_rows"]) == (602, 1)


def test_a_parquet_file_in_ranges_of_rows_gets_the_report_of_the_whole(tmp_path, monkeypatch):
    """With so few bins that numbers have to be refined again and again."""
    monkeypatch.setattr(counting, "MOST_BINS", 64)
    path = tmp_path / "x.parquet"
    duckdb.sql(
        "SELECT range AS n, sin(range) * 1e6 AS wave, 1e9 + range / 3 AS far, {'a': range} AS nested, "
        "CASE WHEN range % 5 = 0 THEN 'nan'::DOUBLE ELSE 1 END AS odd, "
        "TIMESTAMP '2026-01-01' + INTERVAL (range) MINUTE AS at FROM range(4000)"
    ).write_parquet(str(path))
    with in_parts(path, PARQUET, path.stat().st_size // 3) as (ask, told, parts):
        assert len(parts) > 2
        report = studied(ask, told, restricted=False)
    assert report == inspect_table(path, media_type=PARQUET)
    wave = np.quantile(np.sin(np.arange(4000)) * 1e6, [0.05, 0.25, 0.5, 0.75, 0.95])
    assert list(report["columns"][1]["quantiles"].values()) == [float(f"{value:.6g}") for value in wave]


def test_of_many_different_values_a_bounded_number_is_kept(tmp_path):
    path = tmp_path / "x.parquet"
    duckdb.sql("SELECT range % 30000 AS n FROM range(60000)").write_parquet(str(path))
    with locked(path, Limits()) as (database, table):
        room = load(database, table, form(database, table, PARQUET, -1), Part())
        found = Count(most=1_000, most_rows=1_000).answer(room)
    (column,) = found.columns
    assert (len(column.distinct.hashes), column.distinct.exact) == (1_000, False)
    assert column.distinct.distinct == pytest.approx(30_000, rel=0.1)
    assert found.whole.repeated == pytest.approx(30_000, rel=0.1)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(VALUES.map(lambda value: value + 0.0), st.integers(1, 2**29), max_size=30))
def test_values_that_come_often_weigh_as_often(times):
    """Up to 2**32 rows: more than the products of one piece may add up to in 64 bits."""
    values, counts = in_order(
        np.array(list(times), dtype=np.float64), np.array(list(times.values()), dtype=np.int64)
    )
    sums, bins = Sums.of(values, counts), Bins.of(values, counts)
    exact = {Fraction(value): n for value, n in times.items()}
    assert (sums.count, bins.total) == (sum(times.values()), sum(times.values()))
    assert Fraction(sums.total, 2**1126) == sum(value * n for value, n in exact.items())
    assert Fraction(sums.squares, 2**2252) == sum(value**2 * n for value, n in exact.items())


@pytest.mark.parametrize("look", ["csv", "parquet"])
def test_a_tally_answers_as_the_rows_do(tmp_path, monkeypatch, look):
    path, kind = tmp_path / "x", CSV if look == "csv" else PARQUET
    if kind == CSV:
        write_csv(path, 500)
    else:
        duckdb.sql(
            "SELECT (range % 7)::HUGEINT * 10::HUGEINT**30 AS huge, (range % 50)::DECIMAL(9, 3) / 3 AS part, "
            "['nan', 'inf', '-0.0', '0', '1e-300', '7'][range % 6 + 1]::DOUBLE AS odd, "
            "(CASE WHEN range % 2 = 0 THEN 'yes' ELSE 'no' END)::ENUM('no', 'yes') AS word, NULL::VARCHAR AS empty, "
            "'GB82 WEST 1234 5698 7654 32' AS account, TIME '10:00' AS at, {'a': range % 3} AS nested, "
            "[range % 3] AS list, uuid() AS id, 'x'::BLOB AS bytes, range % 2 = 0 AS is_even FROM range(900)"
        ).write_parquet(str(path))
    reports = []
    for repeated in (0, 4, 10**9):  # every column, some, none
        monkeypatch.setattr(tallies, "REPEATED", repeated)
        reports.append(inspect_table(path, media_type=kind))
    assert reports[0] == reports[1] == reports[2]
