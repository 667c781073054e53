"""Fetching a source page by page: bounded in bytes, pages and time, and never into our own network."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from aifactory.datasets.harvesting import ckan, dcat, rdf
from aifactory.datasets.harvesting.rdf import CannotBeRead
from aifactory.datasets.harvesting.records import FoundRecord, storable
from aifactory.kit.bilingual import Text
from aifactory.ports.dataspace import AddressRefused, Caller, Unreachable
from aifactory.ports.registry import get

_ACCEPT = "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.8, application/json;q=0.5"


@dataclass(frozen=True)
class Limits:
    """Bytes of one page, pages of one harvest, seconds of the whole."""

    bytes: int = 64_000_000
    pages: int = 2_000
    seconds: float = 600


@dataclass(frozen=True)
class Page:
    """What one page brought; `problem` says why it is not whole, and then the harvest is not whole either."""

    records: list[FoundRecord]
    problem: Text | None = None


def pages(kind: str, address: str, limits: Limits | None = None) -> Iterator[Page]:
    """Read a source to its end, or to the first page that can't be read."""
    limits = limits or Limits()
    deadline = time.monotonic() + limits.seconds
    at, seen = (ckan.page_address(address, 0) if kind == "ckan" else address), 0
    for _page in range(limits.pages):
        try:
            document = storable(fetch(at, limits.bytes, deadline))
            if kind == "ckan":
                records, count = ckan.records(document, address)
                seen += len(records)
                following, problem = (
                    (ckan.page_address(address, seen) if records and seen < count else ""),
                    None,
                )
            else:
                found, problem = rdf.read(document)
                records, following = dcat.records(found), _same_host(address, dcat.next_page(found))
        except CannotBeRead as refusal:
            yield Page([], refusal.text)
            return
        yield Page(records, problem)
        if not following or problem or following == at:
            return
        at = following
    yield Page([], Text(en="There are more pages than we read.", nl="Er zijn meer pagina's dan we lezen."))


def fetch(address: str, most: int, deadline: float) -> bytes:
    """Return what an address holds. Raises `CannotBeRead` with the reason."""
    try:
        with get(Caller).stream(address, {"Accept": _ACCEPT, "Accept-Encoding": "identity"}) as (
            status,
            chunks,
        ):
            if status != 200:
                raise CannotBeRead(
                    Text(en="The source answers {s}.", nl="De bron antwoordt {s}.").fill(s=status)
                )
            held: list[bytes] = []
            size = 0
            for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise CannotBeRead(Text(en="The page is too large.", nl="De pagina is te groot."))
                if time.monotonic() > deadline:
                    raise CannotBeRead(Text(en="The source is too slow.", nl="De bron is te traag."))
                held.append(chunk)
            return b"".join(held)
    except (AddressRefused, Unreachable) as refusal:
        why = str(refusal)[:200]
        raise CannotBeRead(
            Text(en="The source can't be reached: {why}", nl="De bron is niet te bereiken: {why}").fill(
                why=why
            )
        ) from refusal


def _same_host(source: str, following: str) -> str:
    """A next page lies on the same host: a catalogue can't send us round the world."""
    whole = urljoin(source, following) if following else ""
    return whole if urlsplit(whole).netloc == urlsplit(source).netloc else ""
