"""Reads contacts and networks out of the domain name system: Abusix for abuse desks, Cymru for networks."""

import re
from ipaddress import IPv4Address, IPv6Address

from jikimi.model.ports import Names
from jikimi.removal.mail_server import is_address

ABUSIX = "abuse-contacts.abusix.zone"
ORIGIN, ORIGIN6, PEERS = "origin.asn.cymru.com", "origin6.asn.cymru.com", "peer.asn.cymru.com"
MOST_PEERS = 2
# Registries answer for space that nobody manages; nobody reads mail about a site there.
PLACEHOLDERS = frozenset(
    {"abuse@arin.net", "abuse@ripe.net", "abuse@lacnic.net", "abuse@afrinic.net", "abuse@apnic.net",
     "helpdesk@apnic.net", "search-apnic-not-arin@apnic.net", "nobody@example.com"}
)  # fmt: skip
_NUMBER = re.compile(r"[0-9]{1,10}")

Ip = IPv4Address | IPv6Address


def reversed_name(address: Ip, zone: str) -> str:
    """Return the name under which a zone keeps what it knows of an address: digits or nibbles, last first."""
    if isinstance(address, IPv4Address):
        return ".".join(reversed(str(address).split("."))) + f".{zone}"
    return ".".join(reversed(address.exploded.replace(":", ""))) + f".{zone}"


def abuse_mails(names: Names, address: Ip) -> tuple[str, ...]:
    """Return the abuse desks of an address's network as Abusix knows them, without placeholders."""
    said = names.texts(reversed_name(address, ABUSIX))
    mails = (mail.strip().lower() for text in said for mail in text.split(","))
    return tuple(dict.fromkeys(mail for mail in mails if is_address(mail) and mail not in PLACEHOLDERS))


def systems_of(names: Names, address: Ip) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the autonomous systems that announce an address, and those they buy transit from."""
    zone = ORIGIN if isinstance(address, IPv4Address) else ORIGIN6
    own = _numbers(names.texts(reversed_name(address, zone)))
    above = _numbers(names.texts(reversed_name(address, PEERS))) if isinstance(address, IPv4Address) else ()
    return own, tuple(number for number in above if number not in own)[:MOST_PEERS]


def _numbers(texts: tuple[str, ...]) -> tuple[int, ...]:
    """Read `"64496 64497 | 192.0.2.0/24 | NL | ripencc | 2010-01-01"`."""
    heads = (text.partition("|")[0] for text in texts)
    return tuple(
        dict.fromkeys(int(word) for head in heads for word in head.split() if _NUMBER.fullmatch(word))
    )
