"""Asks the registries who answers for an IP address, a name or a network (RDAP: RFC 9082, 9083)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import msgspec

from jikimi.model.errors import BadMedia, Gone, TryLater
from jikimi.model.ports import Fetcher, Limits
from jikimi.model.post import Secret
from jikimi.removal.mail_server import is_address
from jikimi.removal.rdap_registries import RdapRegistries

ACCEPT = {"Accept": Secret("application/rdap+json")}
LIMITS = Limits(max_bytes=2**20, deadline=timedelta(seconds=15))
DEEPEST = 3  # entities hold entities (a registrar's abuse desk); RFC 9083 §5.1 sets no end
MOST_PARENTS = 3
_COUNTRY = re.compile(r"[A-Z]{2}")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registry says: whose it is, in which country, and where abuse is reported."""

    name: str
    country: str
    abuse: tuple[str, ...]


class Rdap:
    """Asks over HTTP, through the guarded fetcher."""

    def __init__(self, fetcher: Fetcher, registries: RdapRegistries) -> None:
        self._fetcher = fetcher
        self._registries = registries

    def network(self, address: IPv4Address | IPv6Address) -> Registered | None:
        """Return who answers for an IP address, None if nobody is registered. Raises TryLater, Blocked."""
        return self._ask(self._registries.of_address(address), f"ip/{address}")

    def system(self, number: int) -> Registered | None:
        """Return who answers for an autonomous system."""
        return self._ask(self._registries.of_system(number), f"autnum/{number}")

    def name(self, host: str) -> Registered | None:
        """Return the registrar of a name; of `a.b.example` its parents are asked, too."""
        labels = host.split(".")
        for start in range(max(0, len(labels) - MOST_PARENTS), len(labels) - 1):
            found = self._ask(self._registries.of_name(host), "domain/" + ".".join(labels[start:]))
            if found is not None:
                return found
        return None

    def _ask(self, registry: str, path: str) -> Registered | None:
        if not registry:
            return None
        try:
            answer = self._fetcher.fetch(f"{registry.rstrip('/')}/{path}", LIMITS, ACCEPT)
            return read_answer(answer.body)
        except Gone:
            return None
        except BadMedia as error:
            raise TryLater(f"The registry's answer cannot be read: {error}") from error


def read_answer(body: bytes) -> Registered:
    """Read one RDAP object; BadMedia if it is none."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadMedia("it is not JSON") from error
    if not isinstance(value, dict) or not isinstance(value.get("objectClassName"), str):
        raise BadMedia("it is not an answer of RDAP")
    abuse = [mail for entity in _entities(value, "abuse") for mail in _mails(entity)]
    registrars = [_full_name(entity) for entity in _entities(value, "registrar")]
    country = str(value.get("country") or "").upper()
    return Registered(
        name=next((name for name in registrars if name), "") or str(value.get("name") or "")[:100],
        country=country if _COUNTRY.fullmatch(country) else "",
        abuse=tuple(dict.fromkeys(abuse)),
    )


def _entities(value: Json, role: str, depth: int = 0) -> Iterator[Json]:
    entities = value.get("entities")
    if depth > DEEPEST or not isinstance(entities, list):
        return
    for entity in entities:
        if isinstance(entity, dict):
            roles = entity.get("roles")
            if isinstance(roles, list) and role in roles:
                yield entity
            yield from _entities(entity, role, depth + 1)


def _properties(entity: Json, wanted: str) -> Iterator[str]:
    """Yield values of a property of a jCard (RFC 7095): ["vcard", [[name, parameters, type, value], …]]."""
    card = entity.get("vcardArray")
    rows = card[1] if isinstance(card, list) and len(card) > 1 and isinstance(card[1], list) else []
    for row in rows:
        if isinstance(row, list) and len(row) > 3 and row[0] == wanted and isinstance(row[3], str):  # noqa: PLR2004
            yield row[3]


def _mails(entity: Json) -> Iterator[str]:
    for value in _properties(entity, "email"):
        mail = value.strip().removeprefix("mailto:")
        if is_address(mail):
            yield mail.lower()


def _full_name(entity: Json) -> str:
    return next((name.strip()[:100] for name in _properties(entity, "fn")), "")
