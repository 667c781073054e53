"""How many rows each site gets, and the texts in them: the same on both sides."""

from dataclasses import asdict, dataclass
from typing import Any

TITLE = "Reading crop stress from satellite pictures {:06}"
DESCRIPTION = (
    "An invented project for measuring. It trains a small vision model on open satellite pictures of fields, "
    "so that growers see drought two weeks earlier than today, and publishes model and card."
)
JUSTIFICATION = "We need these hours to train and to compare three models on two years of open pictures."


@dataclass(frozen=True)
class Rows:
    """A size of the portal: 5,000 projects and 20,000 allocations, or a multiple of it."""

    projects: int = 5_000
    allocations: int = 20_000
    people: int = 2_000

    def times(self, factor: int) -> "Rows":
        return Rows(self.projects * factor, self.allocations * factor, self.people * factor)

    def wanted(self) -> dict[str, Any]:
        """Return the sizes and texts as plain JSON, for a loader in another environment."""
        return asdict(self) | {"title": TITLE, "description": DESCRIPTION, "justification": JUSTIFICATION}
