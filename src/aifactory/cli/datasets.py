"""`aifactory datasets`: find data, and, as a steward, bring it in and offer it."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from aifactory.cli.output import AsJson, show
from aifactory.cli.remote import Remote
from aifactory.cli.sending import send_files
from aifactory.datasets.manifest import Difference, check_folder
from aifactory.kit.canonical import digest
from aifactory.kit.errors import FieldError, Invalid

app = typer.Typer(help="Datasets: find them, or share your own.", no_args_is_help=True)
COLUMNS = ("id", "title", "holder", "theme", "access", "state")


def _flat(dataset: dict[str, Any]) -> dict[str, Any]:
    return dataset | {"title": dataset["title"]["en"]}


def _object(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file. Raises `Invalid`."""
    try:
        found = json.loads(path.read_text())
    except ValueError as problem:
        raise Invalid([FieldError(str(path), f"This is not JSON: {problem}", "JSON")]) from problem
    if not isinstance(found, dict):
        raise Invalid([FieldError(str(path), "The file must hold one JSON object.", "JSON object")])
    return found


@app.command("list")
def list_(
    text: str = "",
    theme: str = "",
    access: str = "",
    source: Annotated[str, typer.Option(help="`here`, or the id of a catalogue that is harvested.")] = "",
    after: str = "",
    every: Annotated[
        bool, typer.Option("--all", help="Look through all datasets for words that very many have.")
    ] = False,
    as_json: bool = AsJson,
) -> None:
    """Search the catalogue, best first."""
    found = Remote().get(
        "/datasets", text=text, theme=theme, access=access, source=source, after=after, all=every
    )
    if not as_json:
        found["items"] = [_flat(item) for item in found["items"]]
    show(found, as_json=as_json, columns=("id", "title", "holder", "theme", "access", "source"))


@app.command("show")
def show_(dataset: str, as_json: bool = AsJson) -> None:
    """Show one dataset, its versions and its offers."""
    found = Remote().get(f"/datasets/{dataset}")
    if as_json:
        show(found, as_json=True)
        return
    show(_flat(found), as_json=False, columns=(*COLUMNS, "licence", "contains_personal_data"))
    show(
        {"items": found["versions"]},
        as_json=False,
        columns=("id", "number", "state", "size", "digest"),
        title="Versions",
    )
    offers = [offer | {"words": " ".join(offer["words"])} for offer in found["offers"]]
    show({"items": offers}, as_json=False, columns=("id", "state", "self_service", "words"), title="Offers")


class Standard(StrEnum):
    """The standards that a dataset is described in."""

    DCAT_AP = "dcat-ap"
    DCAT_AP_NL = "dcat-ap-nl"
    HEALTHDCAT_AP = "healthdcat-ap"
    MLDCAT_AP = "mldcat-ap"
    CROISSANT = "croissant"
    RO_CRATE = "ro-crate"
    SCHEMA_ORG = "schema-org"


@app.command("export")
def export(
    dataset: str,
    standard: Annotated[Standard, typer.Option("--as")] = Standard.DCAT_AP,
    turtle: Annotated[bool, typer.Option(help="Turtle instead of JSON-LD (DCAT profiles)")] = False,
) -> None:
    """Print a dataset in the words of a standard: JSON-LD, or Turtle."""
    typer.echo(Remote().text(f"/datasets/{dataset}/as/{standard}", form="ttl" if turtle else "jsonld"))


@app.command()
def details(
    dataset: str,
    facts: Annotated[Path, typer.Argument(help="JSON: keywords, place, provenance, contact, …")],
    as_json: bool = AsJson,
) -> None:
    """Steward: say what catalogues want to know further; what is left out is emptied."""
    done = Remote().put(f"/datasets/{dataset}/details", _object(facts))
    show(_shown(done, as_json), as_json=as_json, columns=(*COLUMNS, "details"))


