"""A Misskey server as its source has it, which does what a test says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from typing import Any

from aiohttp import web
from loopback_api import Door, dumped, served
from loopback_site import now

from jikimi.model.ports import Clock, Web

NUMBERS = count(1)
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
YEAR_2000 = 946_684_800_000


def aidx(moment: datetime) -> str:
    """Return an identifier as the server makes them: milliseconds since 2000 and a counter."""
    return base36(int(moment.timestamp() * 1000) - YEAR_2000, 8) + base36(next(NUMBERS), 8)


def base36(number: int, places: int) -> str:
    letters = ""
    for _ in range(places):
        number, digit = divmod(number, 36)
        letters = DIGITS[digit] + letters
    return letters


def written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def note(moment: datetime, **fields: Any) -> dict[str, Any]:
    name = aidx(moment)
    return {
        "id": name,
        "createdAt": written(moment),
        "userId": "u1",
        "user": {"id": "u1", "username": "someone", "host": None},
        "text": f"Specimen {name}",
        "cw": None,
        "visibility": "public",
        "fileIds": ["f1"],
        "files": [file(name)],
        "replyId": None,
        "renoteId": None,
        **fields,
    }


def file(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": name,
        "createdAt": "2026-11-22T12:00:00.000Z",
        "name": f"{name}.png",
        "type": "image/png",
        "md5": "0" * 32,
        "size": 1234,
        "isSensitive": False,
        "url": f"https://files.misskey.example/{name}.png",
        "comment": None,
        **fields,
    }


class ScriptedMisskey:
    """A server. `kept` is how many notes its timeline holds, `knows_date` is false for strange ones."""

    def __init__(self, token: str = "") -> None:
        self.door = Door(token)
        self.notes: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.status = 200
        self.kept = 10_000
        self.is_mute = False
        self.before: list[str] = []  # sent before the channel is open
        self._changed = asyncio.Condition()
        self._open: dict[web.WebSocketResponse, set[str]] = {}

    @asynccontextmanager
    async def opened(self, clock: Clock = now) -> AsyncIterator[tuple[str, Web]]:
        routes = [
            web.post("/api/notes/{name}-timeline", self._timeline),
            web.get("/streaming", self._talk),
        ]
        async with served(routes, self.door, clock) as (url, way):
            yield url, way

    async def put_up(self, moment: datetime | None = None, **fields: Any) -> str:
        made = note(moment or now(), **fields)
        self.notes.append(made)
        await self.tell({"type": "channel", "body": {"id": "notes", "type": "note", "body": made}})
        return str(made["id"])

    async def tell(self, message: object) -> None:
        for socket in list(self._open):
            await socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def take_down(self, name: str) -> None:
        self.notes = [one for one in self.notes if one["id"] != name]
        async with self._changed:
            await self._changed.wait_for(lambda: any(name in names for names in self._open.values()))
        body = {"id": name, "type": "deleted", "body": {"deletedAt": written(now())}}
        for socket, subscribed in list(self._open.items()):
            if name in subscribed:
                await socket.send_str(json.dumps({"type": "noteUpdated", "body": body}))

    async def _timeline(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.asked.append(asked)
        if self.status != 200:
            return web.Response(status=self.status, text='{"error":{"code":"GTL_DISABLED"}}')
        since, until = asked.get("sinceId"), asked.get("untilId")
        least = since or (base36(max(0, asked["sinceDate"] - YEAR_2000), 8) if asked.get("sinceDate") else "")
        listed = sorted(self.notes, key=lambda one: str(one["id"]))[-self.kept :]
        listed = [one for one in listed if one["id"] > least and (not until or one["id"] < until)]
        page = listed[: asked["limit"]] if least and not until else listed[::-1][: asked["limit"]]
        return dumped(page)

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            async for message in socket:
                told = json.loads(message.data)
                self.told.append(told)
                if told["type"] == "connect" and not self.is_mute:
                    for raw in self.before:
                        await socket.send_str(raw)
                    self._open[socket] = set()
                    await socket.send_str(
                        json.dumps({"type": "connected", "body": {"id": told["body"]["id"]}})
                    )
                elif told["type"] == "subNote":
                    async with self._changed:
                        self._open[socket].add(told["body"]["id"])
                        self._changed.notify_all()
                elif told["type"] == "unsubNote":
                    self._open[socket].discard(told["body"]["id"])
        finally:
            self._open.pop(socket, None)
        return socket
