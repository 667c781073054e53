"""Stops an upload that is too large before it fills the disk."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext as _

from aifactory.kit.errors import Refused
from aifactory.kit.units import human
from aifactory.people.language import spoken


class UploadTooLarge(Refused, RequestDataTooBig):
    """More bytes than a page or the API takes.

    Django's own error too: the form is first read by the check against forged requests, before any view.
    """

    status = 413


def _refusal() -> UploadTooLarge:
    return UploadTooLarge(
        _("A file can be at most %(size)s here.")
        % {"size": human("storage", settings.UPLOAD_LIMIT, spoken())},
        rule="upload:limit",
        next_step=_("Make the file smaller, or ask the data steward for another way to deliver it."),
    )


class LimitedUpload(FileUploadHandler):
    """Refuses by the announced length first, and by what truly arrives after that."""

    received = 0

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ARG002 - Django's signature
        META: dict[str, Any],  # noqa: ARG002, N803
        content_length: int,
        boundary: str,  # noqa: ARG002
        encoding: str | None = None,  # noqa: ARG002
    ) -> None:
        # One file and a few fields: the envelope around a file is small.
        if content_length > settings.UPLOAD_LIMIT + 1_000_000:
            raise _refusal()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_LIMIT:
            raise _refusal()
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""
