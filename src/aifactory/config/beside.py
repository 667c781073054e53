"""`aifactory-agent`: the agent as a process of its own beside a cluster, with the portal's address and a token.

It has no database and no key of the portal's, listens to nothing, and keeps nothing between turns.
"""

import signal
import time
from pathlib import Path
from types import FrameType

import structlog
import typer

import aifactory
from aifactory.adapters.desk import HttpsDesk, HttpsShelf, PortalIsSilent, connection
from aifactory.adapters.engine.grants import public_keys
from aifactory.agent.cluster import ClusterAgent
from aifactory.agent.environments import Environments
from aifactory.agent.grants import SignedGrants
from aifactory.agent.loop import Agent
from aifactory.config import slurm
from aifactory.config.environment import ENV

RECIPES = Path(aifactory.__file__).with_name("recipes")
#: accounts, keys, queue and books are looked at so often; they are compared every hour
EVERY, COMPARED_EVERY = 10.0, 3600.0
app = typer.Typer(help=__doc__.splitlines()[0], no_args_is_help=True, add_completion=False)
log = structlog.get_logger()


class Beside:
    """Both agents of one cluster, over one connection."""

    def __init__(self) -> None:
        if not (ENV.agent_name and ENV.agent_portal and ENV.agent_token):
            raise typer.BadParameter(
                "Set AIFACTORY_AGENT_NAME, AIFACTORY_AGENT_PORTAL and AIFACTORY_AGENT_TOKEN."
            )
        portal = connection(ENV.agent_portal, ENV.agent_token.read_text(encoding="utf-8").strip())
        self.desk, self.shelf = HttpsDesk(portal), HttpsShelf(portal)
        self.cluster = ClusterAgent(self.desk, slurm.cluster(ENV.agent_name), slurm.entrance())
        self.running, self._next, self._compared = True, 0.0, time.monotonic()

    def jobs(self) -> Agent:
        """Return the agent that runs jobs. The portal is asked for its keys each time: it may have changed them."""
        return Agent(
            self.desk, slurm.engine(ENV.agent_name), self.shelf, Environments(ENV.environments.resolve()),
            recipes_root=RECIPES, verify_grant=SignedGrants(public_keys(self.desk.grant_keys())),
            root=ENV.home.resolve() / "agent",
        )  # fmt: skip

    def turn(self) -> None:
        """Do what is due once. Raises `PortalIsSilent`: everything goes on next time from what is there."""
        self.jobs().turn()
        if time.monotonic() >= self._next:
            self.cluster.turn()
            self._next = time.monotonic() + EVERY
        if time.monotonic() - self._compared >= COMPARED_EVERY:
            self.cluster.compare()
            self._compared = time.monotonic()

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """End after this turn."""
        self.running = False


@app.command()
def run(
    once: bool = typer.Option(False, help="One turn, then end."),
    pause: float = typer.Option(2.0, help="Seconds between two turns."),
) -> None:
    """Do what the portal says should be, and tell what is, until told to stop."""
    beside = Beside()
    signal.signal(signal.SIGTERM, beside.stop)
    signal.signal(signal.SIGINT, beside.stop)
    while beside.running:
        try:
            beside.turn()
        except PortalIsSilent as silence:
            log.warning("portal_silent", why=str(silence))
            if once:
                raise typer.Exit(1) from None
        except Exception:
            log.exception("turn_failed")
            if once:
                raise
        if once:
            return
        time.sleep(pause)


@app.command()
def plan() -> None:
    """Print what would be changed on the cluster, with each command, and change nothing."""
    for change in Beside().cluster.plan():
        typer.echo(f"{change.sentence} {' '.join(change.command)}".rstrip())


if __name__ == "__main__":
    app()
