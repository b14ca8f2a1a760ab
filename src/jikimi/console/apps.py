"""Tells Django that this room holds pages, and holds the house they show."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The console's label is `console`."""

    name = "jikimi.console"
    label = "console"
