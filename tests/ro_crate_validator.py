"""rocrate-validator without a network: what it would fetch comes from a package of npm that carries it."""

import json
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

#: The context of RO-Crate 1.2 as its authors published it, in the locked package `ro-crate` (script/assets).
CONTEXT = Path(__file__).parent.parent / "node_modules/ro-crate/lib/context.json"
ADDRESS = "https://w3id.org/ro/crate/1.2/context"


def problems(crate: dict[str, Any] | Path, folder: Path) -> list[str]:
    """Return what it finds against RO-Crate 1.2 of a document, or of a folder with its files; [] where it passes.

    Only what the specification says MUST. `folder` is an empty one, for its cache.
    """
    from rocrate_validator.models import ValidationSettings
    from rocrate_validator.services import validate, validate_metadata_as_dict

    if not CONTEXT.exists():
        pytest.fail("Run script/assets first: the tests read the context of RO-Crate from node_modules.")
    settings = {
        "profile_identifier": "ro-crate-1.2",
        "requirement_severity": "REQUIRED",
        "offline": True,
        "cache_path": _cache(folder / "cache"),
        "skip_availability_check": True,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rdflib, at what the validator calls; it takes one for a failure
        if isinstance(crate, Path):
            result = validate(ValidationSettings(rocrate_uri=str(crate), **settings))
        else:
            as_json = json.loads(json.dumps(crate))
            detached = ValidationSettings(
                rocrate_uri=None, metadata_only=True, packaging_mode="detached", **settings
            )
            result = validate_metadata_as_dict(as_json, detached)
    found = sorted(issue.message for issue in result.get_issues())
    assert result.passed() == (found == [])
    return found


def _cache(path: Path) -> Path:
    """Fill the cache that it reads when it is offline, by its own way: a request, answered from the package."""
    from requests.adapters import HTTPAdapter
    from requests_cache import CachedSession
    from urllib3 import HTTPResponse

    class Package(HTTPAdapter):
        def send(self, request, **_):
            assert request.url == ADDRESS
            raw = HTTPResponse(
                BytesIO(CONTEXT.read_bytes()),
                headers={"Content-Type": "application/ld+json"},
                status=200,
                preload_content=False,
                request_url=request.url,
            )
            return self.build_response(request, raw)

    with CachedSession(cache_name=str(path), backend="sqlite", expire_after=-1) as session:
        session.mount("https://", Package())
        session.get(ADDRESS)
    return path
