"""A Matrix homeserver that does what a test says, for what a real one cannot be made to do."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiohttp import web
from loopback_site import now

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.model.ports import Fetcher

ROOM = "!specimen:server.test"
ALIAS = "#specimen:server.test"
SENDER = "@mina:server.test"


class ScriptedHomeserver:
    """One room. `events` are all that was ever said; `kept` is how many of the newest are still there."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.kept = 10**6
        self.heeds_to = True
        self.joined = [ROOM]
        self.named = ROOM  # where the alias leads
        self.left: list[str] = []
        self.status, self.body, self.headers = 200, "", dict[str, str]()
        self.asked: list[tuple[str, str, str]] = []  # method, path, authorization
        self._numbers = count(1)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Fetcher]:
        """Serve; yield a fetcher that may visit this server."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        listener = web.TCPSite(runner, "127.0.0.1", 0)
        await listener.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        policy = AddressPolicy(allowed=frozenset({("127.0.0.1", int(runner.addresses[0][1]))}))
        with GuardedFetcher(policy, user_agent="jikimi-test", clock=now) as fetcher:
            yield fetcher
        await runner.cleanup()

    def say(self, content: Any, kind: str = "m.room.message", **others: Any) -> str:
        """Put an event into the room; return its id."""
        name = f"$event{next(self._numbers)}"
        event = {"event_id": name, "sender": SENDER, "type": kind, "origin_server_ts": 1_795_000_000_000}
        self.events.append(event | {"content": content} | others)
        return name

    def answer(self, status: int, retry_after: int = 0) -> None:
        """Answer everything like this from now on."""
        self.status, self.headers = status, {"Retry-After": str(retry_after)} if retry_after else {}

    async def _serve(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path, request.headers.get("Authorization", "")))
        if self.status != 200:
            return web.Response(status=self.status, text=self.body, headers=self.headers)
        found = self._found(request, request.path.removeprefix("/_matrix/client/v3/"))
        status = 200 if found else 404
        return web.json_response(found or {"errcode": "M_NOT_FOUND", "error": "nothing"}, status=status)

    def _found(self, request: web.Request, path: str) -> dict[str, Any] | None:
        kept = [f"rooms/{ROOM}/event/{one['event_id']}" for one in self._history]
        match path:
            case "sync":
                return self._sync(request)
            case "joined_rooms":
                return {"joined_rooms": self.joined}
            case _ if path == f"directory/room/{ALIAS}":
                return {"room_id": self.named, "servers": ["server.test"]} if self.named else None
            case _ if path == f"rooms/{ROOM}/messages":
                return self._page(request)
            case _:
                return {"event_id": path.rpartition("/")[2]} if path in kept else None

    @property
    def _history(self) -> list[dict[str, Any]]:
        return self.events[max(0, len(self.events) - self.kept) :]

    def _sync(self, request: web.Request) -> dict[str, Any]:
        since, end = int(request.query.get("since", "s0")[1:]), len(self.events)
        limit = json.loads(request.query["filter"])["room"]["timeline"]["limit"]
        first = max(since, end - limit)
        timeline = {"events": self.events[first:], "limited": first > since, "prev_batch": f"t{first}"}
        joined = {ROOM: {"timeline": timeline}} if end > since and ROOM in self.joined else {}
        left: dict[str, Any] = {room: {} for room in self.left}
        self.left = []
        return {"next_batch": f"s{end}", "rooms": {"join": joined, "leave": left}}

    def _page(self, request: web.Request) -> dict[str, Any]:
        start, limit = int(request.query["from"][1:]), int(request.query["limit"])
        oldest = len(self.events) - len(self._history)
        floor = max(oldest, int(request.query["to"][1:]) if self.heeds_to else 0)
        first = max(floor, start - limit)
        page: dict[str, Any] = {"chunk": self.events[first:start][::-1], "start": f"t{start}"}
        return page | ({"end": f"t{first}"} if first > floor else {})
