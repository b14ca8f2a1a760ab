"""Watches one website: reads its feed, sitemap or list of links, and looks at every new post's page."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from urllib.parse import urlsplit

from jikimi.model.errors import BadMedia, Blocked, Gone, Misconfigured, TryLater
from jikimi.model.ports import Surroundings
from jikimi.model.post import Event, Post
from jikimi.model.source import Delivery, Manifest, Option, Options, Tested
from jikimi.sources.pages import read_post
from jikimi.sources.seen import Seen
from jikimi.sources.website_changes import changed_posts, read_changed
from jikimi.sources.website_listing import Entry, Form, guess_form, read_listing
from jikimi.sources.website_page import Page
from jikimi.sources.website_window import Window
from jikimi.sources.websub import Subscription

MOST_PAGES = 20  # of one list
AT_ONCE = 4  # pages of one site
MOST_PER_LOOK = 200  # the rest waits for the next look
KEPT = 1000  # posts remembered after they left the list
TRIES = 5  # a page that is still not served is given up and counted
REFUSALS = 5  # so many pages refused in a row mean the site, not the post
SHORTEST_INTERVAL = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a watch has read: the posts it knows, and the last delivery of a hub."""

    seen: Seen
    number: int = 0

    def format(self) -> str:
        """Return it as a cursor, never empty."""
        return (self.seen.format() or "=") + (f"#{self.number}" if self.number else "")

    @staticmethod
    def parse(cursor: str) -> "Mark":
        """Read a cursor; Misconfigured for one of another source."""
        text, _, number = cursor.partition("#")
        try:
            return Mark(Seen.parse("" if text == "=" else text), int(number or 0))
        except ValueError as error:
            raise Misconfigured("The stored cursor is not one of a website. Add the watch again.") from error


