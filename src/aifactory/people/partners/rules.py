"""The consortium and its agreements are public; who signed and what shows a delivery are for staff and partners."""

from aifactory.people.models import Role
from aifactory.people.partners.models import Contribution, Delivery, Partner, PartnerAgreement, Party
from aifactory.people.partners.permissions import Permission
from aifactory.people.rules import STAFF, Viewer, grant, visibility


def sees_details(viewer: Viewer) -> bool:
    """Say whether the viewer reads signatories and evidence: staff, and people of partners of today."""
    return viewer is not None and (
        viewer.has_role(*STAFF) or Partner.objects.filter(organisation__in=viewer.organisation_ids).exists()
    )


for _model in (Partner, PartnerAgreement, Party, Contribution, Delivery):
    visibility(
        _model,
        visible_to=lambda _viewer, model=_model: model.objects.all(),  # type: ignore[misc]
        can_view=lambda _viewer, _thing: True,
    )
grant(Permission.MANAGE, roles={Role.OFFICE})
