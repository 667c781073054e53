"""Loads the rules of every room once all models are known."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

#: the nouns of this room that state rules of their own
NOUNS = ("enterprises", "mandates", "terms", "partners", "ssh")


class PeopleConfig(AppConfig):
    """The room of people; since it keeps the table of rules, it also calls them together."""

    name = "aifactory.people"

    def ready(self) -> None:
        autodiscover_modules("rules")
        for noun in NOUNS:
            import_module(f"{self.name}.{noun}.rules")
