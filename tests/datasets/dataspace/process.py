"""A process of its own that carries on with what waits: `python -m tests.datasets.dataspace.process`.

It is there to be killed, so it takes up at once what the one before it left behind.
"""

import os
from datetime import timedelta


def main() -> None:
    from aifactory.adapters.dataspace.http import HttpCaller
    from aifactory.datasets.dataspace import kept, outbox
    from aifactory.ports.dataspace import Caller
    from aifactory.ports.registry import provide

    provide(Caller, HttpCaller(["127.0.0.0/8"]))
    kept.CLAIM, outbox.GRACE = timedelta(seconds=0.5), timedelta(0)
    while True:
        outbox.turn()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "aifactory.config.settings"
    import django

    django.setup()
    main()
