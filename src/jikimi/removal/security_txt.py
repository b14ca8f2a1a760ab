"""Reads a site's security.txt (RFC 9116): the one file in which sites say for machines how to reach them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from jikimi.removal.mail_server import is_address

PATH = "/.well-known/security.txt"
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ \t]*(.+)")
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"


@dataclass(frozen=True, slots=True)
class SecurityTxt:
    """Mail addresses and web pages for reports, in the site's own order of preference."""

    mails: tuple[str, ...]
    pages: tuple[str, ...]


def read_security_txt(body: bytes, now: datetime) -> SecurityTxt | None:
    """Read the file; None where it is not one: a page, no contact, no or a past expiry (§2.5.5)."""
    try:
        lines = body.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return None
    fields = [match.groups() for line in _unsigned(lines) if (match := _FIELD.fullmatch(line.strip()))]
    expiries = [value for name, value in fields if name.lower() == "expires"]
    contacts = [value.strip() for name, value in fields if name.lower() == "contact"]
    if len(expiries) != 1 or not _is_ahead(expiries[0], now) or not contacts:
        return None
    mails = tuple(unquote(c[7:].partition("?")[0]) for c in contacts if c.lower().startswith("mailto:"))
    pages = tuple(c for c in contacts if c.startswith("https://") and urlsplit(c).hostname)
    return SecurityTxt(tuple(mail.lower() for mail in mails if is_address(mail)), pages)


def _unsigned(lines: list[str]) -> list[str]:
    """Return what a signature covers (§2.3); it is not checked: nobody knows whose key it would be."""
    if lines and lines[0].strip() == _SIGNED:
        end = lines.index(_SIGNATURE) if _SIGNATURE in lines else len(lines)
        return [line.removeprefix("- ") for line in lines[1:end]]
    return lines


def _is_ahead(text: str, now: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        return False
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) > now
