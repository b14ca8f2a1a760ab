"""The one way out for foreign pages and media: every hop is checked, everything is bounded."""

import asyncio
import re
import ssl
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.http_exceptions import LineTooLong

from jikimi.media.addresses import AddressPolicy, WebAddress, read_address
from jikimi.media.body import take_body
from jikimi.media.connections import Answer, Resolve, open_session, system_lookups
from jikimi.model.errors import BadMedia, Blocked, Gone, Misconfigured, TryLater
from jikimi.model.ports import Clock, Fetched, Limits
from jikimi.model.post import Secret

REDIRECTS = {301, 302, 303, 307, 308}
ASKED = {"Accept-Encoding": "identity"}
LOOKUP_THREADS = 16
GRACE = timedelta(seconds=2)
SHORTEST_WAIT, LONGEST_WAIT = timedelta(0), timedelta(hours=1)

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_OURS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}


class GuardedFetcher:
    """The Fetcher port (see model/ports.py) over aiohttp, on an event loop in a thread of its own.

    `tls` holds other roots of trust than the system's, `resolve` asks another name server, `grace` is how
    long a body may trickle. Headers given to a fetch are treated as secrets: they go to the origin that was
    asked (scheme, host, port) and are dropped at the first redirect that leaves it. Close it, or use `with`.
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
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._grace = grace.total_seconds()
        self._threads = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="lookup")
        self._lock = threading.Lock()
        self._is_closed = False
        self._stop = asyncio.Event()
        ready: Future[tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession]] = Future()
        serve = self._serve(ready, resolve or system_lookups(self._threads), user_agent, tls)
        self._thread = threading.Thread(target=asyncio.run, args=(serve,), name="fetch", daemon=True)
        self._thread.start()
        self._loop, self._session = ready.result()

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
        ready: Future[tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession]],
        resolve: Resolve,
        user_agent: str,
        tls: ssl.SSLContext | None,
    ) -> None:
        async with open_session(self._policy, resolve, user_agent, tls) as session:
            ready.set_result((asyncio.get_running_loop(), session))
            await self._stop.wait()
            fetches = asyncio.all_tasks() - {asyncio.current_task()}
            for fetch in fetches:
                fetch.cancel()
            await asyncio.gather(*fetches, return_exceptions=True)

    def _submit(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None) -> Future[Fetched]:
        secrets = _for_the_wire(headers or {})
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
            self._policy.check(address)
            with _errors_named_by_what_to_do(address.host):
                async with self._session.get(
                    address.url, headers=secrets | ASKED, allow_redirects=False
                ) as answer:
                    onward = _redirect(answer, address)
                    if onward is None:
                        _check_status(answer, address.host, self._clock())
                        body = await take_body(answer, limits, self._grace)
                        return _fetched(answer, hops, body, self._clock())
            hops.append(str(onward.url))
            if onward.origin != address.origin:
                secrets = {}
            address = onward
        raise Blocked(f"{address.host} redirects more than {limits.max_redirects} times. Open it by hand.")


def _for_the_wire(headers: Mapping[str, Secret]) -> dict[str, str]:
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


def _check_status(answer: aiohttp.ClientResponse, host: str, now: datetime) -> None:
    """Return for 2xx; raise what the port promises for all others."""
    match answer.status, answer.status // 100:
        case _, 2:
            return
        case 404 | 410, _:
            raise Gone(f"{host} answers {answer.status}.")
        case (408 | 425 | 429, _) | (_, 5):
            raise TryLater(f"{host} answers {answer.status}.", *_wait(answer.headers.get("Retry-After"), now))
        case _, 1:
            raise TryLater(f"{host} answers {answer.status}, which is no whole answer.")
        case _:
            raise Blocked(f"{host} answers {answer.status}. Open it by hand.")


def _wait(retry_after: str | None, now: datetime) -> tuple[timedelta, ...]:
    """Read Retry-After, seconds or a date (RFC 9110, 10.2.3), at most an hour; () if there is none."""
    text = (retry_after or "").strip()
    if re.fullmatch(r"[0-9]{1,18}", text):
        wait = timedelta(seconds=min(int(text), 3600))
    else:
        try:
            date = parsedate_to_datetime(text)
            wait = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
        except (ValueError, OverflowError):
            return ()
    return (min(max(wait, SHORTEST_WAIT), LONGEST_WAIT),)


def _fetched(answer: aiohttp.ClientResponse, hops: list[str], body: bytes, now: datetime) -> Fetched:
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
def _errors_named_by_what_to_do(host: str) -> Iterator[None]:
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
