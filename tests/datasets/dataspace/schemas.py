"""The protocol's own JSON Schemas, as published, read from the folder of standards."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

FOLDER = Path("data/standards/dsp-2025-1")


class Schemas:
    """Finds what does not fit the schema of its type."""

    def __init__(self, shared: Path) -> None:
        self.root = shared / FOLDER / "artifacts/src/main/resources"

    @cached_property
    def documents(self) -> dict[str, Any]:
        # Three of the published schemas point at `…json#definitions/…`, which is no JSON pointer.
        texts = [path.read_text() for path in sorted(self.root.glob("*/*.json"))]
        return {
            (d := json.loads(text.replace(".json#definitions/", ".json#/definitions/")))["$id"]: d
            for text in texts
        }

    @cached_property
    def by_type(self) -> dict[str, Any]:
        registry = jsonschema_rs.Registry(list(self.documents.items()))
        return {
            document["title"].removesuffix("Schema"): jsonschema_rs.validator_for(document, registry=registry)
            for document in self.documents.values()
        }

    def problems(self, body: dict[str, Any], kind: str = "") -> list[str]:
        """Return what the schema of its type says against a message or an answer."""
        return [str(error.message) for error in self.by_type[kind or body["@type"]].iter_errors(body)]

    def examples(self) -> dict[str, dict[str, Any]]:
        """Return the specification's own examples by name."""
        return {
            path.stem: json.loads(path.read_text()) for path in sorted(self.root.glob("*/example/*.json"))
        }


def cases(shared: Path) -> dict[str, list[dict[str, str]]]:
    """Return the steps of every case of the conformance kit, by its id."""
    listed = json.loads((shared / FOLDER / "tck-cases.json").read_text())
    return {case["id"]: case["steps"] for case in listed}
