"""The WSGI door: what granian serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aifactory.config.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
