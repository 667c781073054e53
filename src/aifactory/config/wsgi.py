"""The WSGI door: what granian serves."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aifactory.config.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from aifactory.datasets.dataspace import courier, outbox  # noqa: E402

courier.start(outbox.carry_on, outbox.deliver)

import aifactory.config.urls  # noqa: E402, F401 - every page is loaded before the first is asked for

# What a process has loaded by now it keeps: the collector need not walk it again and again beside the pages.
gc.collect()
gc.freeze()
