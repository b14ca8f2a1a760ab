"""A WebSub hub on loopback, as https://www.w3.org/TR/websub/ has it, and deliveries that need no console."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
from aiohttp import web

from jikimi.model.post import Secret
from jikimi.model.source import Delivery

FORM = "application/x-www-form-urlencoded"


@dataclass
class Mailbox:
    """The port Deliveries, in memory; `callback` leads to a hub's test server."""

    clock: Callable[[], datetime]
    callback: str = ""
    secret: Secret = field(default_factory=lambda: Secret("sesame"))
    kept: list[Delivery] = field(default_factory=list)
    forgotten: int = 0
    longest: timedelta = timedelta(hours=1)  # a wait ends then, whatever was asked for
    wishes: dict[str, bool] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    listening: asyncio.Event = field(default_factory=asyncio.Event)

    async def expect(self, topic: str, *, is_wanted: bool) -> None:
        self.wishes[topic] = is_wanted

    async def newest(self) -> int:
        return self.kept[-1].number if self.kept else 0

    async def after(self, number: int, wait: timedelta = timedelta(0)) -> tuple[Delivery, ...]:
        self.listening.set()
        try:
            async with asyncio.timeout(min(wait, self.longest).total_seconds()):
                while not (found := tuple(one for one in self.kept if one.number > number)):
                    self.arrived.clear()
                    await self.arrived.wait()
                return found
        except TimeoutError:
            return ()

    async def forget(self, number: int) -> None:
        self.forgotten = number

    def put(self, mime: str, body: bytes) -> None:
        self.kept.append(Delivery(len(self.kept) + 1, "board", mime, body, at=self.clock()))
        self.arrived.set()


class Hub:
    """Verifies each wish over HTTP and distributes what is published, signed."""

    def __init__(self, mailbox: Mailbox, lease: int = 3600) -> None:
        self.mailbox = mailbox
        self.lease = lease
        self.status = 202
        self.asked: list[dict[str, str]] = []
        self.asking: set[asyncio.Task[web.Response]] = set()
        self.subscribers: dict[tuple[str, str], str] = {}

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        """Serve hub and callback; yield the hub's address."""
        app = web.Application()
        app.router.add_post("/hub", self._ask)
        app.router.add_get("/push", self._confirm)
        app.router.add_post("/push", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = int(runner.addresses[0][1])
        self.mailbox.callback = f"http://127.0.0.1:{self.port}/push"
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as self.session:
            yield f"http://127.0.0.1:{self.port}/hub"
            await asyncio.gather(*self.asking, return_exceptions=True)
        await runner.cleanup()
        for _ in range(3):
            await asyncio.sleep(0)  # the loop closes what was hung up on

    async def publish(self, topic: str, body: bytes, mime: str = "application/rss+xml") -> None:
        """Tell every subscriber."""
        for (callback, wanted), secret in self.subscribers.items():
            if wanted == topic:
                signature = "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
                headers = {"Content-Type": mime, "X-Hub-Signature": signature}
                async with self.session.post(callback, data=body, headers=headers) as answer:
                    assert answer.status == 202

    async def _ask(self, request: web.Request) -> web.Response:
        asking = asyncio.create_task(self._verify(request))
        self.asking.add(asking)
        asking.add_done_callback(self.asking.discard)
        return await asking

    async def _verify(self, request: web.Request) -> web.Response:
        asked = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        self.asked.append(asked)
        if self.status != 202:
            return web.Response(status=self.status)
        query = {
            "hub.mode": asked["hub.mode"], "hub.topic": asked["hub.topic"],
            "hub.challenge": "c-1", "hub.lease_seconds": str(self.lease),
        }  # fmt: skip
        async with self.session.get(f"{asked['hub.callback']}?{urlencode(query)}") as answer:
            if (answer.status, await answer.text()) == (200, "c-1"):
                where = (asked["hub.callback"], asked["hub.topic"])
                self.subscribers.pop(where, None)
                if asked["hub.mode"] == "subscribe":
                    self.subscribers[where] = asked["hub.secret"]
        return web.Response(status=202)

    async def _confirm(self, request: web.Request) -> web.Response:
        query = {name: values[0] for name, values in parse_qs(urlsplit(str(request.rel_url)).query).items()}
        wanted = self.mailbox.wishes.get(query["hub.topic"])
        if wanted is None or wanted != (query["hub.mode"] == "subscribe"):
            return web.Response(status=404)
        challenge = query.pop("hub.challenge")
        self.mailbox.put(FORM, urlencode(query).encode())
        return web.Response(text=challenge)

    async def _take(self, request: web.Request) -> web.Response:
        self.mailbox.put(request.headers["Content-Type"], await request.read())
        return web.Response(status=202)
