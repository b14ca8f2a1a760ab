"""Django's settings, derived from ours: database, sign-in, languages, security headers."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jikimi.settings import Settings

OWNER_ONLY = 0o600
CONSOLE = "jikimi.console"
IDLE_SECONDS = 30 * 60
LARGEST_UPLOAD = 64 * 2**20  # one form, all its files together
MOST_FILES = 50

APPS = [
    "jikimi.store.apps.StoreConfig",
    "jikimi.console.apps.ConsoleConfig",  # before allauth: its pages wear our templates
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "jikimi.console.middleware.plain_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "jikimi.console.middleware.idle_limit",
    "jikimi.console.middleware.PasswordFirst",
    "jikimi.console.middleware.ErrorsInWords",
    "jikimi.console.middleware.forms_alone",
]

CONTEXT = [
    "django.template.context_processors.request",
    "django.template.context_processors.i18n",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "jikimi.console.context.frame",
]

LOGGING = {  # errors go to the standard error, without addresses of pages: those hold entry tokens
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # scanners, answered with 400
    },
}


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
        "INSTALLED_APPS": APPS,
        "MIDDLEWARE": MIDDLEWARE,
        "ROOT_URLCONF": f"{CONSOLE}.urls",
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": CONTEXT},
            }
        ],
        "STATIC_URL": "/static/",
        "ALLOWED_HOSTS": sorted({host, settings.host, "localhost", "127.0.0.1"}),
        "CSRF_TRUSTED_ORIGINS": [settings.origin],
        "LANGUAGES": [("ko", "한국어"), ("en", "English")],
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",  # the console sends no mail
        "LOGGING": LOGGING,
        **_sign_in_options(),
        **_cookie_options(settings),
        **_header_options(settings),
        **_upload_options(),
    }


def _sign_in_options() -> dict[str, Any]:
    """Nobody signs up by themselves; a name and a password, and a second step for who wants one."""
    validation = "django.contrib.auth.password_validation"
    return {
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "PASSWORD_HASHERS": [
            "django.contrib.auth.hashers.Argon2PasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"{validation}.UserAttributeSimilarityValidator"},
            {"NAME": f"{validation}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
            {"NAME": f"{validation}.CommonPasswordValidator"},
            {"NAME": f"{validation}.NumericPasswordValidator"},
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "home",
        "LOGOUT_REDIRECT_URL": "account_login",
        "ACCOUNT_ADAPTER": f"{CONSOLE}.adapters.ClosedDoor",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_SESSION_REMEMBER": True,  # until the session's age, never beyond
        "MFA_ADAPTER": f"{CONSOLE}.adapters.SealedSecondStep",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_TOTP_ISSUER": "Jikimi",
        "MFA_TOTP_TOLERANCE": 1,  # phones' clocks are off by some seconds
    }


def _cookie_options(settings: Settings) -> dict[str, Any]:
    """Thirty idle minutes; `console.middleware` renews what is in use. Scripts see no cookie."""
    return {
        "SESSION_COOKIE_AGE": IDLE_SECONDS,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",  # Strict would ask for sign-in after every link in a mail
        "SESSION_COOKIE_SECURE": settings.is_secure,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "CSRF_COOKIE_SECURE": settings.is_secure,
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
        "LANGUAGE_COOKIE_SECURE": settings.is_secure,
        "LANGUAGE_COOKIE_AGE": 365 * 24 * 3600,
    }


def _header_options(settings: Settings) -> dict[str, Any]:
    """Nothing from elsewhere, nothing inline, nothing framed (OWASP ASVS 5.0, V3)."""
    return {
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": ["'none'"],
                "script-src": ["'self'"],
                "style-src": ["'self'"],
                "img-src": ["'self'"],
                "connect-src": ["'self'"],
                "form-action": ["'self'"],
                "frame-ancestors": ["'none'"],
                "base-uri": ["'none'"],
            }
        },
        # No other site learns of us. "no-referrer" would make forms say "Origin: null", which CSRF refuses
        # (Fetch standard, "append a request Origin header").
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_HSTS_SECONDS": 365 * 24 * 3600 if settings.is_secure else 0,
        "X_FRAME_OPTIONS": "DENY",
    }


def _upload_options() -> dict[str, Any]:
    """An original stays in memory, whatever its size; `console.asgi` refuses what is larger than this."""
    return {
        "FILE_UPLOAD_HANDLERS": ["django.core.files.uploadhandler.MemoryFileUploadHandler"],
        "FILE_UPLOAD_MAX_MEMORY_SIZE": LARGEST_UPLOAD,
        "DATA_UPLOAD_MAX_NUMBER_FILES": MOST_FILES,
    }