class Website:
    """A polled Source (see model/ports.py) for any site that lists its newest posts at one address.

    The cursor is the set of listed posts, so that order, equal dates and later edits do not matter.
    A list is a window: when none of the known posts is in it any more, nor on the pages behind it, some may
    have come and gone unread, and the stream ends with Gone once the rest was read. A page that is gone,
    refused or no page is skipped and counted; while one is busy the stream ends there, and that page is
    tried again after the others.

    Where the list names a hub and the house has a public address, the hub is asked to tell us (WebSub). The
    stream then stays open between two looks and reads what is delivered at once; the looks go on.
    """

    manifest = Manifest(
        name="website",
        title="Any website that lists its newest posts at one address",
        is_push=False,
        auth="none",
        cost="none",
        terms="",
        tested=Tested.REAL,
        tested_on="MediaWiki",
        misses="posts that leave the list between two looks; pages that only a browser's scripts fill",
        options=(
            Option("url", "the address of the list, such as https://example.org/feed.xml", is_needed=True),
            Option("kind", "what the list is: auto, feed, sitemap, page, or changes for one page", "auto"),
            Option("interval", "the pause between two looks in seconds, at least 1", default="60"),
            Option("pages", "how many pages of the list are looked at while they show new posts", "3"),
            Option("players", "yes: find the films behind embedded players, with yt-dlp", default="no"),
        ),
        is_official=False,
        spacing=timedelta(seconds=0.2),
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._url = _checked_url(options.text("url"))
        self._form = Form(options.one_of("kind", *Form))
        self._interval = options.seconds("interval", SHORTEST_INTERVAL)
        self._pages = options.whole("pages", 1, MOST_PAGES)
        self._players = around.players if options.one_of("players", "yes", "no") == "yes" else None
        if self._players is not None:
            self._players.check()
        self._web = around.web
        self._clock = around.clock
        self._watch = around.watch
        self._deliveries = around.deliveries
        self._window = Window(self._url, self._form, self._pages, around.web)
        self._subscription = Subscription(around)
        self._tries: dict[str, int] = {}
        self._refusals = 0
        self._has_gap = False
        self._began: datetime | None = None

    def __repr__(self) -> str:
        return f"Website({self._host})"

    @property
    def interval(self) -> timedelta:
        """Return the pause until the next look: they begin at the interval, however long one takes.

        None where the stream itself waits for deliveries; never less than half, so that a slow site rests.
        """
        if self._subscription.is_open:
            return timedelta(0)
        spent = max(timedelta(0), self._clock() - self._began) if self._began else timedelta(0)
        return max(self._interval / 2, self._interval - spent)

    async def anchor(self) -> str:
        """Return a cursor that knows all that is listed now, on as many pages as are ever looked at."""
        number = await self._deliveries.newest()
        if self._form is Form.CHANGES:
            page = await self._page()
            return Mark(Seen.of(ref.url for ref in page.media) if page else Seen(), number).format()
        return Mark(Seen.of(entry.id for entry in await self._look(Seen())), number).format()

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield the posts that are not known yet, oldest first, each with the cursor behind it."""
        mark, self._began = Mark.parse(cursor), self._clock()
        await self._deliveries.forget(mark.number)
        reading = self._changes if self._form is Form.CHANGES else self._round
        async with aclosing(reading(mark)) as events:
            async for now, event in events:
                mark = now
                yield event
        await self._subscription.keep(self._window.hub)
        if self._subscription.is_open:
            async with aclosing(self._listen(mark)) as events:
                async for event in events:
                    yield event

    @property
    def _host(self) -> str:
        return urlsplit(self._url).hostname or ""

    async def _round(self, mark: Mark) -> AsyncGenerator[tuple[Mark, Event], None]:
        """Look at the list once."""
        seen = mark.seen
        listed = await self._look(seen)
        fresh = [entry for entry in listed if entry.id not in seen]
        self._has_gap |= len(seen) > 0 and 0 < len(listed) == len(fresh)
        seen = seen.trimmed((entry.id for entry in listed), KEPT * self._pages)
        if self._refusals >= REFUSALS:  # the newest tells best whether it still is the site that refuses
            fresh.reverse()
        fresh.sort(key=lambda entry: self._tries.get(entry.id, 0))
        mark = Mark(seen, mark.number)
        async with aclosing(self._read_fresh(mark, fresh[:MOST_PER_LOOK])) as events:
            async for now, event in events:
                mark = now
                yield mark, event
        yield mark, Event(mark.format())
        if self._has_gap and len(fresh) <= MOST_PER_LOOK:
            self._has_gap = False
            raise Gone(
                f"{self._host} listed more new posts than fit; some were missed. Shorten the interval."
            )

    async def _changes(self, mark: Mark) -> AsyncGenerator[tuple[Mark, Event], None]:
        """Look at a page that is changed in place."""
        page = await self._page()
        urls = [ref.url for ref in page.media] if page else []
        fresh = [url for url in urls if url not in mark.seen]
        mark = Mark(mark.seen.trimmed(urls, KEPT) if page else mark.seen, mark.number)
        if page:
            for post in changed_posts(page, fresh, self._url, self._watch, self._clock):
                mark = Mark(mark.seen.plus(post.media[0].url), mark.number)
                yield mark, Event(mark.format(), post)
        yield mark, Event(mark.format())

    async def _listen(self, mark: Mark) -> AsyncGenerator[Event, None]:
        """Read what is delivered until the next look is due. A delivery that cannot be read means: look."""
        left = self._interval
        while left > timedelta(0):
            began = self._clock()
            delivered = await self._deliveries.after(mark.number, left)
            if not delivered:
                return
            for delivery in delivered:
                async with aclosing(self._take(mark, delivery)) as events:
                    async for now, event in events:
                        mark = now
                        yield event
                mark = Mark(mark.seen, delivery.number)
                yield Event(mark.format())
            left -= self._clock() - began

    async def _take(self, mark: Mark, delivery: Delivery) -> AsyncGenerator[tuple[Mark, Event], None]:
        if self._subscription.hear(delivery):
            return
        try:
            form = guess_form(delivery.body)
            if form is Form.PAGE:
                raise BadMedia("A page is read where it stands.")  # noqa: TRY301 - as one that cannot be read
            entries = await asyncio.to_thread(read_listing, delivery.body, self._url, form, delivery.mime)
        except BadMedia:
            reading = self._changes(mark) if self._form is Form.CHANGES else self._round(mark)
        else:
            fresh = [entry for entry in entries if entry.id not in mark.seen]
            reading = self._read_fresh(mark, fresh[:MOST_PER_LOOK])
        async with aclosing(reading) as events:
            async for at, event in events:
                yield at, event

    async def _look(self, seen: Seen) -> tuple[Entry, ...]:
        with self._readable():
            return await self._window.look(lambda name: name in seen)

    async def _page(self) -> Page | None:
        with self._readable():
            fetched = await self._window.page()
            return await asyncio.to_thread(read_changed, fetched) if fetched else None

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """A list that is gone or unreadable may be back in a minute."""
        try:
            yield
        except Gone as error:
            raise TryLater(f"{self._host} says the watched page is gone. Check the address.") from error
        except BadMedia as error:
            raise TryLater(f"The list of {self._host} cannot be read: {error}") from error

    async def _read_fresh(
        self, mark: Mark, fresh: Sequence[Entry]
    ) -> AsyncGenerator[tuple[Mark, Event], None]:
        async with aclosing(self._read_all(fresh)) as readings:
            async for entry, post in readings:
                mark = Mark(mark.seen.plus(entry.id), mark.number)
                yield mark, Event(mark.format(), post, skipped=int(post is None))

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
        reading = read_post(entry, self._web, self._watch, self._clock, self._url, players=self._players)
        return entry, asyncio.create_task(reading)

    async def _finish(self, entry: Entry, task: asyncio.Task[Post | None]) -> Post | None:
        try:
            post = await task
        except (Gone, BadMedia):
            post = None
        except Blocked:
            self._refusals += 1
            if self._refusals >= REFUSALS and self._is_tried_again(entry):
                raise
            return None
        except TryLater:
            if self._is_tried_again(entry):
                raise
            post = None
        self._refusals = 0
        self._tries.pop(entry.id, None)
        return post

    def _is_tried_again(self, entry: Entry) -> bool:
        """Tell whether to try a page again, behind all others; else it is given up."""
        self._tries[entry.id] = self._tries.get(entry.id, 0) + 1
        if self._tries[entry.id] < TRIES:
            return True
        del self._tries[entry.id]
        return False


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        is_web = False
    if not is_web:
        raise Misconfigured("Option url: type the address of the list, such as https://example.org/feed.xml")
    return url
