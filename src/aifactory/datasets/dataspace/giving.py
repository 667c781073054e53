"""The provider's data plane: the files of a started transfer, for who holds its token, while the agreement holds."""

import hmac
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from aifactory.audit.actions import note
from aifactory.datasets.contracts import NoValidAgreement
from aifactory.datasets.dataspace.agreed import agreement_behind, digest_of
from aifactory.datasets.dataspace.models import Transfer
from aifactory.datasets.dataspace.rules import counterparty
from aifactory.datasets.models import DatasetVersion
from aifactory.datasets.processing.queries import said_of
from aifactory.datasets.vault import opening
from aifactory.kit import clock
from aifactory.kit.errors import NotAllowed, NotFound
from aifactory.ports.object_store import NoSuchObject


class TokenDoesNotOpen(NotAllowed):
    """The token is not this transfer's, is too old, or the transfer is not started."""


def manifest(pid: str, token: str) -> dict[str, Any]:
    """Return the files of a transfer, with digests and addresses. Raises `TokenDoesNotOpen`, `NoValidAgreement`."""
    version = _opened(pid, token)[1]
    address = f"{settings.DATASPACE_ADDRESS}/data/{pid}"
    dataset = version.dataset
    files = {f.path: f for f in version.files.all()}
    return version.manifest() | {
        "version": version.pk,
        "number": version.number,
        "digest": version.digest,
        "dataset": {
            "id": dataset.pk,
            "title": dataset.title,
            "title_nl": dataset.title_nl,
            "description": dataset.description,
            "description_nl": dataset.description_nl,
            "theme": dataset.theme,
            "licence": dataset.licence,
            "contains_personal_data": dataset.contains_personal_data,
            "personal_data": said_of(dataset).document() if dataset.contains_personal_data else None,
        },
        "addresses": {path: f"{address}/{f.pk}" for path, f in files.items()},
        "media_types": {path: f.media_type for path, f in files.items()},
    }


def file(pid: str, file_id: str, token: str) -> Iterator[bytes]:
    """Return the bytes of one file, and write down that they went. Raises like `manifest`, and `NotFound`."""
    transfer, version = _opened(pid, token)
    found = version.files.filter(pk=file_id).first() if file_id.isprintable() else None
    if found is None:
        raise NotFound(_("There is no such file in this transfer."))
    try:
        content = opening.content(found)
    except NoSuchObject as problem:
        raise NotFound(_("This file is not in the store.")) from problem
    note(
        "transfer:give",
        by=counterparty(transfer.participant),
        data={"transfer": transfer.pk, "agreement": transfer.agreement_pid, "file": found.pk},
    )
    return content


def _opened(pid: str, token: str) -> tuple[Transfer, DatasetVersion]:
    """Return the transfer and its version where the token opens it now; every request asks anew."""
    rows = Transfer.objects.select_related("participant", "negotiation__agreed")
    transfer = rows.filter(pk=pid, role="provider", state="started").first() if pid.isprintable() else None
    fits = (
        transfer is not None
        and hmac.compare_digest(transfer.token_digest, digest_of(token))
        and transfer.token_until is not None
        and clock.now() < transfer.token_until
        and transfer.participant.state == "admitted"
    )
    if transfer is None or not fits:
        raise TokenDoesNotOpen(
            _("This token opens nothing."), rule="token", next_step=_("Ask for a new transfer.")
        )
    agreement = agreement_behind(transfer)
    if agreement.version_id != transfer.version_id:
        raise NoValidAgreement(_("The transfer is about another version."), rule="agreement-scope")
    return transfer, agreement.version
