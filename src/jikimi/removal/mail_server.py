"""Reads the address of the centre's mail server, and checks mail addresses, before anything is sent."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from jikimi.model.errors import Misconfigured
from jikimi.model.post import Secret

WHAT_TO_TYPE = (
    "Type JIKIMI_SMTP=smtp://user:password@mail.example:587 (or smtps://…:465); "
    "write special characters of the password as %XX."
)
WHAT_TO_TYPE_FOR_IMAP = (
    "Type JIKIMI_IMAP=imaps://user:password@imap.example/INBOX; "
    "write special characters of the password as %XX."
)
PORTS = {"smtp": 587, "smtps": 465}  # message submission, RFC 6409 and RFC 8314
IMAP_PORTS = {"imap": 143, "imaps": 993}
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_LONGEST_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where to hand mail in. `is_tls` means encrypted from the first byte; else STARTTLS is asked for."""

    host: str
    port: int
    is_tls: bool
    user: Secret = field(repr=False)
    password: Secret = field(repr=False)

    @property
    def is_loopback(self) -> bool:
        """Tell whether it runs on this very machine, where nobody can listen in between."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def parse_smtp_url(text: Secret) -> MailServer:
    """Read `smtp://user:password@host:port`; raise Misconfigured with what to type, never with the text."""
    server, path = _parse(text, PORTS, WHAT_TO_TYPE)
    if path:
        raise Misconfigured(f"The mail server's address has something behind its port. {WHAT_TO_TYPE}")
    return server


def parse_imap_url(text: Secret) -> tuple[MailServer, str]:
    """Read `imaps://user:password@host:port/FOLDER` into server and folder; raises as `parse_smtp_url`."""
    server, path = _parse(text, IMAP_PORTS, WHAT_TO_TYPE_FOR_IMAP)
    if not server.user.reveal():
        raise Misconfigured(f"The mailbox's address needs user and password. {WHAT_TO_TYPE_FOR_IMAP}")
    folder = unquote(path) or "INBOX"
    if not folder.isascii() or not folder.isprintable() or '"' in folder or "\\" in folder:
        raise Misconfigured(f"The mailbox's folder has letters it cannot have. {WHAT_TO_TYPE_FOR_IMAP}")
    return server, folder


def _parse(text: Secret, ports: Mapping[str, int], advice: str) -> tuple[MailServer, str]:
    try:
        parts = urlsplit(text.reveal())
        port = parts.port
    except ValueError:
        # urlsplit's own message may show the password, so nothing of it is passed on.
        raise Misconfigured(f"The mail server's address cannot be read. {advice}") from None
    if parts.scheme not in ports or not parts.hostname:
        schemes = " or ".join(f"{scheme}://" for scheme in ports)
        raise Misconfigured(f"The mail server's address must begin with {schemes}. {advice}")
    if parts.query or parts.fragment:
        raise Misconfigured(f"The mail server's address has something behind its port. {advice}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise Misconfigured(f"The mail server's address needs both user and password, or none. {advice}")
    if not (user + password).isascii():
        raise Misconfigured(f"Only ASCII user names and passwords can be sent to mail servers. {advice}")
    server = MailServer(
        host=parts.hostname,
        port=port or ports[parts.scheme],
        is_tls=parts.scheme in {"smtps", "imaps"},
        user=Secret(user),
        password=Secret(password),
    )
    return server, parts.path.removeprefix("/")


def tls_context(server: MailServer) -> ssl.SSLContext:
    """Return how to encrypt: certificates are checked, except on this machine itself."""
    context = ssl.create_default_context()
    if server.is_loopback:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def is_address(text: str) -> bool:
    """Tell whether this is one plain mail address (RFC 5321, ASCII): no name, no list, no line end."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None
