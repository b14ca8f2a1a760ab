"""Watches one server that speaks Mastodon's API: by its stream, and by its timeline after a pause."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from jikimi.model.errors import Gone, Misconfigured, TryLater
from jikimi.model.ports import Limits, Surroundings
from jikimi.model.post import Event, Post
from jikimi.model.source import Manifest, Option, Options, Tested
from jikimi.sources.mastodon_status import Status, earlier, order, post_of
from jikimi.sources.mastodon_timeline import Timeline
from jikimi.sources.recent import Recent
from jikimi.sources.server_events import messages
from jikimi.sources.site import bearer, checked_site, host_of

EXAMPLE = "https://social.example"
EMPTY = "0"  # the cursor of a timeline that had nothing
PAGE = 40  # the most that a page may have
ANSWER = Limits(max_bytes=10 * 2**20, deadline=timedelta(seconds=30))
SILENCE = timedelta(seconds=60)  # a heartbeat comes every 15
RECONNECT = timedelta(seconds=1)
OVERLAP = timedelta(minutes=2)  # read again after an interruption: what other servers send comes late
SHORTEST_INTERVAL = timedelta(seconds=1)
MOST_VERSIONS = 10_000
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

PAGE_OF = msgspec.json.Decoder(list[msgspec.Raw])
STATUS = msgspec.json.Decoder(Status)


class _Named(msgspec.Struct, frozen=True):
    id: str


class _Urls(msgspec.Struct, frozen=True):
    streaming: str | None = None


class _Configuration(msgspec.Struct, frozen=True):
    urls: _Urls = _Urls()


class _Instance(msgspec.Struct, frozen=True):
    configuration: _Configuration = _Configuration()


class Mastodon:
    """A pushing Source (see model/ports.py) for the public posts that one server knows.

    The cursor is the newest status read. It listens first, then pages up from two minutes before the
    cursor. Servers without such a stream (Pleroma, Akkoma, GoToSocial, Pixelfed) are asked every `interval`.

    An edited status is a new post, named by status and edit. A deletion is a tombstone of the status and
    of the edits seen since the start.
    """

    manifest = Manifest(
        name="mastodon",
        title="One server of Mastodon's kind: its public posts, edits and deletions",
        is_push=True,
        auth="an access token of an account there that may read:statuses",
        cost="none",
        terms="https://docs.joinmastodon.org/api/rate-limits/",
        tested=Tested.RECORDED,
        tested_on="answers after Mastodon's documentation",
        misses=(
            "posts that this server never received; replies to others, unless a hashtag is watched; edits "
            "and deletions made while we were away, and all of them where the server has no stream; posts "
            "that other servers sent more than two minutes late while we were away"
        ),
        options=(
            Option("server", f"its address, such as {EXAMPLE}", is_needed=True),
            Option("token", "the access token, from the account's settings", is_needed=True, is_secret=True),
            Option("scope", "which posts: public, local or remote", default="public"),
            Option("hashtag", "one hashtag without #, to read its posts only"),
            Option("only_media", "yes to leave out posts without a medium", default="no"),
            Option(
                "interval", "where there is no stream, the pause between two looks in seconds", default="30"
            ),
        ),
        spacing=timedelta(seconds=1),  # 300 requests in 5 minutes
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._site = checked_site(options.text("server"), "server", EXAMPLE)
        self._host = host_of(self._site)
        self._headers = bearer(options.secret("token"))
        hashtag = _checked_hashtag(options.text("hashtag"))
        scopes = ("public", "local") if hashtag else ("public", "local", "remote")  # as streams there are
        only_media = options.one_of("only_media", "yes", "no") == "yes"
        self._timeline = Timeline(options.one_of("scope", *scopes), hashtag, only_media)
        self._interval = options.seconds("interval", SHORTEST_INTERVAL)
        self._has_stream = True
        self._edits: dict[str, list[str]] = {}
        self._web = around.web
        self._clock = around.clock
        self._watch = around.watch

    def __repr__(self) -> str:
        return f"Mastodon({self._host})"

    @property
    def interval(self) -> timedelta:
        """Return the pause between two connections, or between two looks where there is no stream."""
        return RECONNECT if self._has_stream else self._interval

    async def anchor(self) -> str:
        """Return the newest status of the timeline."""
        page = await self._page(limit="1")
        return page[-1].id if page else EMPTY

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield what the timeline has got since, then what the stream brings; only an error ends that."""
        reading = _Reading(_checked_cursor(cursor))
        async with AsyncExitStack() as stack:
            lines = await self._listen(stack)
            async with aclosing(self._past(reading)) as events:
                async for event in events:
                    yield event
            yield Event(reading.cursor)
            if lines is None:
                return
            async with aclosing(self._live(lines, reading)) as events:
                async for event in events:
                    yield event

    async def _listen(self, stack: AsyncExitStack) -> AsyncIterator[bytes] | None:
        """Open the stream; None where the server has none."""
        url = await self._streaming_site() + self._timeline.stream
        try:
            lines = await stack.enter_async_context(self._web.lines(url, self._headers, silence=SILENCE))
        except Gone:
            self._has_stream = False
            return None
        self._has_stream = True
        return lines

    async def _streaming_site(self) -> str:
        """Return where the server streams: it may name another host, and only itself is followed there."""
        try:
            answer = await self._web.fetch_async(f"{self._site}/api/v2/instance", ANSWER, self._headers)
            named = msgspec.json.decode(answer.body, type=_Instance).configuration.urls.streaming or ""
            scheme, _, rest = named.partition("://")
            site = {"wss": "https", "https": "https", "ws": "http", "http": "http"}[scheme] + f"://{rest}"
            site = checked_site(site, "server", EXAMPLE)
        except (Gone, msgspec.DecodeError, KeyError, Misconfigured):
            return self._site
        is_as_safe = urlsplit(site).scheme in ("https", urlsplit(self._site).scheme)
        return site if is_as_safe else self._site

    async def _page(self, **limits: str) -> list["_Entry"]:
        """Return a page of the timeline, oldest first."""
        asked = urlencode({"limit": str(PAGE), **self._timeline.filters, **limits})
        answer = await self._web.fetch_async(
            f"{self._site}{self._timeline.pages}?{asked}", ANSWER, self._headers
        )
        try:
            raws = PAGE_OF.decode(answer.body)
            named = [(_id_of(raw), raw) for raw in raws]
            lowest = min((name for name, _ in named if name), key=order, default="") or None
        except msgspec.DecodeError as error:
            raise TryLater(f"{self._host} answers with no timeline. Check the address.") from error
        if raws and lowest is None:
            raise TryLater(f"{self._host} answers with statuses that have no name. Check the address.")
        entries = [_Entry(name or lowest or "", raw) for name, raw in named]
        return sorted(entries, key=lambda entry: order(entry.id))

    async def _past(self, reading: "_Reading") -> AsyncGenerator[Event, None]:
        """Page up from the cursor until nothing is newer. Each page read moves the cursor.

        A gap is told at once, before an interruption could hide it; the rest is read after.
        """
        start = reading.cursor
        floor = earlier(start, OVERLAP, self._clock())
        page = await self._page(min_id=floor)
        has_gap = await self._is_beyond(page, start)
        while page and order(page[-1].id) > order(floor):
            found = [
                (post, skipped) for entry in page for post, skipped in self._posts(bytes(entry.raw), reading)
            ]
            floor = page[-1].id
            for place, (post, skipped) in enumerate(found, start=1):
                if place == len(found):
                    reading.move(floor)
                yield Event(reading.cursor, post, skipped)
            reading.move(floor)
            if has_gap:
                yield Event(reading.cursor)
                raise Gone(f"The timeline of {self._host} begins after where we were; posts were missed.")
            page = await self._page(min_id=floor)

    async def _is_beyond(self, page: list["_Entry"], start: str) -> bool:
        """Tell whether the timeline begins after the cursor, so that what lay between is lost."""
        if start == EMPTY or not page or order(page[0].id) <= order(start):
            return False
        older = await self._page(max_id=page[0].id, limit="1")
        return not older or order(older[-1].id) > order(start)

    async def _live(self, lines: AsyncIterator[bytes], reading: "_Reading") -> AsyncGenerator[Event, None]:
        reading.is_live = True
        async with aclosing(messages(lines)) as heard:
            async for name, body in heard:
                if name == "delete":
                    for tombstone in self._tombstones(body.decode("utf-8", "replace").strip()):
                        yield Event(reading.cursor, tombstone)
                elif name in ("update", "status.update"):
                    for post, skipped in self._posts(body, reading):
                        yield Event(reading.cursor, post, skipped)

    def _posts(self, body: bytes, reading: "_Reading") -> Iterator[tuple[Post | None, int]]:
        """Yield the post of a status unless it was read before, or that it cannot be read."""
        try:
            status = STATUS.decode(body)
        except (msgspec.DecodeError, RecursionError):
            yield None, 1
            return
        if reading.is_live:
            reading.move(status.id)
        post = post_of(status, self._watch, self._host, self._clock())
        if reading.known.is_new(post.id) and (post.media or not self._timeline.only_media):
            self._remember(post.id)
            yield post, 0

    def _remember(self, name: str) -> None:
        status, _, edit = name.partition("@")
        if edit:
            self._edits.setdefault(status, []).append(name)
            if len(self._edits) > MOST_VERSIONS:
                del self._edits[next(iter(self._edits))]

    def _tombstones(self, status: str) -> Iterator[Post]:
        url = f"{self._site}/web/statuses/{quote(status, safe='')}"
        for name in (status, *self._edits.pop(status, ())):
            yield Post(self._watch, name, url, "", "", None, self._clock(), is_deleted=True)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A status of a page, not read yet."""

    id: str
    raw: msgspec.Raw


class _Reading:
    """What is known within one connection; the stored cursor is all that outlives it."""

    def __init__(self, cursor: str) -> None:
        self.cursor = cursor
        self.known = Recent()
        self.is_live = False

    def move(self, status: str) -> None:
        """Move the cursor on, never back: what comes late stands before it."""
        if NAME.fullmatch(status):
            self.cursor = max(self.cursor, status, key=order)


def _id_of(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=_Named).id
    except msgspec.DecodeError:
        return ""


def _checked_hashtag(text: str) -> str:
    tag = text.strip().removeprefix("#")
    if any(letter in tag for letter in " /?#&"):
        raise Misconfigured("Option hashtag: type one hashtag without #, such as origami")
    return tag


def _checked_cursor(cursor: str) -> str:
    if not NAME.fullmatch(cursor):
        raise Misconfigured("The stored cursor is not one of a Mastodon server. Add the watch again.")
    return cursor
