"""An imageboard that serves JSON as 4chan does, and does what a test says."""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate, parsedate_to_datetime
from itertools import count
from typing import Any

from aiohttp import web
from loopback_api import Door, served
from loopback_site import now

from jikimi.model.ports import Clock, Web

MEDIA = "https://i.board.example/{board}/{tim}{ext}"


def board_post(number: int, thread: int, at: int, **fields: Any) -> dict[str, Any]:
    return {
        "no": number,
        "resto": 0 if number == thread else thread,
        "now": "11/22/26(Sun)12:00:00",
        "time": at,
        "name": "Anonymous",
        "com": f"Specimen {number}",
        "filename": f"crane{number}",
        "ext": ".png",
        "tim": at * 1000 + number,
        "md5": "uZUeZeB14FVR+Mc2ScHvVA==",
        "fsize": 1234,
        **fields,
    }


class ScriptedBoard:
    """A board at /po; `threads` are lists of posts. `time` is its clock, `modified` when a thread changed."""

    def __init__(self, clock: Callable[[], int] = lambda: int(time.time())) -> None:
        self.door = Door()
        self.threads: dict[int, list[dict[str, Any]]] = {}
        self.archived: dict[int, list[dict[str, Any]]] = {}
        self.modified: dict[int, int] = {}
        self.stale: dict[int, list[dict[str, Any]]] = {}  # what is served instead, as caches do
        self.raw: dict[str, str] = {}
        self.lost: set[int] = set()  # listed, but there is no such thread any more
        self.statuses: list[tuple[str, int]] = []
        self.numbers = count(1000)
        self.time = clock
        self.settled = 0  # seconds by which the clock of its answers is ahead of its posts

    @asynccontextmanager
    async def opened(self, clock: Clock = now) -> AsyncIterator[tuple[str, Web]]:
        async with served([web.get("/po/{path:.*}", self._serve)], self.door, clock) as (url, way):
            yield f"{url}/po", way

    def put_up(self, thread: int = 0, **fields: Any) -> str:
        number = next(self.numbers)
        thread = thread or number
        self.threads.setdefault(thread, []).append(board_post(number, thread, self.time(), **fields))
        self.modified[thread] = self.time()
        return str(number)

    def take_down(self, thread: int, number: str) -> None:
        self.threads[thread] = [one for one in self.threads[thread] if str(one["no"]) != number]
        self.modified[thread] = self.time()

    async def _serve(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        if path in self.raw:
            return web.Response(text=self.raw[path])
        if path == "threads.json":
            listed = [
                {"no": number, "last_modified": self.modified[number], "replies": len(posts) - 1}
                for number, posts in self.threads.items()
            ]
            newest = max(self.modified.values(), default=0)
            return self._answer(request, [{"page": 1, "threads": listed}], newest)
        number = int(path.rpartition("/")[2].removesuffix(".json"))
        posts = self.stale.get(number) or self.threads.get(number) or self.archived.get(number)
        if posts is None or number in self.lost or not path.startswith("thread/"):
            self.statuses.append((path, 404))
            return web.Response(status=404)
        return self._answer(request, {"posts": posts}, self.modified[number])

    def _answer(self, request: web.Request, body: object, modified: int) -> web.Response:
        since = request.headers.get("If-Modified-Since")
        headers = {
            "Last-Modified": formatdate(modified, usegmt=True),
            "Date": formatdate(self.time() + self.settled, usegmt=True),
        }
        is_known = bool(since) and parsedate_to_datetime(since or "").timestamp() >= modified
        self.statuses.append((request.match_info["path"], 304 if is_known else 200))
        if is_known:
            return web.Response(status=304, headers=headers)
        return web.Response(text=json.dumps(body), content_type="application/json", headers=headers)
