"""Reads the address of a proxy, a second way out to the network, and says which door it is."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from jikimi.media.addresses import AddressPolicy
from jikimi.model.errors import Misconfigured
from jikimi.model.post import Secret

WHAT_TO_TYPE = "Type its IP address and port, such as http://user:password@10.8.0.2:3128"


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy by its IP address. `policy` lets sockets lead there and nowhere else."""

    url: Secret = field(repr=False)
    policy: AddressPolicy


def parse_proxy(text: Secret) -> Proxy:
    """Read `http://user:password@10.8.0.2:3128`; Misconfigured says what to type, and never the text itself.

    It must be an IP address: a name could lead elsewhere tomorrow, and everything we ask goes there.
    """
    try:
        parts = urlsplit(text.reveal())
        host, port = str(ip_address(parts.hostname or "")), parts.port
    except ValueError:
        raise Misconfigured(f"A proxy's address cannot be read. {WHAT_TO_TYPE}") from None
    if parts.scheme != "http" or port is None or parts.path not in {"", "/"} or parts.query:
        raise Misconfigured(f"A proxy's address begins with http:// and ends with its port. {WHAT_TO_TYPE}")
    return Proxy(text, AddressPolicy(frozenset({(host, port)})))
