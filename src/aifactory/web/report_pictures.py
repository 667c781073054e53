"""An inspection report as tables and small pictures."""

import itertools
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from aifactory.datasets.drift import Change
from aifactory.web import charts

PICTURES = 6


def shown(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one entry a file: its facts, checks, columns, and at most six histograms."""
    return [_file(file) for file in report["files"]]


def changed(before: Any, found: list[Change]) -> dict[str, Any]:
    """Return since which version, and each change in words with whether somebody should look."""
    words = {
        "added": _("is new"),
        "removed": _("is gone"),
        "type": _("holds another kind of values"),
        "rows": _("number of rows: %(by)s"),
        "missing": _("share of empty cells: %(by)s"),
        "median": _("the middle moved by %(by)s of the width of the middle half"),
        "values": _("%(by)s of the values moved"),
    }
    return {
        "number": before.number,
        "changes": [
            {
                "where": one.column or one.file,
                "what": words[one.what] % {"by": f"{one.figure:+.0%}"}
                if one.figure is not None
                else words[one.what],
                "notable": one.notable,
            }
            for one in found
        ],
    }


def _file(file: dict[str, Any]) -> dict[str, Any]:
    table = file["table"]
    if table is None:
        return {"path": file["path"], "table": None}
    return {
        "path": file["path"],
        "table": table,
        "checks": [_check(check) for check in table["checks"]],
        "columns": [_column(column) for column in table["columns"]],
        "pictures": [
            _histogram(column) for column in table["columns"] if "histogram" in column and _draws(column)
        ][:PICTURES],
    }


def _check(check: dict[str, Any]) -> dict[str, Any]:
    """A check in words, with the number that it found."""
    words = {
        "has-rows": _("There are rows"),
        "no-duplicate-rows": _("No row occurs twice"),
        "no-lines-skipped": _("The table starts on the first line"),
        "values-present": _("Every column is filled for at least 80%"),
        "values-vary": _("Every column holds more than one value"),
        "columns-named": _("Every column has a name"),
        "no-signs-of-personal-data": _("No signs of personal data"),
    }
    found = "" if check["passed"] else ", ".join(check["columns"][:8]) or str(check["figure"])
    return {"label": words.get(check["check"], check["check"]), "passed": check["passed"], "found": found}


def _column(column: dict[str, Any]) -> dict[str, Any]:
    kinds = {
        "number": _("number"),
        "text": _("text"),
        "time": _("date or time"),
        "boolean": _("yes or no"),
        "other": _("other"),
    }
    return {
        "name": column["name"],
        "kind": kinds[column["kind"]],
        "missing": column["missing"],
        "distinct": column["distinct"],
        "typical": _typical(column),
        "personal": ", ".join(_sign(hint) for hint in column["personal_data"]),
    }


def _typical(column: dict[str, Any]) -> str:
    """What a reader wants to know first: the middle half of the numbers, or the most frequent values."""
    quantiles = column.get("quantiles", {})
    if column["kind"] == "number" and {"0.25", "0.75"} <= set(quantiles) and column["distinct"] > 2:
        low, high = (charts.written(float(quantiles[q])) for q in ("0.25", "0.75"))
        return _("half lies between %(low)s and %(high)s") % {"low": low, "high": high}
    values = [cell for cell in column.get("values", []) if cell["count"] is not None][:4]
    if values:
        return ", ".join(f"{cell['value']} ({cell['count']})" for cell in values)
    if "min" in column:
        return f"{column['min']} – {column['max']}"
    return "–"


def _sign(hint: dict[str, Any]) -> str:
    kinds = {
        "bsn": _("citizen service numbers"),
        "iban": _("bank account numbers"),
        "email": _("e-mail addresses"),
        "phone": _("telephone numbers"),
        "postcode": _("postcodes"),
        "ip-address": _("internet addresses"),
        "free-text": _("free text"),
        "name": _("names of people"),
        "birth-date": _("dates of birth"),
        "address": _("addresses"),
        "person-number": _("numbers of people"),
    }
    sure = {"low": _("unlikely"), "medium": _("likely"), "high": _("almost certain")}
    return f"{kinds[hint['kind']]} ({sure[hint['confidence']]})"


def _draws(column: dict[str, Any]) -> bool:
    return any(column["histogram"]["counts"]) and all(
        isinstance(e, int | float) for e in column["histogram"]["edges"]
    )


def _histogram(column: dict[str, Any]) -> Markup:
    histogram = column["histogram"]
    edges, counts = histogram["edges"], histogram["counts"]
    names = [f"{charts.written(a)} – {charts.written(b)}" for a, b in itertools.pairwise(edges)]
    if histogram["open_ended"]:
        names[0] = _("below %(edge)s") % {"edge": charts.written(edges[1])}
        names[-1] = _("above %(edge)s") % {"edge": charts.written(edges[-2])}
    hidden = any(count is None for count in counts)
    return charts.bars(
        [(name, count or 0) for name, count in zip(names, counts, strict=True)],
        title=column["name"],
        label=_("value"),
        unit=_("rows"),
        meaning=_("Groups of fewer than ten rows are not shown.") if hidden else "",
        table_summary=_("The numbers"),
    )
