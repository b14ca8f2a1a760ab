"""Everything a source may do on the net: pages, questions, endless answers and websockets, all guarded."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus

import aiohttp

from jikimi.media.addresses import AddressPolicy, WebAddress, read_address
from jikimi.media.body import encodings_of, take_body
from jikimi.media.connections import REDIRECTS, Resolve, open_session, system_lookups
from jikimi.media.fetch import (
    ASKED,
    GRACE,
    errors_named_by_what_to_do,
    fetched,
    for_the_wire,
)
from jikimi.media.lines import lines_of
from jikimi.media.signing import Signer, signed
from jikimi.media.socket import WebSocket, hang_up
from jikimi.media.statuses import check_status, wait_of
from jikimi.model.errors import BadMedia, Blocked, TryLater
from jikimi.model.ports import Clock, Fetched, Fetcher, Limits, Socket
from jikimi.model.post import Secret

PAGES = {"ws": "http", "wss": "https"}
OPEN_WITHIN = timedelta(seconds=10)
LOOKUP_THREADS = 4
FINAL = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS}


def _lookup_threads() -> Executor:
    return ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="lookup")


@dataclass(frozen=True, slots=True)
class GuardedWeb:
    """The Web port (see model/ports.py): pages through `fetcher`, the rest over sessions of its own.

    A session belongs to the event loop that asked, and ends with the answer, stream or socket: nothing is
    carried from one origin to another. `open_within` bounds the wait until a stream or socket is open.
    With a `signer` questions, streams and handshakes are signed; `fetcher` signs pages if it has one, too.
    """

    fetcher: Fetcher
    policy: AddressPolicy
    user_agent: str
    clock: Clock
    resolve: Resolve | None = None
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    open_within: timedelta = OPEN_WITHIN
    grace: timedelta = GRACE
    signer: Signer | None = None
    _threads: Executor = field(default_factory=_lookup_threads, init=False, repr=False)

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        """Fetch one address, from any thread."""
        return self.fetcher.fetch(url, limits, headers)

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        """Fetch one address, from any event loop."""
        return await self.fetcher.fetch_async(url, limits, headers)

    async def post_async(
        self, url: str, body: bytes, limits: Limits, headers: Mapping[str, Secret]
    ) -> Fetched:
        """Send a body and return the answer; redirects are refused."""
        address = self._checked(url)
        sent = signed(for_the_wire(headers) | ASKED, address, self.signer)
        try:
            async with asyncio.timeout(limits.deadline.total_seconds()), self._session() as session:
                with errors_named_by_what_to_do(address.host):
                    async with session.post(
                        address.url, data=body, headers=sent, allow_redirects=False
                    ) as answer:
                        if not limits.is_any_status:
                            self._check(answer, address.host)
                        taken = await take_body(answer, limits, self.grace.total_seconds())
                        return fetched(answer, [url], taken, self.clock())
        except TimeoutError as error:
            raise TryLater(f"No whole answer within {limits.deadline.total_seconds():g} seconds.") from error

    @asynccontextmanager
    async def lines(
        self, url: str, headers: Mapping[str, Secret], *, silence: timedelta, longest: int = 2**20
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """Open an answer that never ends and give its lines, without their ends (LF or CR LF).

        An answer that is compressed though we asked for plain bytes is BadMedia.
        """
        address = self._checked(url)
        sent = signed(for_the_wire(headers) | ASKED, address, self.signer)
        async with self._session() as session, await self._opened(session, address, sent) as answer:
            if encodings_of(answer):
                raise BadMedia(f"{address.host} compresses the stream, which was not asked for.")
            async with aclosing(lines_of(answer, silence, longest)) as lines:
                yield lines

    @asynccontextmanager
    async def socket(
        self, url: str, headers: Mapping[str, Secret], *, silence: timedelta, longest: int = 2**21
    ) -> AsyncGenerator[Socket]:
        """Open a websocket (ws, wss). No compression is offered, so no message can unfold."""
        scheme, sign, rest = url.partition("://")
        if not sign or scheme.lower() not in PAGES:
            raise Blocked("Only ws and wss addresses are opened as websockets.")
        address = self._checked(f"{PAGES[scheme.lower()]}://{rest}")
        sent = signed(for_the_wire(headers), address, self.signer)
        async with self._session() as session:
            opened = await self._shaken_hands(session, address, sent, longest)
            try:
                yield WebSocket(opened, address.host, silence, longest)
            finally:
                await hang_up(opened)

    def _checked(self, url: str) -> WebAddress:
        address = read_address(url)
        self.policy.check(address)
        return address

    def _check(self, answer: aiohttp.ClientResponse, host: str) -> None:
        if answer.status in REDIRECTS:
            raise Blocked(f"{host} sends us to another address. Type that one if you trust it.")
        check_status(answer.status, answer.headers, host, self.clock())

    async def _opened(
        self, session: aiohttp.ClientSession, address: WebAddress, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        """Return an answer whose body has not been read, once its head is here and means yes."""
        try:
            with errors_named_by_what_to_do(address.host):
                async with asyncio.timeout(self.open_within.total_seconds()) as patience:
                    answer = await session.get(address.url, headers=headers, allow_redirects=False)
        except TryLater as error:
            if patience.expired():
                raise TryLater(f"{address.host} opens no stream in time.") from error
            raise
        self._check(answer, address.host)
        return answer

    async def _shaken_hands(
        self, session: aiohttp.ClientSession, address: WebAddress, headers: Mapping[str, str], longest: int
    ) -> "aiohttp.ClientWebSocketResponse[bool]":
        """Open a websocket; a server that refuses is named by what to do, as for pages."""
        try:
            with errors_named_by_what_to_do(address.host):
                async with asyncio.timeout(self.open_within.total_seconds()) as patience:
                    return await session.ws_connect(
                        address.url,
                        headers=headers,
                        max_msg_size=longest + 1,
                        autoping=False,
                        decode_text=False,
                    )
        except TryLater as error:
            if patience.expired():
                raise TryLater(f"{address.host} opens no websocket in time.") from error
            if isinstance(error.__cause__, aiohttp.WSServerHandshakeError):
                self._check_refusal(error.__cause__, address.host)
            raise

    def _check_refusal(self, refusal: aiohttp.WSServerHandshakeError, host: str) -> None:
        """Raise for a refused handshake; where there is no websocket now, there may be one later."""
        headers: Mapping[str, str] = {} if refusal.headers is None else refusal.headers
        if refusal.status in FINAL:
            check_status(refusal.status, headers, host, self.clock())
        wait = wait_of(headers.get("Retry-After"), self.clock())
        raise TryLater(f"{host} answers {refusal.status} instead of opening a websocket.", *wait)

    @asynccontextmanager
    async def _session(self) -> AsyncGenerator[aiohttp.ClientSession]:
        resolve = self.resolve or system_lookups(self._threads)
        async with open_session(self.policy, resolve, self.user_agent, self.tls) as session:
            yield session
