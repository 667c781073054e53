"""A forecast in a file, put there by whoever makes forecasts: our own recipe, or a script with a key.

The file is somebody else's: it is small, has exactly the form below, and is refused as a whole otherwise.

    {"format": "aifactory-carbon-forecast/1", "zone": "NL", "issued_at": "2026-01-31T00:00:00Z",
     "source": "attribution shown beside every number", "unit": "gCO2eq/kWh",
     "hours": [{"start": "2026-01-31T00:00:00Z", "value": 310.5, "low": 270.0, "high": 360.0}, ...]}

Hours are full UTC hours that follow each other without a gap; 0 <= low <= value <= high <= 3000.
"""

import json
import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from aifactory.adapters.carbon.typical import hours_of
from aifactory.ports.carbon import CarbonHour, NoSignal, Signal

FORMAT = "aifactory-carbon-forecast/1"
MOST_BYTES = 1_000_000
MOST_HOURS = 24 * 31
HIGHEST = 3000.0  # gCO2eq/kWh; burning lignite alone stays below 1,500
LONGEST_SOURCE = 300


class BrokenForecast(NoSignal):
    """The file is there, but is not a forecast. The message says what is wrong with it."""


class ForecastFile:
    """Reads the file anew at every question, so that replacing it (in one move) is all it takes to update."""

    def __init__(self, path: Path, *, zone: str = "NL") -> None:
        self.path = path
        self.zone = zone

    def between(self, start: datetime, end: datetime) -> Signal:
        """Return every hour that overlaps [start, end). Raises `NoSignal` outside the file's hours."""
        wanted = hours_of(start, end)
        forecast = parse(self._content())
        if forecast.zone != self.zone:
            raise BrokenForecast(f"The forecast is for {forecast.zone!r}, not for {self.zone!r}.")
        known = {hour.start: hour for hour in forecast.hours}
        if wanted[0] not in known or wanted[-1] not in known:
            first, last = forecast.hours[0].start, forecast.hours[-1].start
            raise NoSignal(f"The forecast covers {first:%d %b %H:00} to {last:%d %b %H:59} UTC only.")
        hours = tuple(known[hour] for hour in wanted)
        return Signal(forecast.zone, "forecast", forecast.source, forecast.issued_at, hours)

    def _content(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise NoSignal(f"The forecast can't be read: {error.strerror}.") from error
        if len(content) > MOST_BYTES:
            raise BrokenForecast(f"The forecast is larger than {MOST_BYTES} bytes.")
        return content


def parse(content: bytes) -> Signal:
    """Return all that the file says. Raises `BrokenForecast`."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BrokenForecast("The forecast is not JSON.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BrokenForecast(f"The forecast does not say that its format is {FORMAT}.")
    if document.get("unit") != "gCO2eq/kWh":
        raise BrokenForecast("The forecast's unit must be gCO2eq/kWh.")
    listed = document.get("hours")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_HOURS:
        raise BrokenForecast(f"The forecast must list 1 to {MOST_HOURS} hours.")
    hours = tuple(_hour(entry) for entry in listed)
    if any(after.start - hour.start != timedelta(hours=1) for hour, after in pairwise(hours)):
        raise BrokenForecast("The forecast's hours must follow each other without a gap.")
    issued = _moment(document.get("issued_at"), "issued_at")
    return Signal(_text(document, "zone"), "forecast", _text(document, "source"), issued, hours)


def _hour(entry: Any) -> CarbonHour:
    if not isinstance(entry, dict):
        raise BrokenForecast("Each hour must be an object.")
    start = _moment(entry.get("start"), "start")
    if start != start.replace(minute=0, second=0, microsecond=0):
        raise BrokenForecast(f"{start.isoformat()} is not a full hour.")
    value, low, high = (_number(entry.get(name), name) for name in ("value", "low", "high"))
    if not 0 <= low <= value <= high <= HIGHEST:
        raise BrokenForecast(f"At {start.isoformat()}, 0 ≤ low ≤ value ≤ high ≤ {HIGHEST:.0f} does not hold.")
    return CarbonHour(start, value, low, high)


def _moment(given: Any, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise BrokenForecast(f"The forecast's {name} must be a moment with its time zone.")


def _number(given: Any, name: str) -> float:
    if (
        isinstance(given, bool)
        or not isinstance(given, int | float)
        or abs(given) > HIGHEST
        or math.isnan(given)
    ):
        raise BrokenForecast(f"The forecast's {name} must be a plain number up to {HIGHEST:.0f}.")
    return float(given)


def _text(document: dict[str, Any], name: str) -> str:
    given = document.get(name)
    if not isinstance(given, str) or not given.isprintable() or not 1 <= len(given) <= LONGEST_SOURCE:
        raise BrokenForecast(f"The forecast's {name} must be one line of 1 to {LONGEST_SOURCE} characters.")
    return given
