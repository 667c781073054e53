"""Who sees and changes the parts that people have in duties. Mandates themselves: `people.rules`."""

from aifactory.people.mandates.models import Involvement
from aifactory.people.rules import visibility

# That a function has a part in a duty is public; whose function it is, is not part of the public record.
visibility(
    Involvement,
    visible_to=lambda _viewer: Involvement.objects.all(),
    can_view=lambda _viewer, _involvement: True,
)
