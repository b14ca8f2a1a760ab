"""Tells Django that this room holds pages, and holds the house that the pages work on."""

from django.apps import AppConfig, apps

from jikimi.model.errors import Misconfigured
from jikimi.model.ports import House


class ConsoleConfig(AppConfig):
    """The pages live under the label `console`. `house` is set once, by `asgi.application`."""

    name = "jikimi.console"
    label = "console"
    house: House | None = None


def the_house() -> House:
    """Return the house this console belongs to; Misconfigured before `asgi.application` was called."""
    config = apps.get_app_config("console")
    if not isinstance(config, ConsoleConfig) or config.house is None:
        raise Misconfigured("The console was started without a house. Type: jikimi serve")
    return config.house
