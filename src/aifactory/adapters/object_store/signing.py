"""Requests to S3, signed: AWS Signature Version 4 for service `s3`, in headers or in an address.

Source: "Authenticating Requests (AWS Signature Version 4)" in the Amazon S3 API Reference; the tests hold its examples.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Credentials:
    """Who asks: a key's id, its secret, and the region that the store says it is in."""

    key_id: str
    secret: str = field(repr=False)
    region: str = "us-east-1"


def signed_headers(
    method: str, url: str, headers: Mapping[str, str], payload: str, *, who: Credentials, at: datetime
) -> dict[str, str]:
    """Return the headers with the signature; `payload` is the SHA-256 (hex) of the body, or `UNSIGNED`."""
    stamp = f"{at:%Y%m%dT%H%M%SZ}"
    sent = {name.lower(): value for name, value in headers.items()}
    sent |= {"host": _host(url), "x-amz-content-sha256": payload, "x-amz-date": stamp}
    names = ";".join(sorted(sent))
    signature = _signature(_canonical(method, url, sent, names, payload), stamp, who)
    proof = f"{ALGORITHM} Credential={who.key_id}/{_scope(stamp, who)},SignedHeaders={names},Signature={signature}"
    return sent | {"authorization": proof}


def signed_address(method: str, url: str, *, who: Credentials, at: datetime, seconds: int) -> str:
    """Return an address that does this one thing for whoever holds it, for so many seconds (at most a week)."""
    stamp = f"{at:%Y%m%dT%H%M%SZ}"
    said = {
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{who.key_id}/{_scope(stamp, who)}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    whole = (
        url + ("&" if urlsplit(url).query else "?") + "&".join(f"{k}={_quoted(v)}" for k, v in said.items())
    )
    canonical = _canonical(method, whole, {"host": _host(url)}, "host", UNSIGNED)
    return f"{whole}&X-Amz-Signature={_signature(canonical, stamp, who)}"


def _canonical(method: str, url: str, headers: Mapping[str, str], names: str, payload: str) -> str:
    parts = urlsplit(url)
    query = sorted((_quoted(k), _quoted(v)) for k, v in parse_qsl(parts.query, keep_blank_values=True))
    lines = [f"{name}:{' '.join(headers[name].split())}\n" for name in names.split(";")]
    asked = "&".join(f"{k}={v}" for k, v in query)
    return "\n".join([method, parts.path or "/", asked, "".join(lines), names, payload])


def _signature(canonical: str, stamp: str, who: Credentials) -> str:
    text = "\n".join([ALGORITHM, stamp, _scope(stamp, who), hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{who.secret}".encode()
    for word in (*_scope(stamp, who).split("/"), text):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return key.hex()


def _scope(stamp: str, who: Credentials) -> str:
    return f"{stamp[:8]}/{who.region}/s3/aws4_request"


def _host(url: str) -> str:
    """Return the host as it is sent: without a port that goes without saying."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}[parts.scheme]
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else str(parts.hostname)
    return name if parts.port in (None, usual) else f"{name}:{parts.port}"


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