@app.command()
def missing(dataset: str, as_json: bool = AsJson) -> None:
    """Steward: what the description still misses under each catalogue profile, clause by clause."""
    found = Remote().get(f"/datasets/{dataset}/missing")
    if not as_json:
        found = {"items": [one | {"text": one["text"]["en"]} for one in found]}
    show(found, as_json=as_json, columns=("profile", "clause", "text", "field"))


@app.command()
def trust(dataset: str, as_json: bool = AsJson) -> None:
    """Every claim about a dataset with its evidence; the energy of its use, and what came of it."""
    found = Remote().get(f"/datasets/{dataset}/trust")
    if as_json:
        show(found, as_json=True)
        return
    lines = [
        {"claim": line["title"]["en"], "standing": line["standing"], "says": line["says"]["en"]}
        | {"evidence": "\n".join(one["link"] or one["digest"] for one in line["evidence"])}
        for line in found["lines"]
    ]
    columns = ("claim", "standing", "says", "evidence")
    show(
        {"items": lines},
        as_json=False,
        columns=columns,
        title=f"{found['with_evidence']} claims have evidence",
    )
    energy = found["values"]["energy"]
    show(energy | {"kwh": energy["kwh"] or "no reading"}, as_json=False, title="Energy of its use")
    columns = ("kind", "name", "on", "evidence")
    show({"items": found["values"]["benefits"]}, as_json=False, columns=columns, title="What came of it")


@app.command()
def vocabulary() -> None:
    """Print the closed lists of purposes, actions, duties, themes and licences."""
    show(Remote().get("/vocabulary"), as_json=True)


@app.command()
def describe(
    facts: Annotated[
        Path, typer.Argument(help="JSON: holder, title, description, theme, access, licence, …")
    ],
    as_json: bool = AsJson,
) -> None:
    """Steward: describe a new dataset."""
    show(_shown(Remote().post("/datasets", _object(facts)), as_json), as_json=as_json, columns=COLUMNS)


@app.command()
def upload(
    dataset: str,
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    version: Annotated[str, typer.Option(help="A draft version (dsv_…) that the files go to.")] = "",
    as_json: bool = AsJson,
) -> None:
    """Steward: start a new version with these files. Broken off? The same command goes on where it stopped."""
    remote = Remote()
    sent_to = send_files(remote, dataset, files, version=version, silent=as_json)
    _version(remote.get(f"/dataset-versions/{sent_to}"), as_json=as_json)


@app.command()
def sent(version: str, after: str = "", as_json: bool = AsJson) -> None:
    """Steward: files that are being sent to a version, or were not taken in."""
    found = Remote().get(f"/dataset-versions/{version}/sent-files", after=after)
    show(found, as_json=as_json, columns=("id", "path", "size", "state", "begun_at", "reason"))


@app.command("give-up")
def give_up(file: str, as_json: bool = AsJson) -> None:
    """Steward: forget a file (snt_…) that is being sent."""
    done = Remote().post(f"/sent-files/{file}/give-up")
    show(done, as_json=as_json, columns=("id", "path", "state"))


@app.command()
def manifest(version: str) -> None:
    """Print the manifest of a version (dsv_…): every file with its digests."""
    typer.echo(Remote().text(f"/dataset-versions/{version}/manifest"))


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    manifest: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    version: Annotated[str, typer.Option(help="The digest (sha256:…) that names the version.")] = "",
    as_json: bool = AsJson,
) -> None:
    """Tool: check a folder against a manifest, offline. Exit 0 when all holds, 1 when not: where, in bytes."""
    listed = _object(manifest)
    differences = check_folder(folder, listed, besides=manifest)
    named = digest(listed)
    if version and version != named:
        differences.insert(0, Difference("", "manifest", f"The manifest is that of {named}."))
    if as_json:
        told = {"ok": not differences, "version": named, "differences": [asdict(x) for x in differences]}
        show(told, as_json=True)
    else:
        _tell(named, differences)
    raise typer.Exit(1 if differences else 0)


