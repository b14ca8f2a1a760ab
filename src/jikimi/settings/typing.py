"""Django's settings for the type checker only: which tables there are. Never used at run time."""

from pathlib import Path
from tempfile import gettempdir

from jikimi.settings import Settings
from jikimi.settings.for_django import django_options

globals().update(django_options(Settings(folder=Path(gettempdir()) / "jikimi-typing")))
