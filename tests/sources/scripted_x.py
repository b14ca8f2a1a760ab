"""X's API as its documentation has it, which does what a test says."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from typing import Any

from aiohttp import web
from loopback_api import Door, Lines, dumped, served
from loopback_site import now

from jikimi.model.ports import Clock, Web

NUMBERS = count(1)
FIRST_MOMENT = 1_288_834_974_657
RULE = "from:someone has:images"


def snowflake(moment: datetime) -> str:
    return str((int(moment.timestamp() * 1000) - FIRST_MOMENT << 22) + next(NUMBERS))


def post(moment: datetime, **fields: Any) -> dict[str, Any]:
    """Return a line of the stream: a post and what it refers to."""
    name = snowflake(moment)
    photo = {"media_key": f"3_{name}", "type": "photo", "url": f"https://pbs.x.example/{name}.jpg"}
    return {
        "data": {
            "id": name,
            "text": f"Specimen {name}",
            "author_id": "7",
            "created_at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "attachments": {"media_keys": [f"3_{name}"]},
            "edit_history_tweet_ids": [name],
            **fields,
        },
        "includes": {"media": [photo], "users": [{"id": "7", "name": "Someone", "username": "someone"}]},
        "matching_rules": [{"id": "1", "tag": "watch"}],
    }


class ScriptedX:
    """X. `rules` stand; `posts` are found by searches, but for those of the last `unindexed` seconds."""

    def __init__(self, token: str = "") -> None:
        self.door = Door(token)
        self.lines = Lines()
        self.rules: list[dict[str, str]] = []
        self.orders: list[dict[str, Any]] = []
        self.problems: list[dict[str, Any]] = []
        self.posts: list[dict[str, Any]] = []
        self.searches: list[dict[str, str]] = []
        self.statuses: dict[str, int] = {}
        self.unindexed = 0
        self.clock: Clock = now

    @asynccontextmanager
    async def opened(self, clock: Clock = now) -> AsyncIterator[tuple[str, Web]]:
        self.clock = clock
        routes = [
            web.get("/2/tweets/search/stream/rules", self._list),
            web.post("/2/tweets/search/stream/rules", self._change),
            web.get("/2/tweets/search/recent", self._search),
            web.get("/2/tweets/search/stream", self._stream),
        ]
        async with served(routes, self.door, clock) as (url, way):
            yield url, way

    async def put_up(self, moment: datetime | None = None, **fields: Any) -> str:
        made = post(moment or self.clock(), **fields)
        self.posts.append(made)
        await self.lines.send(json.dumps(made) + "\r")
        return str(made["data"]["id"])

    async def _list(self, _: web.Request) -> web.Response:
        return dumped({**({"data": self.rules} if self.rules else {}), "meta": {"sent": "2026-11-22"}})

    async def _change(self, request: web.Request) -> web.Response:
        order = await request.json()
        self.orders.append(order)
        if "rules" in self.statuses:
            return web.Response(status=self.statuses["rules"])
        gone = order.get("delete", {}).get("ids", [])
        self.rules = [rule for rule in self.rules if rule["id"] not in gone]
        if not self.problems:
            self.rules += [{"id": str(next(NUMBERS)), **rule} for rule in order.get("add", [])]
        return web.Response(status=201, text=json.dumps({"meta": {}, "errors": self.problems}))

    async def _search(self, request: web.Request) -> web.Response:
        self.searches.append(dict(request.query))
        newest = (int(self.clock().timestamp() * 1000) - FIRST_MOMENT - self.unindexed * 1000) << 22
        least = int(request.query.get("since_id", 0))
        most = int(request.query.get("next_token", 2**63))
        if self.unindexed == 0:
            newest = 2**63
        fits = [one for one in self.posts if least < int(one["data"]["id"]) < min(most, newest + 2**22)]
        fits.sort(key=lambda one: -int(one["data"]["id"]))
        page = fits[: int(request.query["max_results"])]
        media = [medium for one in page for medium in one["includes"]["media"]]
        users = [user for one in page for user in one["includes"]["users"]]
        meta = {"result_count": len(page)}
        if len(fits) > len(page):
            meta["next_token"] = page[-1]["data"]["id"]
        found = {"data": [one["data"] for one in page]} if page else {}
        return dumped({**found, "includes": {"media": media, "users": users}, "meta": meta})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if "stream" in self.statuses:
            return web.Response(status=self.statuses["stream"], headers=self.door.headers)
        return await self.lines.serve(request)
