"""What everyone may know of one published dataset: the one source of every projection.

Columns are there for open data only. A projection cannot leak what an entry does not hold.
"""

from dataclasses import dataclass
from datetime import datetime

from aifactory.datasets.details import Details
from aifactory.datasets.processing.said import Said


@dataclass(frozen=True)
class Column:
    """One column of an open table: its name and its kind (`number`, `text`, `time`, `boolean`, `other`)."""

    name: str
    kind: str
    type: str


@dataclass(frozen=True)
class FileEntry:
    """One file of the published version, and where it can be downloaded; `size` in bytes."""

    address: str
    path: str
    media_type: str
    size: int
    digest: str
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Entry:
    """What the catalogue says of one dataset.

    Addresses are absolute; `digest` is that of the version, `report_digest` that of its inspection, `size` its
    bytes together; `personal` is what is said of personal data, where there is any. `files` is empty for data
    that is not open: then neither their names nor their columns are anybody's business.
    """

    address: str
    identifier: str
    title: dict[str, str]
    description: dict[str, str]
    holder: str
    holder_address: str
    theme: str
    access: str
    licence: str
    personal_data: bool
    purposes: tuple[str, ...]
    version: str
    digest: str
    report_digest: str
    size: int
    issued: datetime
    modified: datetime
    files: tuple[FileEntry, ...]
    offers: tuple[str, ...]
    details: Details
    personal: Said
