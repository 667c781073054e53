"""Projects with awards for tests."""

from datetime import timedelta

from aifactory.awards.actions import grant_line, open_project
from aifactory.awards.models import AwardLine, Project
from aifactory.kit import clock
from aifactory.people.actors import SystemActor
from aifactory.people.models import Organisation, User
from tests.people.factories import organisation as make_organisation
from tests.people.factories import person

GRANTOR = SystemActor("test", frozenset({"project:open", "project:manage", "award:grant", "award:spend"}))


def project(
    *,
    organisation: Organisation | None = None,
    leader: User | None = None,
    application: str = "",
    **facts: object,
) -> Project:
    """Open a project of thirty days."""
    organisation = organisation or make_organisation()
    return open_project(
        by=GRANTOR,
        title=str(facts.get("title", "A classifier")),
        organisation=organisation,
        leader=leader or person(organisation=organisation),
        application=application,
        purpose=str(facts.get("purpose", "")),
        ends_at=clock.now() + timedelta(days=30),
    )


def line(project_: Project | None = None, *, resource: str = "gpu", amount: int = 3600) -> AwardLine:
    """Award one GPU-hour, or what is asked."""
    project_ = project_ or project()
    now = clock.now()
    return grant_line(
        project_,
        by=GRANTOR,
        resource=resource,
        amount=amount,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=30),
    )
