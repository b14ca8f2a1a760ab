"""Finds the server on which a Bluesky account keeps its files, by the account's DID document."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from jikimi.model.errors import BadMedia, Blocked, Gone, TryLater
from jikimi.model.ports import Clock, Limits, Web

MOST_KEPT = 50_000  # accounts; about 15 MB
AT_ONCE = 16
KEPT = timedelta(days=1)
MISSED = timedelta(minutes=10)  # before an account without a server is asked about again
TRIES = 5
DOCUMENT = Limits(max_bytes=256 * 2**10, deadline=timedelta(seconds=10))
OWN_HOST = "did:web:"
SERVER = "AtprotoPersonalDataServer"


class Service(msgspec.Struct):
    """One service of an account."""

    id: str
    type: str
    serviceEndpoint: Any = None  # noqa: N815  # the standard's word (https://www.w3.org/TR/did-core)


class Document(msgspec.Struct):
    """A DID document, as far as we read it."""

    id: str
    service: list[Service] = []


DECODER = msgspec.json.Decoder(Document)


class Homes:
    """Knows where accounts live. did:plc is asked of the directory, did:web of the host it names.

    An account is asked about once a day, and again when the network says that it may have moved.
    """

    def __init__(self, web: Web, directory: str, clock: Clock) -> None:
        self._web = web
        self._directory = directory
        self._clock = clock
        self._known: dict[str, tuple[str, float]] = {}  # account → server, and until when that holds
        self._answers = 0
        self._tries: dict[str, tuple[int, int]] = {}  # account → failures, and the answers before the last
        self._at_once = asyncio.Semaphore(AT_ONCE)

    def known(self, did: str) -> str | None:
        """Return an account's server, "" if it has none, None if that must be asked."""
        home, until = self._known.get(did, ("", 0.0))
        return home if self._clock().timestamp() < until else None

    def forget(self, did: str) -> None:
        """Ask about this account again: it may have moved."""
        self._known.pop(did, None)

    async def find(self, did: str) -> str:
        """Return an account's server, "" if it has none. TryLater or Blocked when the directory is down."""
        async with self._at_once:
            home = self.known(did)
            if home is None:
                home = await self._ask(did)
                self._keep(did, home)
            return home

    async def _ask(self, did: str) -> str:
        try:
            home = _server(await self._document(did), did)
        except (Gone, BadMedia):
            home = ""
        except (TryLater, Blocked):
            if self._is_worth_waiting(did):
                raise
            return ""
        self._answers += 1
        return home

    def _is_worth_waiting(self, did: str) -> bool:
        """Tell whether the directory is down, as opposed to one author's own host or one broken entry.

        Those must not hold up everybody else. An entry is broken when others are answered again and again.
        """
        tries, answers = self._tries.get(did, (0, -1))
        if answers < self._answers:
            self._tries[did] = tries + 1, self._answers
        return not did.startswith(OWN_HOST) and self._tries[did][0] < TRIES

    async def _document(self, did: str) -> bytes:
        url = f"{self._directory}/{did}"
        if did.startswith(OWN_HOST):
            url = f"https://{quote(did.removeprefix(OWN_HOST), safe='.')}/.well-known/did.json"
        return (await self._web.fetch_async(url, DOCUMENT)).body

    def _keep(self, did: str, home: str) -> None:
        self._known[did] = home, (self._clock() + (KEPT if home else MISSED)).timestamp()
        self._tries.pop(did, None)
        while len(self._known) > MOST_KEPT:
            del self._known[next(iter(self._known))]


def _server(body: bytes, did: str) -> str:
    """Return the server that a document names, without a slash at its end; "" if it names none."""
    try:
        document = DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    names = ("#atproto_pds", f"{did}#atproto_pds")
    found = [one for one in document.service if one.id in names and one.type == SERVER]
    if document.id != did or not found:
        return ""
    return _web_address(found[0].serviceEndpoint)


def _web_address(endpoint: Any) -> str:
    try:
        parts = urlsplit(endpoint if isinstance(endpoint, str) else "")
        is_web = parts.scheme in ("http", "https") and parts.hostname and not parts.query
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}" if is_web else ""
