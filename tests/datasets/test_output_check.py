"""What the rules see in a file before it leaves: each sign where it is due, and none where it is not."""

import json
from base64 import b64encode, encodebytes
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aifactory.datasets.output_check import Given, blocking, signs
from aifactory.datasets.small_cells import FLOOR, suppressed

PATIENTS = "id,age,sex,hba1c\n" + "".join(
    f"{1000 + n},{20 + n % 60},{'FM'[n % 2]},{5 + n % 7 / 10:.1f}\n" for n in range(600)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("check")


def seen(folder, name, content, *, data=PATIENTS, data_name="patients.csv"):
    """Return the rules that a file meets, beside one input."""
    content = content if isinstance(content, bytes) else content.encode()
    (folder / "out").write_bytes(content)
    (folder / "in").write_text(data)
    given_ = Given(folder / "in", data_name, digest_of(data.encode()))
    return signs(folder / "out", name=name, digest=digest_of(content), inputs=[given_])


def digest_of(content):
    return "sha256:" + sha256(content).hexdigest()


def rules(found):
    return [sign.rule for sign in found]


def test_a_copy_of_the_data_is_refused_whatever_it_is_called(folder):
    found = seen(folder, "harmless.png", PATIENTS)
    assert [(s.rule, s.blocks) for s in found] == [("copy", True)]
    assert blocking(found) == found
    assert (
        found[0].text.nl == "Dit bestand is een kopie van de gegevens zelf. Het kan niet worden vrijgegeven."
    )


ROW = PATIENTS.splitlines()[1]
FINE = "group,mean,people\nyoung,5.3,120\nold,5.4,480\n"


def notebook(*printed):
    """Return a notebook of one cell that printed this."""
    output = {"output_type": "stream", "name": "stdout", "text": [f"{line}\n" for line in printed]}
    cell = {
        "cell_type": "code", "execution_count": 3, "metadata": {}, "source": ["table.head(1)"],
        "outputs": [output] if printed else [],
    }  # fmt: skip
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


CASES = [
    ("a notebook without outputs", "work.ipynb", notebook(), []),
    (
        "a notebook that shows a row",
        "work.ipynb",
        notebook(f"0  {ROW.replace(',', '  ')}"),
        ["notebook", "lines"],
    ),
    ("a notebook that is none", "work.ipynb", '{"cells": [1, {"outputs": 0}]}', []),
    ("a table of large groups", "table.csv", FINE, []),
    ("a table with a group of three", "table.csv", FINE + "odd,5.9,3\n", ["small-cells"]),
    ("single people in a table", "sample.csv", "\n".join(PATIENTS.splitlines()[:4]), ["rows"]),
    ("some columns of single people", "some.csv", "hba1c,id\n5.1,1001\n", ["rows"]),
    ("a value that many share", "sexes.csv", "sex,mean\nF,5.3\nM,5.2\n", []),
    ("records in JSON", "rows.json", json.dumps([{"id": 1003, "hba1c": 5.3}]), ["rows"]),
    ("a row that was printed", "log.txt", f"epoch 1\nfirst row: [{ROW.replace(',', ', ')}]\n", ["lines"]),
    ("a log without rows", "log.txt", "epoch 1 loss 0.3\nepoch 2 loss 0.2\n", []),
    ("a confusion matrix of few", "metrics.json", '{"confusion": [[40, 3], [12, 51]]}', ["small-cells"]),
    ("a confusion matrix of many", "metrics.json", '{"confusion": [[40, 30], [12, 51]], "auc": 0.9}', []),
    ("a count of few by name", "facts.json", '{"auc": 0.9, "n": 4}', ["small-cells"]),
    ("figures only", "metrics.json", '{"auc": 0.91, "folds": 5}', []),
    ("a model as text", "model.json", '{"weights": [0.25, 1.5]}', ["model"]),
    ("a model in bytes", "net.onnx", b"\x08\x00\xff", ["model", "opaque"]),
    ("a picture", "roc.png", b"\x89PNG\r\n\x1a\n\x00\x00", ["opaque"]),
    ("somebody's mail address", "note.txt", "Ask j.de.vries@linde.example for more.", ["personal-data"]),
    ("a group of three below one that is missing", "t.csv", "ward,n\nA,40\nB,n/a\nC,3\n", ["small-cells"]),
    ("a group of three above a large one", "t.csv", 'ward,n\nA,3\nB,"1,234"\n', ["small-cells"]),
    ("a total of millions", "t.csv", "ward;n\nA;1.234.567\n", []),
    ("counts with a fraction of nothing", "t.json", '{"count": {"A": 40.0, "B": 3.0}}', ["small-cells"]),
    ("counts as text", "t.json", '{"count": {"A": "40", "B": "3"}}', ["small-cells"]),
    ("counts two names down", "t.json", '{"n": {"ward A": {"men": 3, "mean": 5.3}}}', ["small-cells"]),
    ("how often each value came", "t.json", '{"A": 40, "B": 3}', ["small-cells"]),
    ("counts with one that is missing", "t.json", '{"confusion": [[40, null], [3, 50]]}', ["small-cells"]),
    (
        "records of groups, not all alike",
        "t.json",
        '{"r": [{"w": "A", "m": 3}, {"w": "B", "m": 30, "x": 0}]}',
        ["small-cells"],
    ),
    ("large groups two names down", "t.json", '{"n": {"ward A": {"men": 30, "women": 40}}}', []),
    ("a table under another name", "t.txt", "ward,n\nA,40\nB,3\n", ["small-cells"]),
    (
        "a table in a report",
        "report.md",
        "# Wards\n\n| ward | n |\n|---|---|\n| A | 40 |\n| B | 3 |\n",
        ["small-cells"],
    ),
    ("a table that was printed", "log.txt", "done\n   ward   n\n0  A     40\n1  B      3\n", ["small-cells"]),
    ("shares of a group", "t.csv", "ward,share\nA,0.975\nB,0.025\n", ["shares"]),
    ("shares with their mark", "t.csv", 'ward,men\nA,"97,5%"\nB,"2,5%"\n', ["shares"]),
    ("bytes as text", "notes.txt", "see below\n" + b64encode(PATIENTS[:900].encode()).decode(), ["coded"]),
    ("bytes as text, in lines", "notes.txt", encodebytes(PATIENTS[:900].encode()).decode(), ["coded"]),
    ("lines of dashes", "notes.txt", "-" * 500 + "\n" + "=" * 70 + "\n", []),
    ("rows under other names", "t.csv", "a,b,sex,d\n" + ROW + "\n", ["small-cells", "lines"]),
    ("a model of trees as text", "trees.txt", "tree\nversion=v4\nnum_class=1\n", ["model"]),
    (
        "one mail address in a long table",
        "t.csv",
        "x,y\n" + "0.5,a\n" * 300 + "0.5,j.de.vries@linde.example\n",
        ["personal-data"],
    ),
    ("a bank account with spaces", "n.txt", "Paid to NL91 ABNA 0417 1643 00 in May.\n", ["personal-data"]),
    ("a citizen's number with dots", "n.txt", "Known as 1112.22.333 here.\n", ["personal-data"]),
    ("a long table", "long.csv", "x,y\n" + "0.5,0.25\n" * 1_001, ["long"]),
]


@pytest.mark.parametrize(("name", "content", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_each_rule_sees_what_it_is_for(folder, name, content, expected):
    assert rules(seen(folder, name, content)) == expected


def test_lines_of_a_text_are_found_again(folder):
    letter = "Mevrouw klaagt sinds drie weken over duizeligheid.\nGeen bijzonderheden.\n"
    found = seen(folder, "notes.md", "Example: \n" + letter, data=letter, data_name="letter.txt")
    assert [s.text.en for s in found] == ["2 rows of letter.txt stand in it, value for value."]


def test_what_is_too_large_to_compare_with_is_named(folder):
    (folder / "out").write_text(FINE)
    found = signs(folder / "out", name="t.csv", digest="x", inputs=[Given(None, "huge.csv", "y")])
    assert [s.text.en[:34] for s in found] == ["It was not compared with huge.csv,"]


def test_rows_of_a_parquet_file_are_found_again(folder):
    import duckdb

    (folder / "table.csv").write_text(PATIENTS)
    with duckdb.connect() as room:
        source, target = folder / "table.csv", folder / "table.parquet"
        room.execute(f"COPY (SELECT * FROM read_csv('{source}')) TO '{target}' (FORMAT parquet)")
    out = folder / "some.csv"
    out.write_text("id,hba1c\n1001,5.1\n")
    found = signs(out, name="some.csv", digest="x", inputs=[Given(target, "table.parquet", "y")])
    assert rules(found) == ["rows"]


@settings(max_examples=60, deadline=None)
@given(counts=st.lists(st.integers(0, 40), min_size=1, max_size=12))
def test_small_counts_are_seen_exactly_where_they_are(folder, counts):
    table = "group,people\n" + "".join(f"g{n},{count}\n" for n, count in enumerate(counts))
    found = [s for s in seen(folder, "t.csv", table) if s.rule == "small-cells"]
    few = sum(0 < n < FLOOR for n in counts)
    more = sum(n is None for n in suppressed(counts)) - few
    told = f"Numbers from 1 to below 10 in “people”: {few}. If they count people, hide them, and {more} more from "
    assert [s.text.en for s in found] == ([told + "which they could be computed."] if few else [])


@settings(max_examples=40, deadline=None)
@given(
    columns=st.lists(st.sampled_from(["id", "age", "sex", "hba1c"]), min_size=1, unique=True),
    row=st.integers(0, 599),
    noise=st.integers(0, 5),
)
def test_any_part_of_a_row_that_few_have_is_seen(folder, columns, row, noise):
    names, *lines = (line.split(",") for line in PATIENTS.splitlines())
    cells = [lines[row][names.index(name)] for name in columns]
    shared = sum([line[names.index(name)] for name in columns] == cells for line in lines)
    table = ",".join([*columns, "score"]) + "\n" + f"{','.join(cells)},0.5\n" + "-1,\n" * noise
    found = "rows" in rules(seen(folder, "t.csv", table))
    assert found == (shared < FLOOR)
