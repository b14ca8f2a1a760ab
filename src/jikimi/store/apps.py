"""Tells Django that this room holds tables."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The tables live under the label `store`."""

    name = "jikimi.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
