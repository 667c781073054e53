"""The template engine of the pages: what every template may call, and how values are written."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from math import floor, log10
from pathlib import Path

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import get_language, get_language_info, gettext, ngettext, npgettext, pgettext
from django.utils.translation import gettext as _
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from aifactory.kit import units
from aifactory.people.language import spoken
from aifactory.web import charts, navigation
from aifactory.web.retelling import retold

DAY = "j F Y"
TEMPLATES = Path(__file__).parent / "templates"
Number = int | float | Decimal
ROW = (
    '<tr class="utrecht-table__row" role="row"><th class="utrecht-table__cell" scope="row" role="rowheader">'
)


def environment(**options: object) -> Environment:
    """Return the environment Django's Jinja2 back end uses (OPTIONS["environment"] names this function)."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=bool(options.get("auto_reload")),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    env.globals["_"] = env.globals["gettext"] = translated
    env.globals.update(
        static=cache(static),
        url=url,
        menu=lambda request: navigation.links(navigation.MENU, request),
        footer=lambda request: navigation.links(navigation.FOOTER, request),
        languages=[(code, native_name(code)) for code, _english in settings.LANGUAGES],
        language=get_language,
        messages=messages,
        providers=providers,
        factory_name=settings.FACTORY_NAME,
        charts=charts,
        table_rows=table_rows,
    )
    env.filters.update(
        date=show_date,
        datetime=show_datetime,
        amount=amount,
        unit=unit,
        number=number,
        kwh=kwh,
        co2=co2,
        bytes=show_bytes,
        percent=percent,
        retold=lambda text: retold(text, spoken()),
    )
    return env


def translated(message: str, **values: object) -> Markup:
    """Return a phrase in the language of the page; the values in it are escaped. A page has dozens of them."""
    return _filled(message, values) if values else _phrase(message, get_language())


def _filled(message: str, values: dict[str, object]) -> Markup:
    return Markup(gettext(message)) % values  # noqa: S704 - phrases are ours, values are escaped


@lru_cache(maxsize=4096)
def _phrase(message: str, language: str | None) -> Markup:  # noqa: ARG001 - the active language, part of the key
    return _filled(message, {})


def native_name(code: str) -> str:
    """Return what a language is called by those who speak it."""
    return str(get_language_info(code)["name_local"]).capitalize()


def url(name: str, *args: object, **kwargs: object) -> str:
    """Return the address of a named page."""
    return reverse(name, args=args, kwargs=kwargs) if args or kwargs else _page_without_record(name)


_page_without_record = cache(reverse)


def table_rows(tags: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Return the rows of a table's body; the first cell names its row, `tags` open the cells of each column.

    Cells are most of a long list's cost: plain Python writes them in a quarter of the template's time.
    """
    written = []
    for name, *cells in rows:
        others = "".join(f"{tag}{escape(cell)}</td>" for tag, cell in zip(tags[1:], cells, strict=False))
        written.append(f"{ROW}{escape(name)}</th>{others}</tr>\n")
    return Markup("".join(written))  # noqa: S704 - every cell was escaped above


def messages(request: HttpRequest | None) -> list[tuple[str, str]]:
    """Return what the last action said to this person, as (alert kind, text); saying it ends it."""
    kinds = {"error": "error", "warning": "warning", "success": "ok"}
    waiting = get_messages(request) if request is not None else []
    return [(kinds.get(message.level_tag, "info"), str(message)) for message in waiting]


def providers(request: HttpRequest, process: str = "login") -> list[tuple[str, str]]:
    """Return who else can say who a person is, as (name, address of the sign-in form).

    `process` is `login`, or `connect` to link the account of somebody who is signed in.
    """
    from allauth.socialaccount.adapter import get_adapter

    found = get_adapter(request).list_providers(request)
    return [(provider.name, provider.get_login_url(request, process=process)) for provider in found]


def show_date(value: date | datetime | None) -> str:
    """Return `22 November 2026`, a moment taken in local time; a dash for nothing."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(timezone.get_default_timezone()).date()
    return _day(value, get_language())


@lru_cache(maxsize=4096)
def _day(value: date, language: str | None) -> str:  # noqa: ARG001 - the active language, part of the key
    return str(formats.date_format(value, DAY))


def show_datetime(value: datetime | None) -> str:
    """Return a moment in local time, its UTC on hover and for machines; a dash for nothing."""
    if value is None:
        return "–"
    utc = value.astimezone(UTC)
    local = value.astimezone(timezone.get_default_timezone())
    text = f"{_day(local.date(), get_language())}, {local:%H:%M}"
    return Markup(  # noqa: S704 - of digits, and of a month's name
        f'<time datetime="{utc:%Y-%m-%dT%H:%M:%SZ}" title="{utc:%Y-%m-%d %H:%M} UTC">{escape(text)}</time>'
    )


def number(value: Number | None, places: int | None = None) -> str:
    """Return a number with the language's separators; without `places`, as many decimals as say something."""
    if value is None:
        return "–"
    # Django's own cuts off instead of rounding, and takes several times as long.
    text = f"{value:,.{_telling(abs(float(value))) if places is None else places}f}"
    if places is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if text.isdigit() else text.translate(_separators(get_language()))


@cache
def _separators(language: str | None) -> dict[int, str]:
    """Return what a language writes for the comma and the point of Python's own numbers."""
    thousands, decimals = (
        formats.get_format(f"{name}_SEPARATOR", language) for name in ("THOUSAND", "DECIMAL")
    )
    return str.maketrans({",": thousands, ".": decimals})


def _telling(size: float) -> int:
    """Return how many decimals of a number of this size say something: what is small is not nothing."""
    if 0 < size < 0.1:
        return min(1 - floor(log10(size)), 9)
    return 0 if size >= 100 else 1 if size >= 10 else 2


def amount(value: int | None, resource: str) -> str:
    """Return an amount (base units) in the unit people know: `12.5 GPU-h`."""
    if value is None:
        return "–"
    return f"{number(units.shown(resource, value))} {unit(units.UNITS[units.Resource(resource)][0])}"


def unit(symbol: str) -> str:
    """Return the symbol of a unit as the language writes it; only that of advice holds a word."""
    return _("adviser-h") if symbol == units.UNITS[units.Resource.ADVICE][0] else symbol


def kwh(value: float | None) -> str:
    """Return energy, given in kWh, in the unit that reads best."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{number(value / 1000)} MWh"
    if 0 < abs(value) < 1:
        return f"{number(value * 1000)} Wh"
    return f"{number(value)} kWh"


def co2(grams: float | None) -> str:
    """Return grams of CO₂-equivalent in the unit that reads best."""
    if grams is None:
        return "–"
    for size, unit in ((1_000_000, "t"), (1000, "kg")):
        if abs(grams) >= size:
            return f"{number(grams / size)} {unit} CO₂"
    return f"{number(grams)} g CO₂"


def show_bytes(size: int | None) -> str:
    """Return a size in decimal units: `1.5 GB`."""
    if size is None:
        return "–"
    for power, unit in ((5, "PB"), (4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if abs(size) >= 1000**power:
            return f"{number(size / 1000**power)} {unit}"
    return _("%(size)s bytes") % {"size": number(size)}


def percent(fraction: float | None) -> str:
    """Return a fraction of one as a percentage."""
    return "–" if fraction is None else f"{number(fraction * 100)}%"
