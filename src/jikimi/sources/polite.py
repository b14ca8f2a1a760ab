"""A watch's way to the net with good manners: budgets, turns at a host, robots.txt, sign-in refused."""

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from jikimi.model.errors import Blocked, Misconfigured, TryLater, Unauthorized
from jikimi.model.ports import Fetched, Limits, Socket, Web
from jikimi.model.post import Secret
from jikimi.model.source import Manifest
from jikimi.sources.answers import wait_asked_for
from jikimi.sources.pacer import Pacer
from jikimi.sources.purse import Purse
from jikimi.sources.robots import Robots

LONGEST_REST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PoliteWeb:
    """The Web port (see model/ports.py) for one watch.

    `purse` is None where nothing is counted, `robots` where they are not asked: at interfaces made for
    programs, and where a person wrote down why not. Redirects are followed here, one by one: each address is
    asked for as if the source had asked, counted, in its turn, and with robots.txt first. `seconds` is a
    clock that only runs forward.
    """

    web: Web
    manifest: Manifest
    purse: Purse | None
    pacer: Pacer
    robots: Robots | None
    seconds: Callable[[], float] = time.monotonic

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        """Refuse: a source waits, and no thread may wait with it."""
        raise NotImplementedError(f"a source asks for {urlsplit(url).hostname} with fetch_async")

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        """Fetch one address. `limits.deadline` bounds the answers, not the waiting for turns between them."""
        asked, hops = url, tuple[str, ...]()
        step = replace(limits, is_redirect_followed=False)
        for _ in range(limits.max_redirects + 1):
            await self._ask(asked)
            began = self.seconds()
            with self._answers(asked):
                fetched = await self.web.fetch_async(asked, step, headers)
            self._heed(fetched)
            if self.robots is not None:
                for hop in fetched.hops[1:]:  # of a way out that follows redirects all the same
                    await self.robots.delay(hop)
            hops += fetched.hops
            if not (fetched.onward and limits.is_redirect_followed):
                return replace(fetched, hops=hops)
            if _origin(fetched.onward) != _origin(asked):
                headers = None
            asked = fetched.onward
            step = replace(step, deadline=step.deadline - timedelta(seconds=self.seconds() - began))
            if step.deadline <= timedelta(0):
                raise TryLater(f"No whole answer within {limits.deadline.total_seconds():g} seconds.")
        raise Blocked(f"{_host(url)} redirects more than {limits.max_redirects} times. Open it by hand.")

    async def post_async(
        self, url: str, body: bytes, limits: Limits, headers: Mapping[str, Secret]
    ) -> Fetched:
        """Send a body and return the answer."""
        await self._ask(url)
        with self._answers(url):
            fetched = await self.web.post_async(url, body, limits, headers)
        self._heed(fetched)
        return fetched

    @asynccontextmanager
    async def lines(
        self, url: str, headers: Mapping[str, Secret], *, silence: timedelta, longest: int = 2**20
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open an answer that never ends."""
        await self._ask(url)
        with self._answers(url):
            async with self.web.lines(url, headers, silence=silence, longest=longest) as lines:
                yield lines

    @asynccontextmanager
    async def socket(
        self, url: str, headers: Mapping[str, Secret], *, silence: timedelta, longest: int = 2**21
    ) -> AsyncIterator[Socket]:
        """Open a websocket."""
        await self._ask(url)
        with self._answers(url):
            async with self.web.socket(url, headers, silence=silence, longest=longest) as socket:
                yield socket

    async def _ask(self, url: str) -> None:
        host, spacing = _host(url), self.manifest.spacing
        if self.robots is not None:
            spacing = max(spacing, await self.robots.delay(url))
        if self.purse is not None:
            self.purse.pay_request()
        await self.pacer.turn(host, spacing)

    def _heed(self, fetched: Fetched) -> None:
        """Let a host rest that says so in an answer that a source reads for itself; quotas are a key's."""
        if fetched.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            stated = {"retry-after": dict(fetched.headers).get("retry-after", "")}
            if (asked := wait_asked_for(stated, fetched.at)) is not None:
                self.pacer.rest(_host(fetched.url), min(asked, LONGEST_REST))

    @contextmanager
    def _answers(self, url: str) -> Iterator[None]:
        """Let all watches of a host rest when it says so; a refused sign-in is a setting of ours."""
        try:
            yield
        except TryLater as error:
            if error.is_asked:
                self.pacer.rest(_host(url), error.after)
            raise
        except Unauthorized as error:
            if not any(option.is_secret for option in self.manifest.options):
                raise
            raise Misconfigured(
                f"{_host(url)} does not accept what we sign in with. Type a new one: "
                f"jikimi watch add {self.manifest.name} NAME …"
            ) from error


def _host(url: str) -> str:
    """Return the host; Blocked for what is no address, as one that somebody made up may be."""
    try:
        return urlsplit(url.encode().decode()).hostname or ""
    except ValueError as error:
        raise Blocked("The address is malformed. Open the post by hand.") from error


def _origin(url: str) -> tuple[str, str, int | None]:
    """Return what headers are meant for; the addresses are checked ones."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
