"""What writes the reference reads the models, and so needs Django to be set up."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aifactory.config.settings")
django.setup()
