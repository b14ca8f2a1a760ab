"""Finds out whom to ask about an address: the platform, the site, its host, and all who carry it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from jikimi.model.contact import Hint, Scope
from jikimi.model.errors import Blocked, Gone, JikimiError
from jikimi.model.ports import Clock, Fetched, Fetcher, Limits, Names
from jikimi.removal.abuse_page import read_front_page
from jikimi.removal.cdn import Ip, cdn_hints
from jikimi.removal.dns_contacts import PLACEHOLDERS, abuse_mails, systems_of
from jikimi.removal.known_places import host_hints, platform_hints, public_hints
from jikimi.removal.rdap import Rdap, Registered
from jikimi.removal.security_txt import PATH, read_security_txt

PAGE = Limits(max_bytes=2 * 2**20, deadline=timedelta(seconds=15))
SMALL = Limits(max_bytes=64 * 2**10, deadline=timedelta(seconds=15))
BUDGET = timedelta(minutes=3)  # of all questions about one host: a job's lease is five minutes
MOST_ADDRESSES = 4


@dataclass(slots=True)
class _Search:
    """One search under way: what was found, what gave no answer, and what later questions build on."""

    origin: str
    host: str
    hints: list[Hint] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    addresses: tuple[Ip, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    countries: list[str] = field(default_factory=list)


class ContactFinder:
    """Asks everybody who may know, in order. Implements the port Finder."""

    def __init__(self, fetcher: Fetcher, names: Names, rdap: Rdap, clock: Clock, *, home: str = "KR") -> None:
        """`home` is the centre's own country (ISO 3166-1): its public bodies are always named."""
        self._fetcher = fetcher
        self._names = names
        self._rdap = rdap
        self._clock = clock
        self._home = home

    def find(self, url: str) -> tuple[tuple[Hint, ...], str]:
        """Return contacts, the nearest first, each once, and which sources gave no answer."""
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
        if parts.scheme not in {"http", "https"} or not host:
            return tuple(public_hints((self._home,))), "no web address"
        search = _Search(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", host)
        search.hints += platform_hints(host)
        until = self._clock() + BUDGET
        for name, ask in self._sources().items():
            if self._clock() > until:
                search.gaps.append(f"{name}: not asked, the others took too long")
                continue
            try:
                search.hints += ask(search)
            except Gone:
                continue
            except JikimiError as error:
                search.gaps.append(f"{name}: {error}")
        search.hints += public_hints((*search.countries, self._home))
        return _in_order(search.hints), "; ".join(search.gaps)

    def _sources(self) -> dict[str, Callable[[_Search], Iterator[Hint]]]:
        return {
            "security.txt": self._security_txt,
            "front page": self._front_page,
            "addresses": self._resolve,
            "cdn": lambda search: iter(cdn_hints(search.headers, search.addresses)),
            "rdap of the host": self._host,
            "abusix": self._abusix,
            "rdap of the name": self._registrar,
            "rdap of the network": self._networks,
        }

    def _security_txt(self, search: _Search) -> Iterator[Hint]:
        found = read_security_txt(self._fetcher.fetch(search.origin + PATH, SMALL).body, self._clock())
        if found is None:
            return
        note = "the site's own file, meant for security reports"
        for mail in found.mails:
            yield Hint("email", mail, Scope.SITE, "security.txt", note=note)
        for page in found.pages:
            yield Hint("form", page, Scope.SITE, "security.txt", note=note)

    def _front_page(self, search: _Search) -> Iterator[Hint]:
        answer: Fetched = self._fetcher.fetch(search.origin + "/", PAGE)
        search.headers = dict(answer.headers)
        found = read_front_page(answer.body, answer.url)
        for mail in found.mails:
            yield Hint("email", mail, Scope.SITE, "front page")
        for page in found.pages:
            yield Hint("form", page, Scope.SITE, "front page", note="read the page before you confirm it")

    def _resolve(self, search: _Search) -> Iterator[Hint]:
        try:
            texts: tuple[str, ...] = (str(ip_address(search.host.strip("[]"))),)
        except ValueError:
            texts = self._names.addresses(search.host)
        search.addresses = tuple(ip_address(text) for text in texts[:MOST_ADDRESSES])
        if not search.addresses:
            raise Blocked("the name has no address")
        return iter(())

    def _host(self, search: _Search) -> Iterator[Hint]:
        for address in search.addresses:
            found = self._rdap.network(address)
            if found is not None:
                search.countries.append(found.country)
                yield from _hints(found, Scope.HOST)
                yield from host_hints(found.name)

    def _abusix(self, search: _Search) -> Iterator[Hint]:
        for address in search.addresses:
            for mail in abuse_mails(self._names, address):
                yield Hint("email", mail, Scope.HOST, "abusix")

    def _registrar(self, search: _Search) -> Iterator[Hint]:
        found = self._rdap.name(search.host)
        if found is not None:
            yield from _hints(found, Scope.REGISTRAR)

    def _networks(self, search: _Search) -> Iterator[Hint]:
        for address in search.addresses[:1]:
            own, above = systems_of(self._names, address)
            for number in (*own, *above):
                found = self._rdap.system(number)
                if found is not None:
                    role = "announces the address" if number in own else "carries the network that does"
                    yield from _hints(found, Scope.NETWORK, f"AS{number} {role}; ")


def _hints(found: Registered, scope: Scope, note: str = "") -> Iterator[Hint]:
    for mail in found.abuse:
        if mail not in PLACEHOLDERS:
            yield Hint("email", mail, scope, "rdap", found.country, f"{note}{found.name}")


def _in_order(hints: list[Hint]) -> tuple[Hint, ...]:
    """Return each contact once, with the nearest scope that named it, the nearest first."""
    once: dict[tuple[str, str], Hint] = {}
    for hint in sorted(hints, key=lambda hint: hint.scope.rank):
        once.setdefault((hint.channel, hint.address), hint)
    return tuple(once.values())
