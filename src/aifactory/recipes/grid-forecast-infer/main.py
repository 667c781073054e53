"""Issue a 24-hour forecast of a grid's carbon intensity with a model that `grid-forecast-train` released.

Only hours before the issue time are read: a forecast for a past day is what could be known on that day.
"""

import json
from datetime import UTC, datetime

import numpy as np
import skops.io

from aifactory.recipes.grid_features import HOUR, HOURS, NEEDED, anchor, rows, series
from aifactory.recipes.sandbox import INPUTS, parameters, progress, stop, write
from aifactory.recipes.tables import table

#: The only type beyond skops' own list that our models need: a tree of a histogram booster.
TRUSTED = ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]


def main() -> None:
    asked = parameters()
    facts = json.loads((INPUTS / "model" / "model_facts.json").read_text(encoding="utf-8"))
    issued = issue_time(asked["issue_time"], facts["issue_hour"])
    raw = table("history")
    known = series(raw, asked["time_column"], asked["value_column"], facts["time_zone"], ahead=HOURS)
    issue = known.position(issued)
    if not NEEDED <= issue <= len(known.values):
        stop(f"The table must hold the {NEEDED} hours before {issued:%d %B %Y %H:%M} UTC.")
    progress(0.3, "Reading the model")
    models = skops.io.load(INPUTS / "model" / "model.skops", trusted=TRUSTED)
    features, base = rows(known, issue), anchor(known, issue)
    middle, low, high = (base + models[name].predict(features) for name in ("middle", "low", "high"))
    low = np.maximum(np.minimum(low - facts["widening"], middle), 0)
    high = np.maximum(high + facts["widening"], middle)
    hours = [
        {"start": written(issued + k * HOUR), "value": round(v, 2), "low": round(a, 2), "high": round(b, 2)}
        for k, (v, a, b) in enumerate(zip(middle.tolist(), low.tolist(), high.tolist(), strict=True))
    ]
    write(
        "forecast.json",
        {
            "format": "aifactory-carbon-forecast/1",
            "zone": facts["zone"],
            "issued_at": written(issued),
            "source": facts["source"],
            "unit": "gCO2eq/kWh",
            "hours": hours,
        },
    )
    progress(1, "Done")


def issue_time(text: str, issue_hour: int) -> datetime:
    """Read the issue time, UTC where no zone is given; it must be at the hour that the model was made for."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        stop(f"{text!r} is not a moment.")
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if (found.hour, found.minute, found.second, found.microsecond) != (issue_hour, 0, 0, 0):
        stop(f"This model issues its forecast at {issue_hour:02d}:00 UTC, not at {found:%H:%M}.")
    return found


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
