"""Values are written as people read them, in the language of the page."""

from datetime import UTC, date, datetime

import pytest
from django.utils.translation import override

from aifactory.web import jinja
from aifactory.web.csp import HEADERS


@pytest.mark.parametrize(
    ("written", "english", "dutch"),
    [
        (lambda: jinja.number(1234567.8), "1,234,568", "1.234.568"),
        (lambda: jinja.number(12.34), "12.3", "12,3"),
        (lambda: jinja.number(0.256), "0.26", "0,26"),
        (lambda: jinja.number(7), "7", "7"),
        (lambda: jinja.number(0), "0", "0"),
        (lambda: jinja.number(1200), "1,200", "1.200"),
        (lambda: jinja.number(-0.5, 2), "-0.50", "-0,50"),
        (lambda: jinja.number(None), "–", "–"),
        (lambda: jinja.amount(45_000, "gpu"), "12.5 GPU-h", "12,5 GPU-h"),
        (lambda: jinja.kwh(0.25), "250 Wh", "250 Wh"),
        (lambda: jinja.kwh(1500), "1.5 MWh", "1,5 MWh"),
        (lambda: jinja.co2(999), "999 g CO₂", "999 g CO₂"),
        (lambda: jinja.co2(3_400_000), "3.4 t CO₂", "3,4 t CO₂"),
        (lambda: jinja.co2(0.00563), "0.0056 g CO₂", "0,0056 g CO₂"),
        (lambda: jinja.show_bytes(1_500_000_000), "1.5 GB", "1,5 GB"),
        (lambda: jinja.percent(0.125), "12.5%", "12,5%"),
        (lambda: jinja.show_date(date(2026, 11, 22)), "22 November 2026", "22 november 2026"),
    ],
)
def test_values_are_written_in_both_languages(written: object, english: str, dutch: str) -> None:
    with override("en"):
        assert written() == english
    with override("nl"):
        assert written() == dutch


def test_moments_are_local_and_say_their_utc() -> None:
    with override("nl"):
        assert jinja.show_datetime(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == (
            '<time datetime="2026-07-01T22:30:00Z" title="2026-07-01 22:30 UTC">2 juli 2026, 00:30</time>'
        )


@pytest.mark.django_db
def test_every_page_carries_the_policy(client: object) -> None:
    answer = client.get("/accessibility/")
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
