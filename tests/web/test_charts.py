"""Charts are plain functions: whole output on tiny input, well-formed, escaped."""

from xml.etree import ElementTree as ET

import pytest
from django.utils.translation import override

from aifactory.web import charts

EVIL = '<script>alert("x")</script> & more'


def test_bars_whole() -> None:
    made = charts.bars([("Health", 200.0), ("Energy", 50.0)], title="Hours", label="Field", unit="GPU-h")
    name = made.split('id="')[1].split("-t")[0]
    assert made == (
        '<figure class="af-chart"><figcaption class="af-chart__title">Hours (GPU-h)</figcaption>'
        f'<svg viewBox="0 0 480 72" role="img" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">Hours (GPU-h)</title><desc id="{name}-d">Hours (GPU-h)</desc>'
        '<text class="af-chart__name" x="168" y="22" text-anchor="end">Health</text>'
        '<rect class="af-chart__bar" x="176" y="4" width="234" height="24"/>'
        '<text class="af-chart__value" x="418" y="22" text-anchor="start">200</text>'
        '<text class="af-chart__name" x="168" y="54" text-anchor="end">Energy</text>'
        '<rect class="af-chart__bar" x="176" y="36" width="58.5" height="24"/>'
        '<text class="af-chart__value" x="242.5" y="54" text-anchor="start">50</text>'
        '</svg><details class="af-details"><summary>The numbers</summary>'
        '<div class="af-chart__table" tabindex="0" role="region" aria-label="Hours">'
        '<table><caption class="af-hidden">Hours</caption><thead><tr><th scope="col">Field</th>'
        '<th scope="col">GPU-h</th></tr></thead><tbody><tr><th scope="row">Health</th><td>200</td></tr>'
        '<tr><th scope="row">Energy</th><td>50</td></tr></tbody></table></div></details></figure>'
    )


def every_chart(words: str) -> dict[str, str]:
    names = {"title": words, "meaning": words}
    axes = {"x_label": words, "y_label": words}
    return {
        "line": charts.line(
            [(0, 1), (1, 2)], band=[(0, 0.5, 1.5), (1, 1, 3)], labels=[(0, words)], **names, **axes
        ),
        "bars": charts.bars([(words, 3), (words, 0)], label=words, unit=words, **names),
        "roc": charts.roc([(0, 0), (0.1, 0.8), (1, 1)], **names, **axes),
        "burn_down": charts.burn_down(
            [(0, 10), (5, 4)], granted=10, days=20, forecast=[(5, 4, 4), (20, 0, 1)], **names, **axes
        ),
        "carbon_hours": charts.carbon_hours([(words, 300), (words, 100)], [1], **names, **axes),
    }


@pytest.mark.parametrize("name", every_chart(""))
def test_words_are_escaped_and_the_policy_is_kept(name: str) -> None:
    made = every_chart(EVIL)[name]
    tree = ET.fromstring(made)  # well-formed
    assert [element.tag for element in tree.iter() if element.tag == "script"] == []
    assert [element for element in tree.iter() if "style" in element.attrib] == []
    assert tree.find("svg/title").text.startswith(EVIL)
    assert tree.find("svg/desc").text == EVIL


@pytest.mark.parametrize("name", every_chart(""))
def test_picture_is_named_and_has_its_table(name: str) -> None:
    tree = ET.fromstring(every_chart("words")[name])
    picture = tree.find("svg")
    assert picture.attrib["role"] == "img"
    ids = {element.attrib["id"] for element in picture.iter() if "id" in element.attrib}
    assert set(picture.attrib["aria-labelledby"].split()) == ids
    assert len(tree.findall(".//tbody/tr")) >= 2


@pytest.mark.parametrize(
    "made",
    [
        charts.line([], title="t", x_label="x", y_label="y"),
        charts.bars([], title="t", label="l", unit="u"),
        charts.carbon_hours([], [], title="t", x_label="x"),
        charts.burn_down([], granted=0, days=0, title="t", x_label="x", y_label="y"),
        charts.line([(3, 7)], title="t", x_label="x", y_label="y"),
    ],
)
def test_nothing_to_draw_is_drawn(made: str) -> None:
    ET.fromstring(made)
    assert "nan" not in made
    assert "inf" not in made


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1000, [0, 200, 400, 600, 800, 1000]),
        (0, 7, [0, 2, 4, 6, 8]),
        (-3, 3, [-4, -2, 0, 2, 4]),
        (0.02, 0.05, [0.02, 0.03, 0.04, 0.05]),
        (5, 5, [5]),
        (0, 0, [0]),
    ],
)
def test_ticks(low: float, high: float, expected: list[float]) -> None:
    assert charts.ticks(low, high) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (1200, "1\u202f200"),
        (0.25, "0.25"),
        (1234567, "1\u202f234\u202f567"),
        (-3.14159, "-3.142"),
        (1e-4, "0.0001"),
    ],
)
def test_written(value: float, expected: str) -> None:
    assert charts.written(value) == expected
    with override("nl"):
        assert charts.written(value) == expected.replace(".", ",")
