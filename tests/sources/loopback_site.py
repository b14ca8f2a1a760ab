"""A web server on loopback that serves what a test lays down, and a fetcher that may visit it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count

from aiohttp import web

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.model.ports import Fetched, Fetcher, Limits
from jikimi.model.post import Secret


def now() -> datetime:
    return datetime.now(UTC)


class Site:
    """A loopback web server: `pages` by path as (content type, body); `requests` are the paths asked for.

    What `moved` says is redirected; `sent` are the headers of each request.

    A page may be laid down with its query. With `has_tags` each has an ETag, and `unchanged` counts what
    was not sent again.
    """

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.statuses: dict[str, int] = {}
        self.moved: dict[str, str] = {}
        self.sent: list[Mapping[str, str]] = []
        self.requests: list[str] = []
        self.status = 200
        self.retry_after = 0
        self.numbers = count(1)
        self.has_tags = False
        self.unchanged = 0

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Fetcher]:
        """Serve; yield a fetcher that may visit this server and nothing else on loopback."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        listener = web.TCPSite(runner, "127.0.0.1", 0)
        await listener.start()
        self.port = int(runner.addresses[0][1])
        policy = AddressPolicy(allowed=frozenset({("127.0.0.1", self.port)}))
        with GuardedFetcher(policy, user_agent="jikimi-test", clock=now) as fetcher:
            yield fetcher
        await runner.cleanup()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def answer(self, status: int, retry_after: int = 0) -> None:
        self.status, self.retry_after = status, retry_after

    async def _serve(self, request: web.Request) -> web.Response:
        self.requests.append(request.path)
        self.sent.append(request.headers)
        if request.path in self.moved:
            return web.Response(status=302, headers={"Location": self.moved[request.path]})
        status = self.statuses.get(request.path, self.status)
        if status != 200:
            return web.Response(status=status, headers={"Retry-After": str(self.retry_after)})
        path = str(request.rel_url) if str(request.rel_url) in self.pages else request.path
        if path not in self.pages:
            return web.Response(status=404)
        kind, body = self.pages[path]
        tag = f'"{sha256(body).hexdigest()}"'
        if self.has_tags and request.headers.get("If-None-Match") == tag:
            self.unchanged += 1
            return web.Response(status=304, headers={"ETag": tag})
        headers = {"Content-Type": kind, **({"ETag": tag} if self.has_tags else {})}
        return web.Response(body=body, headers=headers)


class NoFetcher:
    """For sources that fetch nothing over HTTP."""

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        raise NotImplementedError

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        raise NotImplementedError
