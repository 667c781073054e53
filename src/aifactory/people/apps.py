"""Loads the rules of every room once all models are known."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PeopleConfig(AppConfig):
    """The room of people; since it keeps the table of rules, it also calls them together."""

    name = "aifactory.people"

    def ready(self) -> None:
        autodiscover_modules("rules")
