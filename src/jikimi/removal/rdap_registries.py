"""Knows which registry to ask (RFC 9224): reads IANA's lists, keeps them, and uses old ones in need."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from typing import Any

import msgspec

from jikimi.model.errors import JikimiError, TryLater
from jikimi.model.ports import Clock, Fetcher, Limits

IANA = "https://data.iana.org/rdap"
FRESH = timedelta(days=7)
LIMITS = Limits(max_bytes=4 * 2**20, deadline=timedelta(seconds=15))


class RdapRegistries:
    """IANA's lists of registries. Read at first need; one that cannot be renewed is used as it is."""

    def __init__(self, fetcher: Fetcher, folder: Path, clock: Clock, *, source: str = IANA) -> None:
        """`folder` keeps the lists; it is made at first need."""
        self._fetcher = fetcher
        self._folder = folder
        self._clock = clock
        self._source = source
        self._lists: dict[str, tuple[datetime, list[Any]]] = {}

    def of_address(self, address: IPv4Address | IPv6Address) -> str:
        """Return the base address of the registry for an IP address, "" if none is known."""
        best, length = "", -1
        for keys, url in self._services(f"ipv{address.version}"):
            for key in keys:
                network = _network(key)
                if network is not None and address in network and network.prefixlen > length:
                    best, length = url, network.prefixlen
        return best

    def of_system(self, number: int) -> str:
        """Return the registry for an autonomous system."""
        for keys, url in self._services("asn"):
            for key in keys:
                first, _, last = key.partition("-")
                if first.isdigit() and int(first) <= number <= int(last if last.isdigit() else first):
                    return url
        return ""

    def of_name(self, host: str) -> str:
        """Return the registry for a name: that of the longest ending that is listed (RFC 9224 §4)."""
        labels = host.lower().rstrip(".").split(".")
        endings = {".".join(labels[start:]): len(labels) - start for start in range(len(labels))}
        best, length = "", 0
        for keys, url in self._services("dns"):
            for key in keys:
                if endings.get(key.lower(), 0) > length:
                    best, length = url, endings[key.lower()]
        return best

    def _services(self, kind: str) -> Iterator[tuple[list[str], str]]:
        for entry in self._list(kind):
            if isinstance(entry, list) and len(entry) == 2 and all(isinstance(e, list) for e in entry):  # noqa: PLR2004
                urls = [url for url in entry[1] if isinstance(url, str)]
                secure = [url for url in urls if url.startswith("https://")]
                if urls:
                    yield [key for key in entry[0] if isinstance(key, str)], (secure or urls)[0]

    def _list(self, kind: str) -> list[Any]:
        now = self._clock()
        read_at, services = self._lists.get(kind) or self._from_disk(kind)
        if now - read_at > FRESH:
            try:
                body = self._fetcher.fetch(f"{self._source}/{kind}.json", LIMITS).body
                services = _read(body)
                self._keep(kind, body)
            except JikimiError:
                if not services:
                    raise
            read_at = now  # an old list is asked for again in a week, not with every question
        self._lists[kind] = (read_at, services)
        return services

    def _from_disk(self, kind: str) -> tuple[datetime, list[Any]]:
        file = self._folder / f"{kind}.json"
        try:
            written = datetime.fromtimestamp(file.stat().st_mtime, self._clock().tzinfo)
            return written, _read(file.read_bytes())
        except (OSError, TryLater):
            return self._clock() - 2 * FRESH, []

    def _keep(self, kind: str, body: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = self._folder / f"{kind}.json.new"
        half.write_bytes(body)
        half.replace(self._folder / f"{kind}.json")


def _read(body: bytes) -> list[Any]:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise TryLater("The list of registries is not JSON.") from error
    services = value.get("services") if isinstance(value, dict) else None
    if not isinstance(services, list):
        raise TryLater("The list of registries has another shape than RFC 9224 says.")
    return services


def _network(text: str) -> Any:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
