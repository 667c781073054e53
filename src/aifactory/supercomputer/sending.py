"""Handing what a job wrote over to a browser or a command, which are told to keep it and never to show it."""

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from aifactory.supercomputer.queries import Result


def sent(file: Result) -> StreamingHttpResponse:
    """Return a result as an attachment of no particular type: a job may write anything."""
    headers = {
        "Content-Disposition": content_disposition_header(True, file.name),
        "Content-Length": file.size,
    }
    return StreamingHttpResponse(file.chunks, content_type="application/octet-stream", headers=headers)
