"""Reads a web address strictly and decides whether it may be visited."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urljoin

from yarl import URL

from jikimi.model.errors import Blocked, Misconfigured

PORTS = {"http": 80, "https": 443}
LONGEST = 8192  # characters; what common servers accept as a request line
LONGEST_HOST = 254  # RFC 1035, with the dot at the end
ALLOW = "If it is a site of your own, add its IP address and port to JIKIMI_ALLOW."

_SHAPE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#\\]*)([^#]*)")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{0,5}))?")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_KEPT_IN_TARGET = "!$%&'()*+,/:;=?@[]~"

# IANA IPv4 Special-Purpose Address Registry, plus what else never names a foreign website.
_CLOSED_V4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # carrier-grade NAT (RFC 6598)
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host agent: a public number that only answers from inside
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Global unicast is 2000::/3 (RFC 4291); everything outside is closed: loopback, mapped and compatible IPv4,
# unique local, link-local, site-local, multicast, local-use NAT64. Inside, these are closed too.
_OPEN_V6 = ip_network("2000::/3")
_CLOSED_V6 = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries any IPv4 address
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the only IPv4 an IPv6-only machine can reach


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether anybody on the internet could reach this address, and so whether we may."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """One http or https address, taken apart. All ASCII; `host` is lower case, IPv6 without brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Return what must stay the same for a secret to be sent along."""
        return self.scheme, self.host, self.port

    @property
    def literal(self) -> IPv4Address | IPv6Address | None:
        """Return the IP address that stands in place of a name, None if it is a name."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    @property
    def url(self) -> URL:
        """Return it for the wire, byte for byte: nothing is quoted again (signed addresses stay valid)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return URL(f"{self.scheme}://{host}{port}{self.target}", encoded=True)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Which addresses may be visited: public ones on ports 80 and 443, and the exact pairs in `allowed`.

    A pair is an IP address and a port, ("127.0.0.1", 8099), for tests, the demo and intranet sites.
    Raises Misconfigured for a pair that is none.
    """

    allowed: frozenset[tuple[str, int]] = frozenset()

    def __post_init__(self) -> None:
        """Spell every address one way, so that equal means equal."""
        try:
            pairs = frozenset((str(ip_address(address)), port) for address, port in self.allowed)
        except ValueError as error:
            raise Misconfigured("An allowed address is not an IP address. Type it like 10.0.0.5") from error
        object.__setattr__(self, "allowed", pairs)

    def permits(self, address: str, port: int) -> bool:
        """Tell whether a connection may be opened to this IP address and port."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return (str(parsed), port) in self.allowed or (port in PORTS.values() and is_public(parsed))

    def check(self, address: WebAddress) -> None:
        """Raise Blocked for a port or an IP address that may not be visited; names wait until resolved."""
        if address.port not in PORTS.values() and all(port != address.port for _, port in self.allowed):
            raise Blocked(
                f"{address.host} asks for port {address.port}; only 80 and 443 are visited. {ALLOW}"
            )
        if address.literal is not None and not self.permits(address.host, address.port):
            raise Blocked(f"{address.host} is not a public address, so it was not visited. {ALLOW}")


def parse_allowed(text: str) -> frozenset[tuple[str, int]]:
    """Read "127.0.0.1:8099,[::1]:9000" into pairs; "" means none.

    Raises Misconfigured, which says what to type.
    """
    return frozenset(_read_pair(entry.strip()) for entry in text.split(",") if entry.strip())


def _read_pair(entry: str) -> tuple[str, int]:
    shape = _HOST_AND_PORT.fullmatch(entry)
    try:
        address, port = (
            ("", 0) if shape is None else (str(ip_address(shape[1].strip("[]"))), int(shape[2] or 0))
        )
    except ValueError:
        address, port = "", 0
    if not 0 < port < 2**16:
        raise Misconfigured(
            f"JIKIMI_ALLOW: {entry!r} is not an IP address and a port. "
            "Type pairs with commas between them, like 127.0.0.1:8099,[::1]:9000"
        )
    return address, port


def read_address(url: str, base: WebAddress | None = None) -> WebAddress:
    """Take a web address apart; `base` is the page a relative one (a redirect) was found on.

    Raises Blocked for anything but a plain http or https address: other schemes, user names, odd
    spellings of numbers (WHATWG URL, "ends in a number"), zones, control characters.
    """
    if len(url) > LONGEST or any(letter < " " or letter == "\x7f" for letter in url):
        raise Blocked("The address is too long or holds control characters. Open the post by hand.")
    try:
        shape = _SHAPE.match(url if base is None else urljoin(str(base.url), url))
        scheme = "" if shape is None else shape[1].lower()
        if shape is None or scheme not in PORTS:
            raise Blocked("Only http and https addresses are visited. Open the post by hand.")
        host, port = _read_authority(shape[2])
        target = quote(shape[3], safe=_KEPT_IN_TARGET, errors="surrogateescape")
    except ValueError as error:
        raise Blocked("The address is malformed. Open the post by hand.") from error
    if not target.startswith("/"):
        if target[:1] not in {"", "?"}:
            raise Blocked("The address is malformed. Open the post by hand.")
        target = "/" + target
    return WebAddress(scheme, host, PORTS[scheme] if port is None else port, target)


def _read_authority(authority: str) -> tuple[str, int | None]:
    """Split "host:port"; ValueError or Blocked when it is not spelt the one plain way."""
    if "@" in authority or "%" in authority:
        raise Blocked("Addresses with a user name, a zone or an escaped host are not visited.")
    shape = _HOST_AND_PORT.fullmatch(authority)
    if shape is None:
        raise ValueError("no host")
    port = int(shape[2]) if shape[2] else None
    if port is not None and not 0 < port < 2**16:
        raise ValueError("no such port")
    if shape[1].startswith("["):
        return str(IPv6Address(shape[1][1:-1])), port
    return _read_host(shape[1]), port


def _read_host(text: str) -> str:
    """Return the host in ASCII, lower case; Blocked for numbers in disguise."""
    host = text.lower() if text.isascii() else URL.build(scheme="http", host=text).raw_host or ""
    labels = host.removesuffix(".").split(".")
    if len(host) > LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("no host name")
    if _NUMBER.fullmatch(labels[-1]) and not _is_plain_ipv4(text):
        raise Blocked("The address is a number in an odd spelling. Open the post by hand.")
    return host


def _is_plain_ipv4(text: str) -> bool:
    try:
        return text.isascii() and str(IPv4Address(text)) == text
    except ValueError:
        return False
