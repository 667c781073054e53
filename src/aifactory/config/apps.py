"""Start-up: every port gets its adapter here, and nowhere else."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Wires the house once all rooms are loaded."""

    name = "aifactory.config"
    label = "config"

    def ready(self) -> None:
        from aifactory.config import logs, wiring

        logs.configure()
        wiring.wire()
