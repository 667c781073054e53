"""The figures of a model card as a page shows them. What a job wrote is hostile until read: odd shapes show nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from aifactory.assurance.laws import law
from aifactory.people.language import spoken
from aifactory.web.charts import written
from aifactory.web.jinja import number

MOST_ROWS = 200
Found = dict[str, Any]


@dataclass
class Measured:
    """How good a model is: a sentence, a table, the comparison behind the sentence, and how it was measured."""

    sentence: str = ""
    headings: list[Any] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)


def measured(metrics: Found) -> Measured:
    """Return the figures of one metrics document by its `format`; its plain numbers when nobody knows the format."""
    reader = READERS.get(str(metrics.get("format")), _plain)
    try:
        return reader(metrics)
    except (KeyError, TypeError, ValueError, AttributeError):
        return _plain(metrics)


def law_says(found: Found) -> list[tuple[str, str]]:
    """Return what the AI Act says of the model, now and once it leaves research, as (title, meaning) pairs.

    Titles are those that the card keeps; the meaning is that of the rules of today, where they know the result.
    """
    language = spoken()
    titles = found.get("titles") or {}
    said = []
    for code in dict.fromkeys(code for code in (found.get("result"), found.get("later_result")) if code):
        try:
            result = law("ai_act").result(str(code))
            title, meaning = getattr(result.title, language), getattr(result.meaning, language)
        except LookupError:
            title, meaning = str(code), ""
        said.append((titles.get(code, {}).get(language) or title, meaning))
    return said


def features(facts: Found) -> list[list[str]]:
    """Return the inputs of the model as rows (name, kind, usual range or number of words)."""
    rows = []
    listed = facts.get("features")
    for told in listed[:MOST_ROWS] if isinstance(listed, list) else []:
        if isinstance(told, str):
            rows.append([told, "–", "–"])
        elif isinstance(told, dict) and "usual_low" in told:
            rows.append([str(told.get("name")), _("number"), f"{_show(told['usual_low'])} – {_show(told.get('usual_high'))}"])  # fmt: skip
        elif isinstance(told, dict):
            words = _("%(count)s different words") % {"count": _show(told.get("levels"))}
            rows.append([str(told.get("name")), _("word"), words])
    return rows


def _classifier(metrics: Found) -> Measured:
    said = metrics["verdict"]
    split = metrics["split"]
    numeric = [{"label": label, "numeric": True} for label in (_("ROC-AUC"), _("Accuracy"))]
    measure = _("ROC-AUC") if metrics["measure"] == "roc_auc" else _("Accuracy")
    return Measured(
        sentence=str(said.get(spoken()) or said["en"]),
        headings=[_("Kind of model"), *numeric, _("Interval of %(measure)s (95 %%)") % {"measure": measure}],
        rows=[
            [_family(name, metrics), _show(of["roc_auc"]), _show(of["accuracy"]), _between(of["interval"])]
            for name, of in metrics["test"].items()
        ],
        facts=[
            {"key": _("Compared by"), "value": metrics["comparison"]["method"]},
            {"key": _("Difference with the simplest model"), "value": _difference(metrics["comparison"])},
            {"key": _("Better than always naming the largest class"), "value": _difference(metrics["against_majority"])},
            {"key": _("Rows to learn from"), "value": _show(split["training"])},
            {"key": _("Rows kept apart for the test"), "value": _show(split["test"])},
            {"key": _("Test rows that are also in the rows to learn from"), "value": _show(split["test_rows_also_in_training"])},
            {"key": _("Seed of every random choice"), "value": str(split["seed"])},
        ],
    )  # fmt: skip


def _family(name: str, metrics: Found) -> str:
    words = str(name).replace("_", " ")
    return _("%(family)s (this model)") % {"family": words} if name == metrics.get("released") else words


def _forecast(metrics: Found) -> Measured:
    names = {"model": _("this model"), "persistence": _("the same as yesterday"), "mean_of_7_days": _("the mean of seven days")}  # fmt: skip
    against, unit = metrics["against_persistence"], str(metrics["unit"])
    sentence = {
        "clear_win": _("On days it never saw, the model is clearly better than repeating yesterday: %(gap)s %(unit)s closer."),
        "clear_loss": _("On days it never saw, the model is clearly worse than repeating yesterday: %(gap)s %(unit)s."),
    }.get(against["verdict"], _("On days it never saw, the model is not clearly better than repeating yesterday: %(gap)s %(unit)s."))  # fmt: skip
    held = metrics["range"]
    return Measured(
        sentence=sentence % {"gap": _difference(against), "unit": unit},
        headings=[_("Forecast"), {"label": _("Mean error (%(unit)s)") % {"unit": unit}, "numeric": True}],
        rows=[[names.get(name, str(name)), _show(error)] for name, error in metrics["mae"].items()],
        facts=[
            {"key": _("Compared by"), "value": against["method"]},
            {"key": _("Hours inside the given range"), "value": f"{held['held']:.0%} ({held['aimed']:.0%})"},
            {"key": _("Days of the test"), "value": _show(metrics["split"]["test_days"])},
        ],
    )


def _plain(metrics: Found) -> Measured:
    numbers = [
        [str(name), _show(value)]
        for name, value in metrics.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    headings = [_("Figure"), {"label": _("Value"), "numeric": True}]
    return Measured(headings=headings, rows=numbers[:MOST_ROWS])


READERS: dict[str, Callable[[Found], Measured]] = {
    "aifactory-classifier-metrics/1": _classifier,
    "aifactory-forecast-metrics/1": _forecast,
}


def _show(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–"
    return number(value, 0) if isinstance(value, int) else written(value)


def _between(interval: Found) -> str:
    return f"{_show(interval['low'])} – {_show(interval['high'])}"


def _difference(found: Found) -> str:
    return f"{found['difference']:+.4g} ({found['low']:+.4g} … {found['high']:+.4g})"
