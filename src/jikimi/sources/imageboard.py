"""Watches one board of an imageboard: asks for its list of threads, and reads those with new posts."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import msgspec

from jikimi.model.errors import BadMedia, Gone, Misconfigured, TryLater
from jikimi.model.ports import Fetched, Limits, Surroundings
from jikimi.model.post import Event, Post, Secret
from jikimi.model.source import Manifest, Option, Options, Tested
from jikimi.sources.imageboard_engine import BoardPost, Chan, LynxChan, Thread
from jikimi.sources.site import checked_site, host_of

EXAMPLE = "https://board.example/po"
JSON = Limits(max_bytes=10 * 2**20, deadline=timedelta(seconds=30))
SHORTEST_INTERVAL = timedelta(seconds=1)
SETTLED = timedelta(seconds=2)  # HTTP dates have whole seconds
THREAD_AGAIN = timedelta(seconds=10)  # by the rules of 4chan's API
ENGINES = ("4chan", "vichan", "lynxchan")
FOLDERS = {"4chan": "thread", "vichan": "res"}


class _Cursor(msgspec.Struct):
    """`since` is a Unix time of the board's; of threads, their stamp and the last post that was read."""

    since: int
    threads: dict[int, tuple[str, int]] = {}


CURSOR = msgspec.json.Decoder(_Cursor)


