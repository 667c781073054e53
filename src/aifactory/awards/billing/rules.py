"""Who sees and moves what belongs to paid use: the office, the auditor, and the people of the customer."""

from django.db import models

from aifactory.awards.billing.models import Customer, Invoice, PaidLine
from aifactory.awards.billing.permissions import Permission
from aifactory.people.models import Role, User
from aifactory.people.queries import mandate_for
from aifactory.people.rules import STAFF, Viewer, grant, visibility


def customers_visible_to(viewer: Viewer) -> models.QuerySet[Customer]:
    """Staff see all customers, members their own organisation."""
    if viewer is not None and viewer.has_role(*STAFF):
        return Customer.objects.all()
    return Customer.objects.filter(organisation__in=viewer.organisation_ids if viewer else ())


def can_view_customer(viewer: Viewer, customer: Customer) -> bool:
    """Same rule, for one."""
    return viewer is not None and (
        viewer.has_role(*STAFF) or customer.organisation_id in viewer.organisation_ids
    )


def invoices_visible_to(viewer: Viewer) -> models.QuerySet[Invoice]:
    """An invoice is seen with its customer."""
    return Invoice.objects.filter(customer__in=customers_visible_to(viewer))


def lines_visible_to(viewer: Viewer) -> models.QuerySet[PaidLine]:
    """What was sold is seen with its customer."""
    return PaidLine.objects.filter(customer__in=customers_visible_to(viewer))


def _mandated(user: User, _thing: object) -> bool:
    return mandate_for(user, Permission.ISSUE, scope="") is not None


visibility(Customer, visible_to=customers_visible_to, can_view=can_view_customer)
visibility(
    Invoice,
    visible_to=invoices_visible_to,
    can_view=lambda viewer, invoice: can_view_customer(viewer, invoice.customer),
)
visibility(
    PaidLine,
    visible_to=lines_visible_to,
    can_view=lambda viewer, line: can_view_customer(viewer, line.customer),
)
grant(Permission.CUSTOMER, roles={Role.OFFICE})
grant(Permission.SETTLE, roles={Role.OFFICE})
grant(Permission.ISSUE, roles={Role.OFFICE}, when=_mandated)
