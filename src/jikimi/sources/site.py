"""Reads the address of a server as an operator types it."""

from urllib.parse import urlsplit

from jikimi.model.errors import Misconfigured
from jikimi.model.post import Secret


def checked_site(text: str, option: str, example: str) -> str:
    """Return the address without its last slash; Misconfigured unless it is one of the web."""
    try:
        parts = urlsplit(text)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        is_web = is_web and not (parts.username or parts.query or parts.fragment)
    except ValueError:
        is_web = False
    if not is_web:
        raise Misconfigured(f"Option {option}: type an address such as {example}")
    return text.rstrip("/")


def host_of(site: str) -> str:
    """Return the host of a checked address, for messages."""
    return urlsplit(site).hostname or ""


def bearer(token: Secret) -> dict[str, Secret]:
    """Return the header that signs a request in (RFC 6750), none without a token."""
    return {"Authorization": Secret(f"Bearer {token.reveal()}")} if token.reveal() else {}
