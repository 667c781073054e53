import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.datasets.inspection import inspect_table
from aifactory.datasets.personal_data import (
    EVERY,
    Confidence,
    Hint,
    has_email,
    hints,
    is_address,
    is_bsn,
    is_iban,
    is_ip_address,
    is_long_text,
    is_name,
    is_phone,
    is_postcode,
    is_quasi_identifier,
    passes,
)
from aifactory.datasets.small_cells import FLOOR, suppressed

VALID_BSN = ["111222333", "123456782", "010464554", "10464554"]


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (
            is_bsn,
            [*VALID_BSN, "1112.22.333", "111 222 333", "111222333.0", "10464554.0"],
            [
                "111222334",
                "000000000",
                "12345678",
                "1112223330",
                "11122233a",
                "1112.22.334",
                "1112 22.333",
                "111222333.5",
            ],
        ),
        (
            is_iban,
            ["NL91 ABNA 0417 1643 00", "NL91.ABNA.0417.1643.00", "DE89370400440532013000"],
            ["NL92ABNA0417164300", "NL91", "hello"],
        ),
        (has_email, ["a.b+c@d-e.nl", "mail x@example.org please"], ["@", "a@b", "a@b.c", "at home @ noon"]),
        (is_phone, ["06-12345678", "+31 6 1234 5678", "0031612345678"], ["12345", "0012", "0000000000"]),
        (is_postcode, ["1012 JS", "9999zz"], ["0999 AA", "1012 SS", "1012J", "10123 JS"]),
        (is_ip_address, ["192.168.0.1", "::1", "2001:db8::1"], ["1.2.3", "300.1.1.1", "12:30"]),
    ],
)
def test_identifiers_are_told_from_what_looks_like_them(check, good, bad):
    assert [check(x) for x in good] == [True] * len(good)
    assert [check(x) for x in bad] == [False] * len(bad)


@given(st.integers(10_000_000, 999_999_999))
def test_changing_one_digit_of_a_bsn_makes_it_fail(number):
    text = f"{number:09}"
    if is_bsn(text):
        assert not is_bsn(text[:-1] + str((int(text[-1]) + 1) % 10))


def test_a_column_of_bsns_is_found_by_its_values_alone():
    assert hints("x", VALID_BSN * 10) == [Hint("bsn", Confidence.HIGH, 1.0)]


def test_random_numbers_are_no_bsns_but_a_name_is_a_weak_sign():
    numbers = [str(n) for n in range(100_000_000, 100_001_000)]
    assert hints("amount", numbers) == []
    assert hints("BSN", numbers) == [Hint("bsn", Confidence.LOW, 0.091)]


def test_names_of_columns():
    assert hints("patientId", ["1"]) == [Hint("person-number", Confidence.MEDIUM, 0.0)]
    assert hints("geboortedatum", ["1990-01-01"]) == [Hint("birth-date", Confidence.MEDIUM, 0.0)]
    assert hints("last_name", ["Jansen"]) == [Hint("name", Confidence.MEDIUM, 0.0)]
    assert hints("filename", ["a.csv"]) == []
    assert [is_quasi_identifier(c) for c in ("age", "Leeftijd", "post_code", "average", "package")] == [
        True, True, True, False, False,
    ]  # fmt: skip


@given(st.lists(st.integers(0, 60), max_size=12))
def test_hidden_cells_can_not_be_computed_from_the_total(counts):
    shown = suppressed(counts)
    hidden = sum(counts) - sum(n for n in shown if n is not None)
    assert all(n is None or n == 0 or n >= FLOOR for n in shown)
    assert hidden == 0 or hidden >= FLOOR or sum(counts) < FLOOR
    assert [n for n in shown if n is not None] == [
        c for c, n in zip(counts, shown, strict=True) if n is not None
    ]


@pytest.mark.parametrize(
    "value", ["Kerkstraat 12", "Kalverstraat 92 A", "Nieuwe Kade 3", "Prins Hendrikkade 33"]
)
def test_dutch_addresses(value):
    assert is_address(value)


@pytest.mark.parametrize("value", ["Kerkstraat", "12 Kerkstraat", "straat 1 maar dan anders", "weg", ""])
def test_what_is_no_address(value):
    assert not is_address(value)


@pytest.mark.parametrize(
    "value", ["Jan de Vries", "J.P. van den Berg", "Fatima El-Amrani", "A. Jansen", "Anne-Marie 't Hart"]
)
def test_names_of_people(value):
    assert is_name(value)


@pytest.mark.parametrize("value", ["jan de vries", "Amsterdam", "ID 12", "AB12", "de Vries", "Yes", "NL"])
def test_what_is_no_name(value):
    assert not is_name(value)


def test_one_address_in_a_million_rows_is_still_a_sign(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("said\n" + "nothing here\n" * 60_000 + "write to a.b@example.org please\n" + "no\n" * 7)
    (column,) = inspect_table(path, media_type="text/csv")["columns"]
    assert column["personal_data"] == [{"kind": "email", "confidence": "medium", "share": 1.7e-05}]
    assert "values" not in column


@given(
    st.one_of(
        st.text(max_size=40),
        st.text("0123456789 .,-+()/", max_size=100),
        st.from_regex(
            r"[A-Z]{1,2}\d{2}[A-Z0-9]{11,20}|[1-9]\d{3} ?[A-Z]{2}|[A-Z][a-z]+ \d+|\d{8,9}|\w+", fullmatch=True
        ),
    )
)
def test_what_is_passed_over_quickly_would_not_have_passed(value):
    checks = {
        "bsn": is_bsn, "iban": is_iban, "email": has_email, "phone": is_phone, "postcode": is_postcode,
        "ip-address": is_ip_address, "free-text": is_long_text, "name": is_name, "address": is_address,
    }  # fmt: skip
    found = passes([value, value])
    assert {code: count for code, count in found.items() if code != EVERY} == {
        code: 2 for code, check in checks.items() if check(value.strip())
    }
