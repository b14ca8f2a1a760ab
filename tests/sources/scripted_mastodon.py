"""A server that speaks Mastodon's API as its documentation has it, and does what a test says."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiohttp import web
from loopback_api import Door, Lines, dumped, served
from loopback_site import now

from jikimi.model.ports import Clock, Web

NUMBERS = count(1)


def snowflake(milliseconds: int) -> str:
    return str((milliseconds << 16) + next(NUMBERS) % 2**16)


def status(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": name,
        "created_at": "2026-11-22T12:00:00.000Z",
        "edited_at": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "uri": f"https://social.example/users/someone/statuses/{name}",
        "url": f"https://social.example/@someone/{name}",
        "content": f"<p>Specimen {name}</p>",
        "reblog": None,
        "account": {"id": "7", "username": "someone", "acct": "someone"},
        "media_attachments": [picture(name)],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
        **fields,
    }


def picture(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": name,
        "type": "image",
        "url": f"https://files.social.example/{name}.png",
        "preview_url": f"https://files.social.example/small/{name}.png",
        "remote_url": None,
        "meta": {},
        "description": None,
        "blurhash": None,
        **fields,
    }


class ScriptedMastodon:
    """A server. `has_stream` is false for those that only answer; `kept` is how many posts it keeps."""

    def __init__(self, token: str = "") -> None:
        self.door = Door(token)
        self.lines = Lines()
        self.statuses: list[dict[str, Any]] = []
        self.streaming: str | None = None
        self.has_stream = True
        self.knows_min_id = True
        self.most = 40

    @asynccontextmanager
    async def opened(self, clock: Clock = now) -> AsyncIterator[tuple[str, Web]]:
        routes = [
            web.get("/api/v2/instance", self._instance),
            web.get("/api/v1/timelines/{rest:.*}", self._timeline),
            web.get("/api/v1/streaming/{rest:.*}", self._stream),
        ]
        async with served(routes, self.door, clock) as (url, way):
            yield url, way

    async def put_up(self, name: str = "", **fields: Any) -> str:
        name = name or snowflake(int(now().timestamp() * 1000))
        self.statuses.append(status(name, **fields))
        await self.tell("update", json.dumps(self.statuses[-1]))
        return name

    async def tell(self, event: str, data: str) -> None:
        await self.lines.send(f"event: {event}", f"data: {data}", "")

    async def take_down(self, name: str) -> None:
        self.statuses = [one for one in self.statuses if one["id"] != name]
        await self.tell("delete", name)

    async def _instance(self, _: web.Request) -> web.Response:
        return dumped({"domain": "social.example", "configuration": {"urls": {"streaming": self.streaming}}})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        return await self.lines.serve(request) if self.has_stream else web.Response(status=404)

    async def _timeline(self, request: web.Request) -> web.Response:
        def rank(one: dict[str, Any]) -> tuple[int, str]:
            return len(one["id"]), one["id"]

        least, most = request.query.get("min_id"), request.query.get("max_id")
        listed = sorted(self.statuses, key=rank)
        if least and self.knows_min_id:
            listed = [one for one in listed if rank(one) > (len(least), least)]
        if most:
            listed = [one for one in listed if rank(one) < (len(most), most)]
        limit = min(int(request.query.get("limit", 20)), self.most)
        page = listed[:limit] if least and self.knows_min_id else listed[-limit:]
        return dumped(page[::-1])
