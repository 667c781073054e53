import json
import random
from pathlib import Path

import duckdb
import pytest

from aifactory.datasets.inspection import InspectionLimits, NotATable, inspect_table, report_digest
from aifactory.kit.canonical import canonical

CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"


def table(tmp_path, text, name="data.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_the_whole_report_on_a_small_open_table(tmp_path):
    report = inspect_table(table(tmp_path, "city,degrees\nEde,1.5\nEde,2.5\nOss,\nOss,\n"), media_type=CSV)
    assert report == {
        "schema": "aifactory/inspection/1",
        "restricted": False,
        "floor": 0,
        "rows": 4,
        "duplicate_rows": 1,
        "skipped_lines": 0,
        "columns": [
            {
                "name": "city",
                "type": "VARCHAR",
                "kind": "text",
                "missing": 0,
                "distinct": 2,
                "personal_data": [],
                "values": [{"value": "Ede", "count": 2}, {"value": "Oss", "count": 2}],
            },
            {
                "name": "degrees",
                "type": "DOUBLE",
                "kind": "number",
                "missing": 2,
                "distinct": 2,
                "personal_data": [],
                "mean": 2.0,
                "deviation": 0.707107,
                "quantiles": {"0.05": 1.55, "0.25": 1.75, "0.5": 2.0, "0.75": 2.25, "0.95": 2.45},
                "min": 1.5,
                "max": 2.5,
                "histogram": {
                    "edges": [1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5],
                    "open_ended": False,
                    "counts": [1, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                },
                "values": [{"value": 1.5, "count": 1}, {"value": 2.5, "count": 1}],
            },
        ],
        "singling_out": None,
        "checks": [
            {"check": "has-rows", "passed": True, "figure": 4, "columns": []},
            {"check": "no-duplicate-rows", "passed": False, "figure": 1, "columns": []},
            {"check": "no-lines-skipped", "passed": True, "figure": 0, "columns": []},
            {"check": "values-present", "passed": False, "figure": 1, "columns": ["degrees"]},
            {"check": "values-vary", "passed": True, "figure": 0, "columns": []},
            {"check": "columns-named", "passed": True, "figure": 0, "columns": []},
            {"check": "no-signs-of-personal-data", "passed": True, "figure": 0, "columns": []},
        ],
    }


def patients(rows):
    """Invented patients; one is 117 years old and alone with a rare diagnosis."""
    chance = random.Random(7)
    lines = [f"{chance.randint(20, 80)},{chance.choice('MF')},common" for _ in range(rows - 1)]
    return "age,sex,diagnosis\n" + "\n".join([*lines, "117,F,rare"]) + "\n"


def test_a_restricted_report_shows_no_single_person(tmp_path):
    report = inspect_table(table(tmp_path, patients(400)), media_type=CSV, restricted=True)
    age, _sex, diagnosis = report["columns"]
    text = json.dumps(report)
    assert "117" not in text
    assert "rare" not in text
    assert set(age["quantiles"]) == {"0.05", "0.25", "0.5", "0.75", "0.95"}
    assert "min" not in age
    assert age["histogram"]["open_ended"]
    # one cell of 1 is hidden, and the other with it: 400 - 399 would tell
    assert diagnosis["values"] == [{"value": None, "count": None}] * 2
    assert report["singling_out"] == {"columns": ["age", "sex"], "smallest_group": 1, "rows_alone": 20}


def test_a_restricted_report_on_few_rows_has_no_figures(tmp_path):
    (column,) = inspect_table(
        table(tmp_path, "income\n" + "\n".join("123456789") + "\n"), media_type=CSV, restricted=True
    )["columns"]
    assert set(column) == {"name", "type", "kind", "missing", "distinct", "personal_data", "values"}
    assert column["values"] == [{"value": None, "count": None}] * 9


def test_values_of_a_personal_column_are_never_shown(tmp_path):
    path = table(tmp_path, "contact\n" + "a@example.org\nb@example.org\n" * 20)
    (column,) = inspect_table(path, media_type=CSV)["columns"]
    assert column["personal_data"] == [{"kind": "email", "confidence": "high", "share": 1.0}]
    assert "values" not in column


def test_equal_bytes_give_an_equal_digest_and_other_bytes_another(tmp_path):
    first = inspect_table(table(tmp_path, patients(3000)), media_type=CSV)
    again = inspect_table(table(tmp_path, patients(3000), "other name.csv"), media_type=CSV)
    other = inspect_table(table(tmp_path, patients(2999), "c.csv"), media_type=CSV)
    assert report_digest(first) == report_digest(again) != report_digest(other)


@pytest.mark.parametrize("name", ["a'; DROP TABLE t; --.csv", "*.csv", "a[0-9]?.csv"])
def test_a_hostile_file_name_is_only_a_name(tmp_path, name):
    table(tmp_path, "secret\n1\n", "b.csv")
    assert inspect_table(table(tmp_path, "a\n1\n2\n", name), media_type=CSV)["rows"] == 2


def test_hostile_column_names_are_only_names(tmp_path):
    name = '"""; DROP TABLE t; SELECT * FROM read_text(\'/etc/passwd\') --"'
    report = inspect_table(table(tmp_path, f"{name},<script>\n1,2\n3,4\n"), media_type=CSV)
    assert [c["name"] for c in report["columns"]] == [
        "\"; DROP TABLE t; SELECT * FROM read_text('/etc/passwd') --",
        "<script>",
    ]


def test_odd_numbers_stay_plain_json(tmp_path):
    path = tmp_path / "x.parquet"
    duckdb.sql(
        "SELECT * FROM (VALUES (9223372036854775807, 'inf'::DOUBLE), (1, 'nan'), (2, 1e300)) AS t(a, b)"
    ).write_parquet(str(path))
    report = inspect_table(path, media_type=PARQUET)
    assert canonical(report)
    assert report["columns"][0]["max"] == "9223372036854775807"
    assert report["columns"][1]["max"] == "1e+300"


def test_parquet_with_nested_and_wide_types(tmp_path):
    path = tmp_path / "x.parquet"
    duckdb.sql(
        "SELECT range AS n, {'a': range} AS nested, DATE '2026-01-01' + range::INT AS day FROM range(30)"
    ).write_parquet(str(path))
    report = inspect_table(path, media_type=PARQUET)
    assert [(c["name"], c["kind"]) for c in report["columns"]] == [
        ("n", "number"),
        ("nested", "other"),
        ("day", "time"),
    ]
    assert (report["columns"][2]["min"], report["columns"][2]["max"]) == ("2026-01-01", "2026-01-30")


@pytest.mark.parametrize("text", ["a,b\n" + "1,2\n" * 9 + "3,4,5\n" + "1,2\n" * 9, "PAR1"])
def test_a_broken_table_is_refused_in_a_sentence(tmp_path, text):
    media_type = CSV if "," in text else PARQUET
    with pytest.raises(NotATable, match="can't be read as a table"):
        inspect_table(table(tmp_path, text), media_type=media_type)


def test_notes_before_the_table_are_reported(tmp_path):
    report = inspect_table(table(tmp_path, "A note\nAnother\na,b\n" + "1,2\n" * 20), media_type=CSV)
    assert (report["skipped_lines"], [c["name"] for c in report["columns"]]) == (2, ["a", "b"])
    assert [c["check"] for c in report["checks"] if not c["passed"]] == [
        "no-duplicate-rows",
        "no-lines-skipped",
        "values-vary",
    ]


def test_memory_is_limited(tmp_path):
    path = table(tmp_path, "a\n" + "\n".join(str(n) for n in range(300_000)) + "\n")
    with pytest.raises(NotATable):
        inspect_table(path, media_type=CSV, limits=InspectionLimits(memory=1_000_000, disk=1_000_000))


def test_a_table_too_large_for_the_memory_is_packed_on_disk(tmp_path, monkeypatch):
    lines = "\n".join(f"{n},{n % 9},remark {n % 50} on what was seen" for n in range(150_000))
    path, opened, connect = table(tmp_path, f"a,b,c\n{lines}\n"), [], duckdb.connect
    monkeypatch.setattr(
        duckdb, "connect", lambda at, **more: opened.append(Path(at).name) or connect(at, **more)
    )
    limits = InspectionLimits(memory=2 * path.stat().st_size - 2)
    assert inspect_table(path, media_type=CSV, limits=limits) == inspect_table(path, media_type=CSV)
    assert opened == ["room", ":memory:"]


def test_real_tables(shared):
    found = {
        name: inspect_table(shared / "data" / "tabular" / name, media_type=CSV)
        for name in (
            "vega-seattle-weather.csv",
            "eu-ets-sector-emissions.csv",
            "unlocode-subdivision-codes.csv",
        )
    }
    assert [(r["rows"], len(r["columns"]), r["duplicate_rows"]) for r in found.values()] == [
        (1461, 6, 0), (161, 3, 0), (4678, 4, 5),
    ]  # fmt: skip
    assert [c["check"] for r in found.values() for c in r["checks"] if not c["passed"]] == [
        "no-duplicate-rows"
    ]


def test_a_value_far_down_that_does_not_fit_changes_the_type_and_loses_no_row(tmp_path):
    text = "a,b\n" + "1,2026-01-01\n" * 120_000 + "x,unknown\n"
    report = inspect_table(table(tmp_path, text), media_type=CSV)
    assert report["rows"] == 120_001
    assert [column["type"] for column in report["columns"]] == ["VARCHAR", "VARCHAR"]
