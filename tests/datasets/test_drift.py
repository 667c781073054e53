import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.datasets import actions, queries
from aifactory.datasets.drift import Change, _variation, changes
from aifactory.datasets.inspection import inspect_table
from tests.datasets import factories as make
from tests.people.factories import person


def report(tmp_path, text, *, restricted=False, name="a.csv"):
    path = tmp_path / "x.csv"
    path.write_text(text)
    table = inspect_table(path, media_type="text/csv", restricted=restricted)
    return {"files": [{"path": name, "digest": str(hash(text)), "table": table}]}


def rows(values, colours):
    return "n,colour\n" + "".join(f"{n},{colour}\n" for n, colour in zip(values, colours, strict=True))


OLD = rows(range(100), ["red"] * 50 + ["blue"] * 50)


def test_nothing_changed(tmp_path):
    assert changes(report(tmp_path, OLD), report(tmp_path, OLD)) == []


def test_each_kind_of_change_has_its_figure(tmp_path):
    new = rows(range(50, 150), ["red"] * 90 + ["blue"] * 10)
    assert changes(report(tmp_path, OLD), report(tmp_path, new)) == [
        Change("a.csv", "n", "median", 1.01),
        Change("a.csv", "colour", "values", 0.4),
    ]
    other = "colour,extra,n\n" + "red,1,\n" * 30 + "blue,1,7\n" * 30
    found = changes(report(tmp_path, OLD), report(tmp_path, other))
    assert {(c.column, c.what): c.figure for c in found} == {
        ("", "rows"): -0.4,
        ("extra", "added"): None,
        ("n", "missing"): 0.5,
        ("n", "median"): -0.859,
    }
    assert changes(report(tmp_path, OLD), report(tmp_path, OLD, name="b.csv")) == [
        Change("b.csv", "", "added"),
        Change("a.csv", "", "removed"),
    ]


def test_what_a_restricted_report_hides_is_not_compared(tmp_path):
    rare = rows(range(100), ["red"] * 99 + ["zq-rare"])
    found = changes(report(tmp_path, OLD, restricted=True), report(tmp_path, rare, restricted=True))
    assert found == []


def words(counts):
    return [{"value": n, "count": count} for n, count in enumerate(counts) if count]


COUNTS = st.lists(st.integers(0, 50), min_size=3, max_size=3).filter(any)


@given(COUNTS, COUNTS)
def test_the_share_that_moved_is_a_distance(one, other):
    there, back = _variation(words(one), words(other)), _variation(words(other), words(one))
    assert 0 <= there <= 1 + 1e-9
    assert abs(there - back) < 1e-9
    assert _variation(words(one), words(one)) == 0
    assert (abs(there - 1) < 1e-9) == (not any(a and b for a, b in zip(one, other, strict=True)))


@pytest.mark.django_db
@pytest.mark.usefixtures("store")
def test_a_version_shows_what_changed_to_who_may_know_the_columns(client):
    dataset = make.published()
    second = make.version(dataset, [("cells.csv", make.CSV.replace(b"texture", b"zqnew"))])
    before, found = queries.drift_of(second, dataset.steward)
    assert before.number == 1
    assert found == [Change("cells.csv", "zqnew", "added"), Change("cells.csv", "texture", "removed")]
    client.force_login(dataset.steward)
    assert "What changed since version 1" in client.get(f"/datasets/versions/{second.pk}/").content.decode()
    assert client.get(f"/api/v1/dataset-versions/{second.pk}/drift").json()["since"] == before.pk
    client.force_login(person())
    assert "zqnew" not in client.get(f"/datasets/versions/{second.pk}/").content.decode()
    assert client.get(f"/api/v1/dataset-versions/{second.pk}/drift").json() == {
        "since": None,
        "changes": None,
    }
    assert actions.verify_files(second, by=dataset.steward) is None
