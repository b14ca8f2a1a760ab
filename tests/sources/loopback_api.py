"""A platform's API on loopback, whose answers a test writes, and a web that may visit it and nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from loopback_site import now
from surroundings import web_to

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.model.ports import Clock, Web


@dataclass
class Door:
    """What every request passes: it may be refused, must sign in, and is written down."""

    token: str = ""
    status: int = 200
    retry_after: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[web.Request] = field(default_factory=list)

    def answer(self, status: int, retry_after: int = 0) -> None:
        self.status, self.retry_after = status, retry_after

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.asked]

    @web.middleware
    async def guard(self, request: web.Request, handler: object) -> web.StreamResponse:
        self.asked.append(request)
        if self.status != 200:
            refused = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
            return web.Response(status=self.status, headers=refused | self.headers)
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        return await handler(request)  # type: ignore[operator,no-any-return]  # as aiohttp has it


@asynccontextmanager
async def served(
    routes: Sequence[web.RouteDef], door: Door, clock: Clock = now
) -> AsyncIterator[tuple[str, Web]]:
    """Serve; yield the server's address and a web that may visit it."""
    app = web.Application(middlewares=[door.guard])
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    port = int(runner.addresses[0][1])
    policy = AddressPolicy(allowed=frozenset({("127.0.0.1", port)}))
    url = f"http://127.0.0.1:{port}"
    try:
        with GuardedFetcher(policy, user_agent="jikimi-test", clock=clock) as fetcher:
            yield url, web_to(url, fetcher=fetcher, clock=clock)
    finally:
        await runner.cleanup()


class Lines:
    """An endless answer that all who ask for it get; `send` waits until it is with all of them."""

    def __init__(self) -> None:
        self.listening = 0
        self._answers: list[web.StreamResponse] = []
        self._end = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        self._answers.append(answer)
        self.listening += 1
        try:
            await self._end.wait()
        finally:
            self._answers.remove(answer)
        return answer

    async def send(self, *lines: str) -> None:
        for answer in list(self._answers):
            try:
                await answer.write("".join(f"{line}\n" for line in lines).encode())
            except ConnectionError:
                continue

    def end(self) -> None:
        self._end.set()
        self._end = asyncio.Event()


def dumped(value: object) -> web.Response:
    return web.Response(text=json.dumps(value), content_type="application/json")
