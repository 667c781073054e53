"""Who harvests, and who sees what came in: sources and harvests are nobody's secret."""

from aifactory.datasets.harvesting.models import CatalogueSource, Harvest
from aifactory.datasets.permissions import Permission
from aifactory.people.actors import SystemActor
from aifactory.people.models import Role
from aifactory.people.rules import grant, visibility

#: Reads the sources when nobody is there.
HARVESTER = SystemActor("harvester", frozenset({Permission.HARVEST}))

visibility(
    CatalogueSource,
    visible_to=lambda _viewer: CatalogueSource.objects.all(),
    can_view=lambda _viewer, _source: True,
)
visibility(Harvest, visible_to=lambda _viewer: Harvest.objects.all(), can_view=lambda _viewer, _harvest: True)
grant(Permission.HARVEST, roles={Role.STEWARD})
grant(Permission.HARVEST, roles={Role.OFFICE})
