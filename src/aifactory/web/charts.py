"""Pictures of figures, drawn on the server: each an accessible SVG with the table of its numbers below it.

Plain functions from numbers to Markup. No style attributes and no scripts (the pages' policy forbids both):
colours come from classes in aifactory.css. The caller gives all texts, in the reader's language.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from markupsafe import Markup, escape

from aifactory.people.language import spoken

WIDTH, HEIGHT = 480, 260
LEFT, RIGHT, TOP, BOTTOM = 68, 16, 12, 46

Point = tuple[float, float]
#: what stands for the comma and the point of Python's numbers: a narrow space reads alike in both languages
MARKS = {"en": str.maketrans({",": "\u202f"}), "nl": str.maketrans({",": "\u202f", ".": ","})}


@dataclass(frozen=True)
class Scale:
    """Maps `low`…`high` on an axis to pixels `start`…`end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = (self.high - self.low) or 1
        return round(self.start + (value - self.low) / span * (self.end - self.start), 1)


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round values from at most `low` to at least `high`: steps of 1, 2 or 5 times a power of ten."""
    span = (high - low) or abs(high) or 1
    power = 10.0 ** math.floor(math.log10(span / wanted))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= wanted)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(step * index, 10) for index in range(first, last + 1)]


def written(value: float) -> str:
    """Return a number as an axis shows it: at most four digits that matter, thousands set apart."""
    if value == 0:
        return "0"
    places = max(0, 3 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).translate(MARKS[spoken()])


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], caption: str, summary: str) -> Markup:
    """Return the numbers behind a picture as a table, closed at first."""
    head = Markup().join(Markup('<th scope="col">{}</th>').format(text) for text in headings)
    body = Markup().join(
        Markup("<tr>{}</tr>").format(
            Markup('<th scope="row">{}</th>').format(row[0])
            + Markup().join(Markup("<td>{}</td>").format(_cell(value)) for value in row[1:])
        )
        for row in rows
    )
    return Markup(
        '<details class="af-details"><summary>{}</summary>'
        '<div class="af-chart__table" tabindex="0" role="region" aria-label="{}">'
        '<table><caption class="af-hidden">{}</caption><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div></details>"
    ).format(summary, caption, caption, head, body)


def _cell(value: object) -> str:
    return written(value) if isinstance(value, int | float) else str(value)


def figure(
    title: str,
    drawing: str,
    data: Markup,
    *,
    meaning: str = "",
    legend: Sequence[tuple[str, str]] = (),
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Markup:
    """Return title, picture, legend [(class, text)], what it means, and the table as one figure."""
    name = "chart-" + sha256((title + drawing).encode()).hexdigest()[:8]
    keys = Markup().join(
        Markup('<li><span class="af-chart__key af-chart__key--{}"></span>{}</li>').format(*key)
        for key in legend
    )
    return Markup(
        '<figure class="af-chart"><figcaption class="af-chart__title">{title}</figcaption>{keys}'
        '<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-t {name}-d">'
        '<title id="{name}-t">{title}</title><desc id="{name}-d">{meaning}</desc>{drawing}</svg>'
        "{words}{data}</figure>"
    ).format(
        title=title,
        keys=Markup('<ul class="af-chart__legend">{}</ul>').format(keys) if keys else "",
        width=size[0],
        height=size[1],
        name=name,
        meaning=meaning or title,
        drawing=Markup(drawing),  # noqa: S704 - every text in it went through `text` or `label`
        words=Markup('<p class="af-chart__meaning">{}</p>').format(meaning) if meaning else "",
        data=data,
    )


def text(x: float, y: float, words: object, *, anchor: str = "middle", kind: str = "tick") -> str:
    """Return words at a place in the picture, escaped."""
    return f'<text class="af-chart__{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _frame(x_label: str, y_label: str, y: Scale, y_ticks: Sequence[float]) -> str:
    """Draw the horizontal grid, its numbers and the names of both axes."""
    grid = [
        f'<line class="af-chart__grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):g}" y2="{y(value):g}"/>'
        + text(LEFT - 8, y(value) + 4, written(value), anchor="end")
        for value in y_ticks
    ]
    names = text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x_label, kind="axis")
    turned = (
        f'<text class="af-chart__axis" transform="translate(14 {(TOP + HEIGHT - BOTTOM) / 2:g}) rotate(-90)" '
        f'text-anchor="middle">{escape(y_label)}</text>'
    )
    return "".join(grid) + names + turned


def _vertical(values: Sequence[float], *, from_zero: bool = True) -> tuple[Scale, list[float]]:
    low, high = min(values, default=0), max(values, default=1)
    marks = ticks(min(low, 0) if from_zero else low, high)
    return Scale(marks[0], marks[-1], HEIGHT - BOTTOM, TOP), marks


def _path(points: Sequence[Point], x: Scale, y: Scale) -> str:
    return "M" + "L".join(f"{x(a):g},{y(b):g}" for a, b in points)


def _x_labels(labels: Sequence[tuple[float, str]], x: Scale, room: int = 6) -> str:
    """Write as many labels as fit, evenly chosen."""
    every = max(1, math.ceil(len(labels) / room))
    return "".join(text(x(at), HEIGHT - BOTTOM + 18, words) for at, words in labels[::every])


def line(
    points: Sequence[Point],
    *,
    title: str,
    x_label: str,
    y_label: str,
    meaning: str = "",
    band: Sequence[tuple[float, float, float]] = (),
    labels: Sequence[tuple[float, str]] = (),
    table_summary: str = "The numbers",
    from_zero: bool = True,
) -> Markup:
    """Draw y over x, with `band` (x, low, high) as its interval; `labels` are (x, words) below it."""
    named = dict(labels)
    xs = [x for x, *_ in [*points, *band]] or [0.0, 1.0]
    ys = [y for _, y in points] + [value for _, low, high in band for value in (low, high)]
    x = Scale(min(xs), max(xs), LEFT, WIDTH - RIGHT)
    y, marks = _vertical(ys, from_zero=from_zero)
    drawing = _frame(x_label, y_label, y, marks)
    if band:
        outline = [(at, high) for at, _, high in band] + [(at, low) for at, low, _ in reversed(band)]
        drawing += f'<path class="af-chart__band" d="{_path(outline, x, y)}Z"/>'
    if points:
        drawing += f'<path class="af-chart__line" d="{_path(points, x, y)}"/>'
    shown = labels or [(at, written(at)) for at in ticks(min(xs), max(xs)) if min(xs) <= at <= max(xs)]
    drawing += _x_labels(shown, x)
    intervals = {at: (low, high) for at, low, high in band}
    values = dict(points)
    rows = [
        [named.get(at, written(at)), values.get(at, "–"), *(intervals.get(at, ("–", "–")) if band else ())]
        for at in sorted({*values, *intervals})
    ]
    headings = [x_label, y_label, *(["≥", "≤"] if band else [])]
    return figure(title, drawing, table(headings, rows, title, table_summary), meaning=meaning)


def bars(
    rows: Sequence[tuple[str, float]],
    *,
    title: str,
    label: str,
    unit: str,
    meaning: str = "",
    table_summary: str = "The numbers",
) -> Markup:
    """Draw one horizontal bar per (name, value ≥ 0), the value beside it; `label` names what the rows are."""
    step, top, names, values = 32, 4, 176, 70
    highest = max((value for _, value in rows), default=0) or 1
    width = Scale(0, highest, 0, WIDTH - names - values)
    drawing = "".join(
        text(names - 8, top + step * index + 18, _short(name), anchor="end", kind="name")
        + f'<rect class="af-chart__bar" x="{names}" y="{top + step * index}" '
        + f'width="{width(value):g}" height="24"/>'
        + text(
            names + 8 + width(value), top + step * index + 18, written(value), anchor="start", kind="value"
        )
        for index, (name, value) in enumerate(rows)
    )
    data = table([label, unit], rows, title, table_summary)
    size = (WIDTH, top * 2 + step * max(len(rows), 1))
    return figure(f"{title} ({unit})", drawing, data, meaning=meaning, size=size)


def _short(name: str, room: int = 20) -> str:
    return name if len(name) <= room else name[: room - 1].rstrip() + "…"


def columns(
    rows: Sequence[tuple[str, float]],
    *,
    title: str,
    x_label: str,
    y_label: str,
    meaning: str = "",
    table_summary: str = "The numbers",
) -> Markup:
    """Draw one upright bar per (name, value ≥ 0) in their order: days, say; the axis names as many as fit."""
    y, marks = _vertical([value for _, value in rows])
    room = (WIDTH - LEFT - RIGHT) / max(len(rows), 1)
    x = Scale(0, max(len(rows), 1), LEFT, WIDTH - RIGHT)
    drawing = "".join(
        f'<rect class="af-chart__bar" x="{x(index) + 0.1 * room:.1f}" y="{y(value):g}" '
        f'width="{0.8 * room:.1f}" height="{HEIGHT - BOTTOM - y(value):.1f}"/>'
        for index, (_, value) in enumerate(rows)
        if value > 0
    )
    labels = _x_labels([(index + 0.5, name) for index, (name, _) in enumerate(rows)], x, room=4)
    data = table([x_label, y_label], rows, title, table_summary)
    return figure(title, _frame(x_label, y_label, y, marks) + drawing + labels, data, meaning=meaning)


def roc(
    points: Sequence[Point],
    *,
    title: str,
    x_label: str,
    y_label: str,
    meaning: str = "",
    table_summary: str = "The numbers",
) -> Markup:
    """Draw a receiver operating characteristic: true over false positive rate, chance as the diagonal."""
    side = HEIGHT - TOP - BOTTOM
    x, y = Scale(0, 1, LEFT, LEFT + side), Scale(0, 1, TOP + side, TOP)
    grid = "".join(
        f'<line class="af-chart__grid" x1="{LEFT}" x2="{LEFT + side}" y1="{y(at):g}" y2="{y(at):g}"/>'
        + text(LEFT - 8, y(at) + 4, written(at), anchor="end")
        + text(x(at), TOP + side + 18, written(at))
        for at in (0, 0.25, 0.5, 0.75, 1)
    )
    drawing = (
        grid
        + f'<path class="af-chart__chance" d="{_path([(0, 0), (1, 1)], x, y)}"/>'
        + f'<path class="af-chart__line" d="{_path(points, x, y)}"/>'
        + text(LEFT + side / 2, HEIGHT - 6, x_label, kind="axis")
        + f'<text class="af-chart__axis" transform="translate(14 {TOP + side / 2:g}) rotate(-90)" '
        f'text-anchor="middle">{escape(y_label)}</text>'
    )
    data = table([x_label, y_label], points, title, table_summary)
    return figure(title, drawing, data, meaning=meaning)


def burn_down(
    left: Sequence[Point],
    *,
    granted: float,
    days: float,
    title: str,
    x_label: str,
    y_label: str,
    meaning: str = "",
    forecast: Sequence[tuple[float, float, float]] = (),
    legend: tuple[str, str, str] = ("left", "even use", "forecast"),
    table_summary: str = "The numbers",
) -> Markup:
    """Draw what is left of an award over its `days`: (day, amount left), the even line, the forecast's band.

    `forecast` is (day, low, high) of what will be left; amounts are in the unit that `y_label` names.
    """
    x = Scale(0, days, LEFT, WIDTH - RIGHT)
    y, marks = _vertical([0, granted])
    drawing = _frame(x_label, y_label, y, marks)
    if forecast:
        outline = [(day, high) for day, _, high in forecast] + [
            (day, low) for day, low, _ in reversed(forecast)
        ]
        drawing += f'<path class="af-chart__band" d="{_path(outline, x, y)}Z"/>'
    drawing += f'<path class="af-chart__chance" d="{_path([(0, granted), (days, 0)], x, y)}"/>'
    if left:
        drawing += f'<path class="af-chart__line" d="{_path(left, x, y)}"/>'
        drawing += f'<circle class="af-chart__dot" cx="{x(left[-1][0]):g}" cy="{y(left[-1][1]):g}" r="5"/>'
    drawing += _x_labels([(day, written(day)) for day in ticks(0, days, 6) if day <= days], x)
    keys = [("line", legend[0]), ("chance", legend[1]), *([("band", legend[2])] if forecast else [])]
    rows = [[written(day), value, "–", "–"] for day, value in left]
    rows += [[written(day), "–", low, high] for day, low, high in forecast]
    data = table([x_label, y_label, f"{legend[2]} ≥", f"{legend[2]} ≤"], rows, title, table_summary)
    return figure(title, drawing, data, meaning=meaning, legend=keys)


def carbon_hours(
    hours: Sequence[tuple[str, float]],
    chosen: Sequence[int],
    *,
    title: str,
    x_label: str,
    y_label: str = "g CO₂/kWh",
    meaning: str = "",
    legend: tuple[str, str] = ("chosen", "other hours"),
    table_summary: str = "The numbers",
) -> Markup:
    """Draw carbon intensity per hour (label, g CO₂-eq/kWh) as columns, the hours a job was put in marked."""
    count = max(len(hours), 1)
    x = Scale(0, count, LEFT, WIDTH - RIGHT)
    y, marks = _vertical([value for _, value in hours] or [1])
    wide = max(round((WIDTH - LEFT - RIGHT) / count * 0.82, 1), 0.5)
    picked = set(chosen)
    columns = [
        f'<rect class="af-chart__hour{"--chosen" if index in picked else ""}" x="{x(index + 0.09):g}" '
        f'y="{y(value):g}" width="{wide:g}" height="{HEIGHT - BOTTOM - y(value):g}"/>'
        for index, (_, value) in enumerate(hours)
    ]
    labels = [(index + 0.5, words) for index, (words, _) in enumerate(hours)]
    drawing = _frame(x_label, y_label, y, marks) + "".join(columns) + _x_labels(labels, x)
    rows = [[words, value, "●" if index in picked else ""] for index, (words, value) in enumerate(hours)]
    data = table([x_label, y_label, legend[0]], rows, title, table_summary)
    return figure(title, drawing, data, meaning=meaning, legend=[("chosen", legend[0]), ("hour", legend[1])])