def _tell(named: str, differences: list[Difference]) -> None:
    typer.echo(f"Manifest of version {named}")
    for one in differences:
        where = ", ".join(f"bytes {start}–{stop - 1}" for start, stop in one.ranges)
        typer.echo(f"{one.path}: {one.message}{f' It differs in {where}.' if where else ''}")
    typer.echo("Something differs." if differences else "Everything holds.")


@app.command()
def key(dataset: str, as_json: bool = AsJson) -> None:
    """Steward or office: what became of the key that seals a dataset."""
    show(Remote().get(f"/datasets/{dataset}/key"), as_json=as_json)


@app.command("destroy-key")
def destroy_key(dataset: str, reason: str, as_json: bool = AsJson) -> None:
    """Steward, or office under a mandate: make a withdrawn dataset unreadable, for good."""
    show(Remote().post(f"/datasets/{dataset}/destroy-key", {"reason": reason}), as_json=as_json)


@app.command()
def inspect(
    version: str,
    project: Annotated[
        str,
        typer.Option(
            help="Inspect it as a job of this project, which pays: for what one machine can't hold."
        ),
    ] = "",
    nodes: Annotated[int, typer.Option(help="Nodes of that job.")] = 1,
    as_json: bool = AsJson,
) -> None:
    """Steward: let the factory inspect a version."""
    if not project:
        _version(Remote().post(f"/dataset-versions/{version}/inspect"), as_json=as_json)
        return
    job = Remote().post(
        f"/dataset-versions/{version}/inspect-on-cluster", {"project": project, "nodes": nodes}
    )
    show(job, as_json=as_json, columns=("id", "title", "nodes", "planned_start", "state"))


@app.command()
def drift(version: str, as_json: bool = AsJson) -> None:
    """What changed in a version since the one before."""
    found = Remote().get(f"/dataset-versions/{version}/drift")
    if not as_json:
        found = {"items": found["changes"] or []}
    show(found, as_json=as_json, columns=("file", "column", "what", "figure", "notable"))


@app.command()
def publish(thing: str, as_json: bool = AsJson) -> None:
    """Steward: publish a version (dsv_…) or a dataset (dst_…)."""
    if thing.startswith("dsv_"):
        _version(Remote().post(f"/dataset-versions/{thing}/publish"), as_json=as_json)
        return
    show(_shown(Remote().post(f"/datasets/{thing}/publish"), as_json), as_json=as_json, columns=COLUMNS)


@app.command()
def withdraw(thing: str, reason: str, as_json: bool = AsJson) -> None:
    """Steward or office: take back a version or a dataset; its agreements end."""
    if thing.startswith("dsv_"):
        _version(Remote().post(f"/dataset-versions/{thing}/withdraw", {"reason": reason}), as_json=as_json)
        return
    done = Remote().post(f"/datasets/{thing}/withdraw", {"reason": reason})
    show(_shown(done, as_json), as_json=as_json, columns=COLUMNS)


@app.command()
def offer(
    dataset: str,
    terms: Annotated[Path, typer.Argument(help="JSON in the words of `vocabulary`")],
    self_service: bool = False,
    as_json: bool = AsJson,
) -> None:
    """Steward: offer a dataset under terms."""
    body = {"terms": _object(terms), "self_service": self_service}
    show(Remote().post(f"/datasets/{dataset}/offers", body), as_json=as_json)


@app.command()
def close(offer: str, as_json: bool = AsJson) -> None:
    """Steward: take no more requests under an offer."""
    show(Remote().post(f"/offers/{offer}/close"), as_json=as_json)


@app.command()
def download(file: str, to: Path) -> None:
    """Download one file (dsf_…). Broken off? The same command goes on where it stopped."""
    typer.echo(Remote().download_on(f"/dataset-files/{file}", to))


def _shown(dataset: dict[str, Any], as_json: bool) -> dict[str, Any]:
    return dataset if as_json else _flat(dataset)


def _version(version: dict[str, Any], *, as_json: bool) -> None:
    columns = ("id", "dataset", "number", "state", "size", "digest", "report_digest")
    show(version, as_json=as_json, columns=columns)
