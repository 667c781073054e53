"""Taking bytes out of the factory: who may, and the trace that it leaves."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from aifactory.audit.actions import note
from aifactory.datasets.models import DatasetFile
from aifactory.datasets.rules import may_download
from aifactory.datasets.vault import opening
from aifactory.kit.errors import NotAllowed, NotFound
from aifactory.people.models import User
from aifactory.people.rules import can_view
from aifactory.ports.object_store import NoSuchObject


def open_file(file_id: str, viewer: Any, start: int = 0) -> tuple[DatasetFile, Iterator[bytes]]:
    """Return a file and its bytes from `start` on, opened where they rest sealed.

    Raises `NotFound`, `NotAllowed` where an agreement is needed, `KeyIsDestroyed`.
    Downloads of data that is not public are events.
    """
    file = DatasetFile.objects.select_related("version__dataset").filter(pk=file_id).first()
    person = viewer if isinstance(viewer, User) else None
    if file is None or not can_view(person, file.version):
        raise NotFound(_("There is nothing here that you can see."))
    if not may_download(person, file.version):
        raise NotAllowed(
            _("This data may not be downloaded by you."),
            rule="download",
            next_step=_(
                "Use it in the factory under an agreement: open the page of the dataset and ask for one."
            ),
        )
    try:
        content = opening.content(file, start)
    except NoSuchObject as problem:
        raise NotFound(
            _("This file is not in the store."), next_step=_("Tell the factory office.")
        ) from problem
    if person is not None and file.version.dataset.access != "public":
        note("dataset:download", by=person, data={"file": file.pk, "version": file.version_id})
    return file, content
