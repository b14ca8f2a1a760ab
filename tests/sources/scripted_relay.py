"""A Nostr relay that does what a test says, for what a real one cannot be made to do."""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response


class ScriptedRelay:
    """A relay that does what a test says. `most` is how many stored events it sends at once."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.raw: list[str] = []  # sent as they are, before the stored events
        self.most = 500
        self.includes_until = True
        self.most_subscriptions = 20  # of one connection, as most relays allow
        self.closing = ""  # a reason: subscriptions are answered with CLOSED
        self.is_mute = False
        self.challenge = ""  # sent before anything else (NIP-42)
        self.status, self.retry_after, self.location = 200, 0, ""
        self._listening: set[tuple[ServerConnection, str]] = set()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        async with serve(self._talk, "127.0.0.1", 0, process_request=self._greet) as server:
            yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def hang_up(self, code: int) -> None:
        for connection, _ in list(self._listening):
            await connection.close(code)

    def answer(self, status: int, retry_after: int = 0) -> None:
        self.status, self.retry_after = status, retry_after

    async def store(self, event: str) -> str:
        fields: dict[str, Any] = json.loads(event)
        self.events.append(fields)
        for connection, name in list(self._listening):
            with contextlib.suppress(ConnectionClosed):
                await connection.send(json.dumps(["EVENT", name, fields]))
        return str(fields["id"])

    def _greet(self, _: ServerConnection, __: Request) -> Response | None:
        if self.status == 200:
            return None
        headers = {"Retry-After": str(self.retry_after), "Content-Length": "0", "Location": self.location}
        return Response(self.status, "No", Headers(headers), b"")

    async def _talk(self, connection: ServerConnection) -> None:
        if self.challenge:
            await connection.send(json.dumps(["AUTH", self.challenge]))
        asked = set[str]()
        async for text in connection:
            order, name, *filters = json.loads(text)
            (asked.add if order == "REQ" else asked.discard)(name)
            if order == "CLOSE":
                await connection.send(json.dumps(["CLOSED", name, ""]))  # as some relays say then
            elif len(asked) > self.most_subscriptions:
                asked.discard(name)
                await connection.send(json.dumps(["NOTICE", "ERROR: too many concurrent REQs"]))
            elif self.closing:
                await connection.send(json.dumps(["CLOSED", name, self.closing]))
            elif not self.is_mute:
                await self._answer(connection, name, filters[0])

    async def _answer(self, connection: ServerConnection, name: str, limits: Mapping[str, int]) -> None:
        for raw in self.raw:
            await connection.send(raw)
        self.raw = []
        until = limits.get("until", 2**40) + self.includes_until
        fits = [one for one in self.events if limits.get("since", 0) <= one["created_at"] < until]
        newest_first = sorted(fits, key=lambda one: -int(one["created_at"]))
        for event in newest_first[: min(limits["limit"], self.most)]:
            await connection.send(json.dumps(["EVENT", name, event]))
        if name == "live":
            self._listening.add((connection, name))
        await connection.send(json.dumps(["EOSE", name]))
