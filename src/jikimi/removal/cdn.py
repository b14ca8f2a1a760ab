"""Tells whether a site hides behind a network that passes it on (CDN), and where that one takes reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network

from jikimi.model.contact import Hint, Scope

Ip = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Cdn:
    """One such network: how it shows in answers, which addresses are its own, where it is told."""

    name: str
    headers: tuple[tuple[str, str], ...]  # header, and how its value begins
    networks: tuple[str, ...]
    channel: str
    address: str
    note: str


# Addresses as the operators publish them; a header alone is enough, an address alone too.
CDNS = (
    Cdn(
        "Cloudflare",
        (("cf-ray", ""), ("server", "cloudflare")),
        ("103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "104.16.0.0/13", "104.24.0.0/14",
         "108.162.192.0/18", "131.0.72.0/22", "141.101.64.0/18", "162.158.0.0/15", "172.64.0.0/13",
         "173.245.48.0/20", "188.114.96.0/20", "190.93.240.0/20", "197.234.240.0/22", "198.41.128.0/17",
         "2400:cb00::/32", "2405:8100::/32", "2405:b500::/32", "2606:4700::/32", "2803:f800::/32",
         "2a06:98c0::/29", "2c0f:f248::/32"),
        "cloudflare",
        "https://abuse.cloudflare.com",
        "passes the site on; the site's owner is not told, the host is",
    ),
    Cdn(
        "Amazon CloudFront",
        (("x-amz-cf-id", ""), ("x-amz-cf-pop", "")),
        (),
        "email",
        "trustandsafety@support.aws.com",
        "passes the site on; addresses and digests only, never pictures",
    ),
    Cdn("Fastly", (("x-served-by", "cache-"), ("x-fastly-request-id", "")),
        ("151.101.0.0/16", "199.232.0.0/16"), "email", "abuse@fastly.com", "passes the site on"),
    Cdn("Akamai", (("x-akamai-request-id", ""), ("server", "akamaighost")), (),
        "email", "abuse@akamai.com", "passes the site on"),
    Cdn("bunny.net", (("cdn-pullzone", ""), ("server", "bunnycdn")), (),
        "email", "abuse@bunny.net", "passes the site on"),
    Cdn("DDoS-Guard", (("server", "ddos-guard"),), ("186.2.160.0/20", "190.115.16.0/20"),
        "email", "abuse@ddos-guard.net", "passes the site on"),
)  # fmt: skip


def cdn_hints(headers: Mapping[str, str], addresses: tuple[Ip, ...]) -> tuple[Hint, ...]:
    """Return the networks in front of a site, by its answer's headers (lower-case names) and addresses."""
    found = [cdn for cdn in CDNS if _shows(cdn, headers) or _holds(cdn, addresses)]
    return tuple(
        Hint(cdn.channel, cdn.address, Scope.CDN, "cdn table", note=f"{cdn.name}: {cdn.note}")
        for cdn in found
    )


def _shows(cdn: Cdn, headers: Mapping[str, str]) -> bool:
    return any(name in headers and headers[name].lower().startswith(begin) for name, begin in cdn.headers)


def _holds(cdn: Cdn, addresses: tuple[Ip, ...]) -> bool:
    return any(address in ip_network(text) for text in cdn.networks for address in addresses)