class Imageboard:
    """A polled Source (see model/ports.py) for one board that serves JSON as 4chan, vichan or LynxChan do.

    The cursor holds, of each listed thread, its state and the last post read; of threads that are not in
    it, posts count from the anchor on. A thread whose JSON is older than the list is read again at the next
    look. A thread that leaves the list is read once more, for it may lie in the archive.

    Posts that are missing from a thread that was read since the start are tombstones; so are those whose
    file was deleted. Posts slipped away (Gone) when a thread with unread
    posts cannot be had any more, or when no thread that we knew is listed.
    """

    manifest = Manifest(
        name="imageboard",
        title="One board of an imageboard with a JSON interface, and deletions",
        is_push=False,
        auth="none",
        cost="none",
        terms="https://github.com/4chan/4chan-API",
        tested=Tested.RECORDED,
        tested_on="answers after the documentation of 4chan, vichan and LynxChan",
        misses=(
            "posts deleted within one look; deletions while we were away; threads that began and ended while "
            "we were away, unless all that we knew are gone, too"
        ),
        options=(
            Option("board", f"the address below which its JSON lies, such as {EXAMPLE}", is_needed=True),
            Option("engine", f"what serves it: {', '.join(ENGINES)}", default="4chan"),
            Option("media", "a file's address, with {board}, {tim} and {ext} (not for lynxchan)"),
            Option("page", "a post's address, with {board}, {thread} and {no}"),
            Option("interval", "the pause between two looks in seconds, at least 1", default="30"),
        ),
        spacing=timedelta(seconds=1),
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._board = checked_site(options.text("board"), "board", EXAMPLE)
        self._host = host_of(self._board)
        self._name = urlsplit(self._board).path.rpartition("/")[2]
        kind = options.one_of("engine", *ENGINES)
        self._engine = _engine(kind, self._board, self._name, options.text("media"))
        folder = FOLDERS.get(kind, "res")
        ending = "" if kind == "4chan" else ".html"
        anchor = "#p{no}" if kind == "4chan" else "#{no}"
        self._page = options.text("page") or f"{self._board}/{folder}/{{thread}}{ending}{anchor}"
        self._interval = options.seconds("interval", SHORTEST_INTERVAL)
        self._web = around.web
        self._clock = around.clock
        self._watch = around.watch
        self._modified: dict[str, str] = {}  # by path, as If-Modified-Since wants it
        self._listed: list[Thread] = []
        self._read_at: dict[int, datetime] = {}
        self._known: dict[int, frozenset[int]] = {}  # posts by thread, as we read it last
        self._loss = ""  # what slipped away, until it is told

    def __repr__(self) -> str:
        return f"Imageboard({self._host}, {self._name})"

    @property
    def interval(self) -> timedelta:
        """Return the pause between two looks at the list."""
        return self._interval

    async def anchor(self) -> str:
        """Return a cursor that knows when the board changed last, and no thread."""
        listed = await self._look()
        return _format(_Cursor(max((thread.modified for thread in listed), default=0)))

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield posts of the threads that changed, the longest unread first."""
        at = _parse(cursor)
        listed = await self._look()
        numbers = {thread.number for thread in listed}
        if listed and at.threads and not numbers & at.threads.keys():
            self._loss = f"No thread that we knew is listed at {self._host} any more; posts were missed."
        at.threads |= {
            thread.number: (thread.stamp, 0)  # nothing new since the anchor
            for thread in listed
            if thread.number not in at.threads and thread.modified < at.since
        }
        for thread in sorted(listed, key=lambda thread: thread.modified):
            if at.threads.get(thread.number, ("", 0))[0] != thread.stamp and self._may_read(thread.number):
                async with aclosing(self._read(thread, at)) as events:
                    async for event in events:
                        yield event
        for number in [number for number in at.threads if number not in numbers and self._may_read(number)]:
            async with aclosing(self._read_last(number, at)) as events:
                async for event in events:
                    yield event
        yield Event(_format(at))
        loss, self._loss = self._loss, ""
        if loss:
            raise Gone(loss)

    def _may_read(self, number: int) -> bool:
        before = self._read_at.get(number)
        return before is None or not timedelta(0) <= self._clock() - before < THREAD_AGAIN

    async def _look(self) -> list[Thread]:
        """Return the list of threads; the last one if it did not change."""
        try:
            body = await self._fetch(self._engine.list_path)
            if body is not None:
                self._listed = self._engine.threads(body)
        except Gone as error:
            raise TryLater(f"{self._host} has no such board. Check the address and the engine.") from error
        except (msgspec.DecodeError, BadMedia) as error:
            self._modified.clear()
            raise TryLater(f"{self._host} gives no list of threads. Check address and engine.") from error
        return self._listed

    async def _fetch(self, path: str) -> bytes | None:
        """Return a body, None if it is as it was when it was fetched last."""
        since = self._modified.get(path)
        headers = {"If-Modified-Since": Secret(since)} if since else {}
        answer = await self._web.fetch_async(f"{self._board}/{path}", JSON, headers)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return None
        self._modified[path] = settled_at(answer)
        return answer.body

    async def _read(self, thread: Thread, at: _Cursor) -> AsyncGenerator[Event, None]:
        """Yield a thread's new posts; the last event moves the cursor."""
        old, (stamp, last) = _format(at), at.threads.get(thread.number, ("", 0))
        self._read_at[thread.number] = self._clock()
        try:
            body = await self._fetch(self._engine.thread_path(thread.number))
        except Gone:
            self._loss = f"A thread of {self._host} vanished with posts that we had not read."
            for event in self._end(thread.number, at):
                yield event
            return
        if body is None:
            return  # older than the list: it is asked for again at the next look
        posts, skipped = self._posts(body)
        gone = [self._tombstone(thread.number, number) for number in self._missing(thread.number, posts)]
        fresh = _unread(posts, last, at.since)
        is_whole = not posts or len(posts) + skipped >= thread.posts  # else older than the list, too
        reached = max((post.number for post in posts), default=last)
        at.threads[thread.number] = (thread.stamp if is_whole else stamp, max(last, reached))
        found = [*gone, *(self._post(thread.number, post) for post in fresh)]
        for event in _events(found, old, _format(at), skipped):
            yield event

    async def _read_last(self, number: int, at: _Cursor) -> AsyncGenerator[Event, None]:
        """Yield what a thread got before it left the list; it may be gone altogether."""
        old, (_, last) = _format(at), at.threads[number]
        try:
            body = await self._fetch(self._engine.thread_path(number))
        except Gone:
            for event in self._end(number, at):
                yield event
            return
        posts, skipped = self._posts(body) if body is not None else ([], 0)
        found = [self._post(number, post) for post in _unread(posts, last, at.since)]
        self._forget(number, at)
        for event in _events(found, old, _format(at), skipped):
            yield event

    def _posts(self, body: bytes) -> tuple[list[BoardPost], int]:
        try:
            read = list(self._engine.posts(body))
        except (msgspec.DecodeError, RecursionError):
            return [], 1
        posts = [post for post in read if post is not None]
        return sorted(posts, key=lambda post: post.number), len(read) - len(posts)

    def _missing(self, thread: int, posts: list[BoardPost]) -> list[int]:
        """Return which posts are missing since the thread was read before, or lost a file."""
        if not posts:
            return []
        there = frozenset(post.number for post in posts if not post.has_lost_files)
        gone = self._known.get(thread, frozenset()) - there
        self._known[thread] = there
        return sorted(gone)

    def _end(self, thread: int, at: _Cursor) -> Iterator[Event]:
        old = _format(at)
        found = [self._tombstone(thread, number) for number in sorted(self._known.get(thread, ()))]
        self._forget(thread, at)
        yield from _events(found, old, _format(at), 0)

    def _forget(self, thread: int, at: _Cursor) -> None:
        at.threads.pop(thread, None)
        self._known.pop(thread, None)
        self._read_at.pop(thread, None)
        self._modified.pop(self._engine.thread_path(thread), None)

    def _post(self, thread: int, post: BoardPost) -> Post:
        return Post(
            watch=self._watch,
            id=str(post.number),
            url=self._address(thread, post.number),
            author=post.author,
            text=post.text,
            published_at=post.published_at,
            seen_at=self._clock(),
            media=post.media,
        )

    def _tombstone(self, thread: int, number: int) -> Post:
        url = self._address(thread, number)
        return Post(self._watch, str(number), url, "", "", None, self._clock(), is_deleted=True)

    def _address(self, thread: int, number: int) -> str:
        named = self._page.replace("{board}", quote(self._name)).replace("{thread}", str(thread))
        return named.replace("{no}", str(number))


def _unread(posts: list[BoardPost], last: int, since: int) -> list[BoardPost]:
    """Return what came after the last post read, or after the anchor where none was."""
    return [post for post in posts if (post.number > last if last else post.at >= since)]


def _events(posts: list[Post], old: str, new: str, skipped: int) -> Iterator[Event]:
    """Yield the posts of one thread; only the last event moves the cursor."""
    for post in posts[:-1]:
        yield Event(old, post)
    yield Event(new, posts[-1] if posts else None, skipped)


def settled_at(answer: Fetched) -> str:
    """Return what to send as If-Modified-Since: nothing while the same second may bring more."""
    headers = dict(answer.headers)
    try:
        modified, sent = (parsedate_to_datetime(headers[name]) for name in ("last-modified", "date"))
        return headers["last-modified"] if sent - modified >= SETTLED else ""
    except (KeyError, ValueError, TypeError):
        return ""


def _engine(kind: str, board: str, name: str, media: str) -> Chan | LynxChan:
    if kind == "lynxchan":
        return LynxChan(board.removesuffix(f"/{name}"))
    if not (media.startswith(("http://", "https://")) and "{tim}" in media):
        raise Misconfigured(
            "Option media: type a file's address, such as https://i.board.example/{board}/{tim}{ext}"
        )
    return Chan(FOLDERS[kind], media, name)


def _format(cursor: _Cursor) -> str:
    return msgspec.json.encode(cursor).decode()


def _parse(cursor: str) -> _Cursor:
    try:
        return CURSOR.decode(cursor)
    except msgspec.DecodeError as error:
        raise Misconfigured("The stored cursor is not one of an imageboard. Add the watch again.") from error
