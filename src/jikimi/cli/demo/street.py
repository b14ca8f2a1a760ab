"""Specimen Street: a small local website with a feed, pictures, clips and sounds, for demo and tests."""

import asyncio
import html
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from jikimi.model.ports import Clock

LOOPBACK = "127.0.0.1"
FEED_LENGTH = 60
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><article><h1>{title}</h1><p>{text}</p>{medium}<p>by {author}</p></article></body>
</html>"""
MEDIA = {
    "image/jpeg": ("jpg", '<img src="{address}" alt="">'),
    "video/mp4": ("mp4", '<video controls src="{address}"></video>'),
    "audio/mpeg": ("mp3", '<audio controls src="{address}"></audio>'),
    "text/plain": ("txt", ""),
}
"""How a file's address ends, and how a page shows it."""


@dataclass(frozen=True, slots=True)
class StreetPost:
    """One post on the street: a medium of one of the kinds in MEDIA. `at` is when the world could see it."""

    number: int
    author: str
    text: str
    medium: bytes
    at: datetime
    kind: str = "image/jpeg"


class SpecimenStreet:
    """A real web server on loopback, in a thread of its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._posts: dict[int, StreetPost] = {}
        self._removed: set[int] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="street", daemon=True)
        self._runner: web.AppRunner | None = None
        self.port = 0

    def start(self) -> None:
        """Serve on a free port."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result()

    def stop(self) -> None:
        """End the server and its thread."""
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def origin(self) -> str:
        """Return the street's address."""
        return f"http://{LOOPBACK}:{self.port}"

    def publish(self, author: str, text: str, medium: bytes, kind: str = "image/jpeg") -> StreetPost:
        """Put a post on the board; from now on the world can see it."""
        number = len(self._posts) + 1
        post = StreetPost(number, author, text, medium, self._clock(), kind)
        self._posts[number] = post
        return post

    def url(self, post: StreetPost) -> str:
        """Return the address of a post."""
        return f"{self.origin}/post/{post.number}"

    def remove(self, url: str) -> bool:
        """Take a post down, as the site's operator would; False if it is not the street's."""
        for post in self._posts.values():
            if self.url(post) == url:
                self._removed.add(post.number)
                return True
        return False

    async def _serve(self) -> None:
        application = web.Application()
        application.router.add_get("/", self._board)
        application.router.add_get("/feed.xml", self._feed)
        application.router.add_get("/post/{number}", self._page(self._post))
        application.router.add_get("/media/{number}.{suffix}", self._page(self._medium))
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    def _standing(self) -> list[StreetPost]:
        return [post for post in reversed(self._posts.values()) if post.number not in self._removed]

    def _page(
        self, show: Callable[[StreetPost], web.Response]
    ) -> Callable[[web.Request], "asyncio.Future[web.Response]"]:
        async def answer(request: web.Request) -> web.Response:
            number = request.match_info["number"]
            post = self._posts.get(int(number)) if number.isdigit() else None
            if post is None:
                raise web.HTTPNotFound
            if post.number in self._removed:
                raise web.HTTPGone
            return show(post)

        return answer  # type: ignore[return-value]  # a coroutine function is what aiohttp wants

    async def _board(self, _request: web.Request) -> web.Response:
        links = "".join(
            f'<li><a href="/post/{p.number}">{html.escape(p.text)}</a></li>' for p in self._standing()
        )
        page = f'<!doctype html><html lang="en"><title>Specimen Street</title><ul>{links}</ul></html>'
        return web.Response(text=page, content_type="text/html")

    async def _feed(self, _request: web.Request) -> web.Response:
        entries = "".join(
            f"<entry><id>{self.url(post)}</id><title>{html.escape(post.text)}</title>"
            f'<link href="{self.url(post)}"/><author><name>{html.escape(post.author)}</name></author>'
            f"<published>{post.at.isoformat()}</published><updated>{post.at.isoformat()}</updated></entry>"
            for post in self._standing()[:FEED_LENGTH]
        )
        feed = (
            '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
            f"<id>{self.origin}/</id><title>Specimen Street</title>{entries}</feed>"
        )
        return web.Response(text=feed, content_type="application/atom+xml")

    def _post(self, post: StreetPost) -> web.Response:
        suffix, shown = MEDIA[post.kind]
        page = PAGE.format(
            title=html.escape(post.text),
            text=html.escape(post.text),
            author=html.escape(post.author),
            medium=shown.format(address=f"/media/{post.number}.{suffix}"),
        )
        return web.Response(text=page, content_type="text/html")

    def _medium(self, post: StreetPost) -> web.Response:
        return web.Response(body=post.medium, content_type=post.kind)
