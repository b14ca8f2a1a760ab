"""Watches one website: reads its feed, sitemap or list of links, and looks at every new post's page."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from hashlib import blake2b
from itertools import chain, islice
from urllib.parse import urlsplit

from jikimi.model.errors import BadMedia, Blocked, Gone, Misconfigured, TryLater
from jikimi.model.ports import Clock, Fetched, Fetcher, Limits
from jikimi.model.post import Event, MediaRef, Post
from jikimi.sources.kinds import kind_of_mime, kind_of_name
from jikimi.sources.seen import Seen
from jikimi.sources.website_listing import Entry, Form, guess_form, read_listing
from jikimi.sources.website_page import MOST_TEXT, read_page, unique

LISTING = Limits(max_bytes=10 * 2**20, deadline=timedelta(seconds=30))
PAGE = Limits(max_bytes=3 * 2**20, deadline=timedelta(seconds=20))
AT_ONCE = 4  # pages of one site
MOST_PER_LOOK = 200  # the rest waits for the next look
KEPT = 1000  # posts remembered after they left the list
TRIES = 5  # a page that is still not served is given up and counted
REFUSALS = 5  # so many pages refused in a row mean the site, not the post
DEFAULT_INTERVAL = 60.0
SHORTEST_INTERVAL = timedelta(seconds=1)


class Website:
    """A polled Source (see model/ports.py) for any site that lists its newest posts at one address.

    Options: `url`; `kind`, one of auto, feed, sitemap, page; `interval` in seconds, at least 1.

    The cursor is the set of listed posts, so that order, equal dates and later edits do not matter.
    A list is a window: when none of the known posts is in it any more, some may have come and gone
    unread, and the stream ends with Gone once the rest was read. A page that is gone, refused or no
    page is skipped and counted; while one is busy the stream ends there, and that page is tried again
    after the others.
    """

    def __init__(self, options: Mapping[str, str], fetcher: Fetcher, clock: Clock, watch: str) -> None:
        self._url = _checked_url(options.get("url", ""))
        self._form = _checked_form(options.get("kind", Form.AUTO))
        self._interval = _checked_interval(options.get("interval", ""))
        self._fetcher = fetcher
        self._clock = clock
        self._watch = watch
        self._last: tuple[bytes, tuple[Entry, ...]] = (b"", ())
        self._tries: dict[str, int] = {}
        self._refusals = 0
        self._has_gap = False

    def __repr__(self) -> str:
        return f"Website({self._host})"

    @property
    def name(self) -> str:
        """Return "website"."""
        return "website"

    @property
    def is_push(self) -> bool:
        """Websites are asked."""
        return False

    @property
    def interval(self) -> timedelta:
        """Return the pause between two looks at the list."""
        return self._interval

    async def anchor(self) -> str:
        """Return a cursor that knows all posts listed now."""
        return Seen.of(entry.id for entry in await self._look()).format() or "="

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield the posts that are not known yet, oldest first, each with the cursor behind it."""
        seen = _read_cursor(cursor)
        listed = await self._look()
        fresh = [entry for entry in listed if entry.id not in seen]
        self._has_gap |= len(seen) > 0 and 0 < len(listed) == len(fresh)
        seen = seen.trimmed((entry.id for entry in listed), KEPT)
        fresh.sort(key=lambda entry: self._tries.get(entry.id, 0))
        async with aclosing(self._read_all(fresh[:MOST_PER_LOOK])) as readings:
            async for entry, post in readings:
                seen = seen.plus(entry.id)
                yield Event(seen.format(), post, skipped=int(post is None))
        yield Event(seen.format() or "=")
        if self._has_gap and len(fresh) <= MOST_PER_LOOK:
            self._has_gap = False
            raise Gone(
                f"{self._host} listed more new posts than fit; some were missed. Shorten the interval."
            )

    @property
    def _host(self) -> str:
        return urlsplit(self._url).hostname or ""

    async def _look(self) -> tuple[Entry, ...]:
        """Fetch and read the list. A list that is gone or unreadable may be back in a minute."""
        try:
            fetched = await self._fetcher.fetch_async(self._url, LISTING)
            if self._form is Form.AUTO:
                self._form = guess_form(fetched.body)  # once, so that no error page passes for a list later
            digest = blake2b(fetched.body).digest()
            if digest != self._last[0]:
                entries = await asyncio.to_thread(
                    read_listing, fetched.body, fetched.url, self._form, _content_type(fetched)
                )
                self._last = (digest, entries)
        except Gone as error:
            raise TryLater(f"{self._host} says the watched page is gone. Check the address.") from error
        except BadMedia as error:
            raise TryLater(f"The list of {self._host} cannot be read: {error}") from error
        return self._last[1]

    async def _read_all(self, entries: Sequence[Entry]) -> AsyncGenerator[tuple[Entry, Post | None], None]:
        """Read the posts' pages, a few at once, in the order given; None for one that is skipped."""
        waiting = iter(entries)
        running = deque(self._start(entry) for entry in islice(waiting, AT_ONCE))
        try:
            while running:
                entry, task = running[0]
                post = await self._finish(entry, task)
                running.popleft()
                running.extend(self._start(entry) for entry in islice(waiting, 1))
                yield entry, post
        finally:
            for _, task in running:
                task.cancel()
            await asyncio.gather(*(task for _, task in running), return_exceptions=True)

    def _start(self, entry: Entry) -> tuple[Entry, asyncio.Task[Post | None]]:
        return entry, asyncio.create_task(self._read(entry))

    async def _finish(self, entry: Entry, task: asyncio.Task[Post | None]) -> Post | None:
        try:
            post = await task
        except (Gone, BadMedia):
            post = None
        except Blocked:
            self._refusals += 1
            if self._refusals >= REFUSALS:
                raise
            return None
        except TryLater:
            self._tries[entry.id] = self._tries.get(entry.id, 0) + 1
            if self._tries[entry.id] < TRIES:
                raise
            post = None
        self._refusals = 0
        self._tries.pop(entry.id, None)
        return post

    async def _read(self, entry: Entry) -> Post | None:
        """Look at one post; None when the list gives neither a page nor a medium of it."""
        if not entry.url:
            return await asyncio.to_thread(self._post, entry, None) if entry.media or entry.html else None
        try:
            fetched = await self._fetcher.fetch_async(entry.url, PAGE)
        except BadMedia:
            kind = kind_of_name(entry.url)
            if kind is None:
                raise
            return self._direct(entry, MediaRef(kind, entry.url))  # too large for a page, as films are
        kind = kind_of_mime(_content_type(fetched))
        if kind is not None:
            return self._direct(entry, MediaRef(kind, fetched.url))
        return await asyncio.to_thread(self._post, entry, fetched)

    def _direct(self, entry: Entry, ref: MediaRef) -> Post:
        """Return the post of a list that links to media themselves."""
        media = unique(chain(entry.media, (ref,)))
        return Post(
            self._watch,
            entry.id,
            entry.url,
            entry.author,
            entry.title,
            entry.published_at,
            self._clock(),
            media,
        )

    def _post(self, entry: Entry, fetched: Fetched | None) -> Post:
        """Put together what the list and the page say."""
        listed = read_page(entry.html.encode(), entry.url or self._url, "text/html; charset=utf-8")
        page = read_page(fetched.body, fetched.url, _content_type(fetched)) if fetched else listed
        title = entry.title or page.title
        return Post(
            watch=self._watch,
            id=entry.id,
            url=entry.url or self._url,
            author=entry.author,
            text=f"{title}\n{page.text}".strip()[:MOST_TEXT],
            published_at=entry.published_at or page.published_at,
            seen_at=self._clock(),
            media=unique(chain(entry.media, listed.media, page.media)),
        )


def _content_type(fetched: Fetched) -> str:
    return dict(fetched.headers).get("content-type", "")


def _read_cursor(cursor: str) -> Seen:
    try:
        return Seen.parse("" if cursor == "=" else cursor)
    except ValueError as error:
        raise Misconfigured("The stored cursor is not one of a website. Add the watch again.") from error


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        is_web = False
    if not is_web:
        raise Misconfigured("Option url: type the address of the list, such as https://example.org/feed.xml")
    return url


def _checked_form(kind: str) -> Form:
    try:
        return Form(kind)
    except ValueError as error:
        raise Misconfigured("Option kind: type one of auto, feed, sitemap, page") from error


def _checked_interval(text: str) -> timedelta:
    try:
        interval = timedelta(seconds=float(text or DEFAULT_INTERVAL))
    except (ValueError, OverflowError):
        interval = timedelta(0)
    if interval < SHORTEST_INTERVAL:
        raise Misconfigured("Option interval: type seconds, 1 or more")
    return interval
