"""Django's settings, derived from ours: database, sign-in, languages, security headers."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jikimi.settings import Settings

OWNER_ONLY = 0o600
CONSOLE = "jikimi.console"


def start_django(settings: Settings) -> None:
    """Configure Django from our settings, once a process."""
    import django  # noqa: PLC0415  # heavy; `jikimi --help` and `jikimi compare` do without
    from django.conf import settings as django_settings  # noqa: PLC0415  # as above

    if not django_settings.configured:
        django_settings.configure(**django_options(settings))
        django.setup()


def django_options(settings: Settings) -> dict[str, Any]:
    """Return Django's settings for ours; the part the console needs is `console_options`."""
    return {
        "SECRET_KEY": _secret_key(settings.folder / "keys" / "session.key"),
        "DATABASES": {"default": database_options(settings)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "TIME_ZONE": "Asia/Seoul" if settings.language == "ko" else "UTC",
        "LANGUAGE_CODE": settings.language,
        **console_options(settings),
    }


def database_options(settings: Settings) -> dict[str, object]:
    """Return Django's description of the database."""
    if not settings.database:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(settings.folder / "jikimi.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
                    "PRAGMA temp_store=MEMORY;"
                ),
            },
        }
    parts = urlsplit(settings.database.reveal())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def _secret_key(path: Path) -> str:
    """Return the key that signs sessions, made at first use and readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(64))
    return path.read_text().strip()


def console_options(settings: Settings) -> dict[str, Any]:
    """Return what the console needs of Django: apps, middleware, templates, sign-in, headers."""
    host = urlsplit(settings.origin).hostname or settings.host
    return {
        "INSTALLED_APPS": [
            "jikimi.store.apps.StoreConfig",
            "jikimi.console.apps.ConsoleConfig",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "django_htmx",
            "csp",
            "allauth",
            "allauth.account",
            "allauth.mfa",
        ],
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        "ALLOWED_HOSTS": sorted({host, settings.host, "localhost", "127.0.0.1"}),
        "CSRF_TRUSTED_ORIGINS": [settings.origin],
    }
