"""Data that may be used and never seen, and jobs on it."""

from dataclasses import dataclass

from aifactory.datasets.models import Agreement
from aifactory.people.models import Role, User
from aifactory.supercomputer import actions
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.secure.models import Withheld
from tests.datasets import factories as datasets
from tests.people.factories import person
from tests.supercomputer.factories import Factory, later

ROWS = b"group,people\nyoung,120\nold,480\n"


@dataclass
class Inside:
    """A plant whose project has an agreement on data that stays in the secure environment."""

    plant: Factory
    agreement: Agreement

    @property
    def steward(self) -> User:
        return User.objects.get(pk=self.agreement.offer.offered_by_id)

    def colleague(self) -> User:
        """Return another steward of the holder."""
        return person(Role.STEWARD, organisation=datasets.holder_of(self.steward))

    def run(self, **wish) -> Attempt:
        """Run a job on the data to its end."""
        wish = {"inputs": {"table": self.agreement.version_id}} | wish
        job = actions.start(self.plant.submit(**wish), by=self.plant.user)
        self.plant.turn()
        with later(seconds=61):
            for _ in range(4):
                self.plant.turn()
        return job.attempts.latest("number")

    def kept(self, outputs: dict[str, bytes] | None = None) -> Withheld:
        """Run a job and return what it left inside."""
        self.plant.behaviour |= {
            "outputs": outputs or {"table.csv": ROWS, "metrics.json": b'{"auc": 0.9}'},
            "prints": b"epoch 1\n",
        }
        return self.run().withheld


def inside(plant: Factory, environment: str = "blind", **terms) -> Inside:
    offer = datasets.offer(datasets.published(), environment=environment, **terms)
    return Inside(plant, datasets.in_force(offer, plant.project))
