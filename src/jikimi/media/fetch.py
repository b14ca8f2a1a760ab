"""The one way out for foreign pages and media: every hop is checked, everything is bounded."""

import asyncio
import re
import ssl
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.http_exceptions import LineTooLong
from yarl import URL

from jikimi.media.addresses import AddressPolicy, WebAddress, read_address
from jikimi.media.body import take_body
from jikimi.media.connections import (
    REDIRECTS,
    Answer,
    CheckedResolver,
    Line,
    Resolve,
    open_session,
    system_lookups,
)
from jikimi.media.proxy import parse_proxy
from jikimi.media.signing import Signer, signed
from jikimi.media.statuses import check_status, is_unchanged
from jikimi.model.errors import BadMedia, Blocked, Misconfigured, TryLater
from jikimi.model.ports import Clock, Fetched, Limits
from jikimi.model.post import Secret

ASKED = {"Accept-Encoding": "identity"}
LOOKUP_THREADS = 16
GRACE = timedelta(seconds=2)

Opened = tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession, aiohttp.ClientSession]
"""The loop, a session that keeps connections open, and one that does not."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_OURS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}


class GuardedFetcher:
    """The Fetcher port (see model/ports.py) over aiohttp, on an event loop in a thread of its own.

    `tls` holds other roots of trust than the system's, `resolve` asks another name server, `grace` is how
    long a body may trickle. Headers given to a fetch are treated as secrets: they go to the origin that was
    asked (scheme, host, port) and are dropped at the first redirect that leaves it. Close it, or use `with`.

    With a `proxy` (see `parse_proxy`) everything goes through it: a second way out for re-checks. Addresses
    are checked as without one; but the proxy looks names up once more, so it must refuse private ones, too.

    With a `signer` every request is signed, anew for each hop.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        user_agent: str,
        clock: Clock,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        grace: timedelta = GRACE,
        proxy: Secret | None = None,
        signer: Signer | None = None,
    ) -> None:
        self._policy = policy
        self._signer = signer
        self._proxy = None if proxy is None else parse_proxy(proxy)
        self._clock = clock
        self._grace = grace.total_seconds()
        self._threads = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="lookup")
        self._lock = threading.Lock()
        self._is_closed = False
        self._stop = asyncio.Event()
        ready: Future[Opened] = Future()
        self._lookups = CheckedResolver(policy, resolve or system_lookups(self._threads))
        serve = self._serve(ready, resolve or system_lookups(self._threads), user_agent, tls)
        self._thread = threading.Thread(target=asyncio.run, args=(serve,), name="fetch", daemon=True)
        self._thread.start()
        self._loop, self._session, self._anew = ready.result()

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        """Fetch one address, from any thread."""
        future = self._submit(url, limits, headers)
        try:
            return future.result()
        finally:
            future.cancel()

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        """Fetch one address, from any event loop."""
        return await asyncio.wrap_future(self._submit(url, limits, headers))

    def close(self) -> None:
        """End all fetches (their callers get TryLater), close all connections. Twice is fine."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _serve(
        self,
        ready: Future[Opened],
        resolve: Resolve,
        user_agent: str,
        tls: ssl.SSLContext | None,
    ) -> None:
        door = self._policy if self._proxy is None else self._proxy.policy
        async with (
            open_session(door, resolve, user_agent, tls) as session,
            open_session(door, resolve, user_agent, tls, keeps_connections=False) as anew,
        ):
            ready.set_result((asyncio.get_running_loop(), session, anew))
            await self._stop.wait()
            fetches = asyncio.all_tasks() - {asyncio.current_task()}
            for fetch in fetches:
                fetch.cancel()
            await asyncio.gather(*fetches, return_exceptions=True)

    def _submit(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None) -> Future[Fetched]:
        secrets = for_the_wire(headers or {})
        with self._lock:  # what is submitted before the stop runs before the stop
            if self._is_closed:
                raise TryLater("The fetcher is closed.")
            return asyncio.run_coroutine_threadsafe(self._fetch(url, limits, secrets), self._loop)

    async def _fetch(self, url: str, limits: Limits, secrets: dict[str, str]) -> Fetched:
        try:
            async with asyncio.timeout(limits.deadline.total_seconds()):
                return await self._travel(url, limits, secrets)
        except TimeoutError as error:
            raise TryLater(f"No whole answer within {limits.deadline.total_seconds():g} seconds.") from error
        except asyncio.CancelledError:
            if self._is_closed:
                raise TryLater("The fetcher was closed.") from None
            raise

    async def _travel(self, url: str, limits: Limits, secrets: dict[str, str]) -> Fetched:
        """Follow redirects by hand, so that every hop is checked like the first."""
        address, hops = read_address(url), [url]
        for _ in range(limits.max_redirects + 1):
            await self._check(address)
            with errors_named_by_what_to_do(address.host):
                async with await self._ask(address, secrets | ASKED) as answer:
                    onward = _redirect(answer, address)
                    if onward is None:
                        if not (limits.is_any_status or is_unchanged(answer.status, secrets)):
                            check_status(answer.status, answer.headers, address.host, self._clock())
                        body = await take_body(answer, limits, self._grace)
                        return fetched(answer, hops, body, self._clock())
                    if not limits.is_redirect_followed:
                        return replace(fetched(answer, hops, b"", self._clock()), onward=str(onward.url))
            hops.append(str(onward.url))
            if onward.origin != address.origin:
                secrets = {}
            address = onward
        raise Blocked(f"{address.host} redirects more than {limits.max_redirects} times. Open it by hand.")

    async def _ask(self, address: WebAddress, headers: dict[str, str]) -> aiohttp.ClientResponse:
        """Ask once; if a kept connection was closed under the question, once more on a new one.

        A server may close what it kept open at any moment, and GET may be repeated (RFC 9112, 9.3.1). aiohttp
        repeats it on any connection, so that two closed ones in a row would be "no answer".
        """
        line = Line()
        try:
            return await self._get(self._session, address, headers, line)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not line.is_kept:
                raise
        return await self._get(self._anew, address, headers, line)

    async def _get(
        self, session: aiohttp.ClientSession, address: WebAddress, headers: dict[str, str], line: Line
    ) -> aiohttp.ClientResponse:
        return await session.get(
            address.url,
            headers=signed(headers, address, self._signer),
            allow_redirects=False,
            proxy=self._way_out,
            trace_request_ctx=line,
        )

    @property
    def _way_out(self) -> URL | None:
        return None if self._proxy is None else URL(self._proxy.url.reveal())

    async def _check(self, address: WebAddress) -> None:
        """Refuse what may not be visited. With a proxy we do not connect, so names are asked here."""
        self._policy.check(address)
        if self._proxy is not None and address.literal is None:
            with errors_named_by_what_to_do(address.host):
                await self._lookups.resolve(address.host, address.port)


def for_the_wire(headers: Mapping[str, Secret]) -> dict[str, str]:
    """Reveal the secrets; Misconfigured if one would break out of its line or replace a header of ours."""
    for name, value in headers.items():
        text = value.reveal()
        if name.lower() in _OURS or not _TOKEN.fullmatch(name) or not text.isprintable():
            raise Misconfigured(
                f"Header {name!r} cannot be sent. Type its name and value again, on one line."
            )
    return {name: value.reveal() for name, value in headers.items()}


def _redirect(answer: aiohttp.ClientResponse, address: WebAddress) -> WebAddress | None:
    """Return where the answer sends us, None if it does not."""
    location = answer.headers.get("Location")
    if answer.status not in REDIRECTS or location is None:
        return None
    return read_address(location.strip(), base=address)


def fetched(answer: aiohttp.ClientResponse, hops: list[str], body: bytes, now: datetime) -> Fetched:
    """Return an answer as the port has it, with the body that was taken."""
    return Fetched(
        url=hops[-1],
        hops=tuple(hops),
        address=answer.address if isinstance(answer, Answer) else "",
        status=answer.status,
        headers=tuple((_text(name).lower(), _text(value)) for name, value in answer.raw_headers),
        body=body,
        at=now,
    )


def _text(raw: bytes) -> str:
    """Read a header's bytes: UTF-8 where they are, else one letter a byte, so that nothing is lost."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


@contextmanager
def errors_named_by_what_to_do(host: str) -> Iterator[None]:
    """Turn aiohttp's errors into ours; the messages name the host and nothing else."""
    try:
        yield
    except aiohttp.ClientConnectorCertificateError as error:
        raise Blocked(f"The certificate of {host} cannot be trusted. Open it by hand.") from error
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, PermissionError):
            raise Blocked(f"{host} may not be visited from here.") from error
        raise TryLater(f"{host} cannot be reached.") from error
    except aiohttp.ClientResponseError as error:
        if isinstance(error.__cause__ and error.__cause__.__cause__, LineTooLong):
            raise BadMedia(f"{host} sends headers that are too large.") from error
        raise TryLater(f"{host} answers with something that is not HTTP.") from error
    except aiohttp.ClientPayloadError as error:
        raise TryLater(f"The answer of {host} broke off.") from error
    except (aiohttp.ClientError, OSError) as error:
        raise TryLater(f"{host} gives no answer.") from error
