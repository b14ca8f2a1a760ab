"""Watches X by its filtered stream, with narrow rules: every post costs money."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from jikimi.model.errors import Blocked, Gone, Misconfigured, Unauthorized
from jikimi.model.ports import Surroundings
from jikimi.model.post import Event, Post
from jikimi.model.source import Manifest, Option, Options, Tested
from jikimi.sources.recent import Recent
from jikimi.sources.site import checked_site
from jikimi.sources.x_api import LEAST, PAGE, Api, Problem, check_problems, refused
from jikimi.sources.x_post import Includes, XPost, id_at, moment_of, post_of
from jikimi.sources.x_rules import checked_rules

SILENCE = timedelta(seconds=40)  # a line comes every 20
RECONNECT = timedelta(seconds=1)
OVERLAP = timedelta(seconds=60)  # posts come in no strict order, up to seconds late
INDEXED_WITHIN = timedelta(seconds=45)  # a search leaves out the last 30
REACH = timedelta(days=7) - timedelta(hours=1)  # of a search
MOST_BACKFILL = 5  # minutes
MOST_DIGITS = 20


class _Line(msgspec.Struct, frozen=True):
    """A line of the stream: a post, or what went wrong."""

    data: msgspec.Raw = msgspec.Raw(b"null")
    includes: Includes = Includes()
    errors: list[Problem] = []
    type: str = ""
    connection_issue: str = ""


LINE = msgspec.json.Decoder(_Line)
POST = msgspec.json.Decoder(XPost)


class X:
    """A pushing Source (see model/ports.py) for posts that match a few narrow rules.

    The rules stand at X under the name of the watch; those of others are left alone. X streams once per app,
    so each watch needs an app of its own: what other rules of the app bring costs, too, and is read as well.

    The cursor is the newest post read, or a moment. After an interruption it listens first, then searches
    since a minute before the cursor. A search knows no post of the last half minute: once 45 seconds have
    passed it is asked again, and only then the cursor moves past the two minutes before we came. A page of a
    search is asked for as large as the day's money pays, for X counts all of its posts at once.
    """

    manifest = Manifest(
        name="x",
        title="X: posts that match narrow rules, as they come",
        is_push=True,
        auth="the bearer token of an app in X's developer console",
        cost="$0.005 a post read; a watch needs a daily bound of money. A search never passes it; a stream"
        " may, by what X sent before we hung up",
        terms="https://docs.x.com/x-api/fundamentals/post-cap",
        tested=Tested.RECORDED,
        tested_on="answers after X's documentation",
        misses=(
            "deletions, which X tells by streams that few plans have; what was posted more than seven days "
            "before an interruption ended. Where more came meanwhile than a day's money pays, the newest are "
            "paid again each day and the rest is never reached: the watch says so, and wants more for a day"
        ),
        options=(
            Option("token", "the app's bearer token", is_needed=True, is_secret=True),
            Option("rules", "rules with semicolons between, such as from:someone has:images", is_needed=True),
            Option(
                "backfill_minutes", "minutes that X sends again itself, 1 to 5 (costly plans)", default="0"
            ),
            Option("api", "the API's address", default="https://api.x.com"),
        ),
        spacing=timedelta(seconds=1),
        per_post=Decimal("0.005"),
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        site = checked_site(options.text("api"), "api", "https://api.x.com")
        self._api = Api(around.web, site, options.secret("token"))
        self._rules = checked_rules(options.text("rules"))
        self._backfill = options.whole("backfill_minutes", 0, MOST_BACKFILL)
        self._web = around.web
        self._allowance = around.allowance
        self._clock = around.clock
        self._watch = around.watch

    def __repr__(self) -> str:
        return f"X({self._watch})"

    @property
    def interval(self) -> timedelta:
        """Return the pause between two connections."""
        return RECONNECT

    async def anchor(self) -> str:
        """Return the lowest identifier of the present moment; nothing is asked."""
        return str(id_at(self._clock()))

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield what was missed since the cursor, then what the stream brings; only an error ends it."""
        reading = _Reading(_checked_cursor(cursor), self._clock())
        await self._api.keep_rules(self._rules, self._watch)
        url = self._api.stream_address(self._backfill)
        try:
            async with self._web.lines(url, self._api.headers, silence=SILENCE) as lines:
                async with aclosing(self._past(reading, reading.floor)) as events:
                    async for event in events:
                        yield event
                reading.since = max(reading.since, id_at(reading.began_at - 2 * OVERLAP))
                yield Event(reading.cursor)
                if reading.floor == 0:
                    raise Gone("X's search reaches back seven days only; posts before were missed.")
                async with aclosing(self._live(lines, reading)) as events:
                    async for event in events:
                        yield event
        except Unauthorized:
            raise
        except Blocked as error:
            raise refused(error) from error

    async def _live(self, lines: AsyncIterator[bytes], reading: "_Reading") -> AsyncGenerator[Event, None]:
        async for line in lines:
            if not reading.is_done and self._clock() - reading.began_at >= INDEXED_WITHIN:
                async with aclosing(self._past(reading, id_at(reading.began_at - 2 * OVERLAP))) as events:
                    async for event in events:
                        yield event
                reading.is_done = True
                yield Event(reading.cursor)
            if not line.strip():  # X is there, and all posts older than the overlap have come
                reading.note(id_at(self._clock() - OVERLAP))
                yield Event(reading.cursor)
                continue
            for post, skipped in self._take(line, reading):
                self._allowance.pay(skipped)  # X counts what we cannot read, too
                yield Event(reading.cursor, post, skipped)

    def _take(self, line: bytes, reading: "_Reading") -> Iterator[tuple[Post | None, int]]:
        """Read one line of the stream. Messages of unknown kinds are passed over, as X asks."""
        try:
            read = LINE.decode(line)
        except (msgspec.DecodeError, RecursionError):
            yield None, 1
            return
        if bytes(read.data) != b"null":
            yield from self._posts([read.data], read.includes, reading)
        elif read.type or read.connection_issue:
            check_problems([Problem(type=read.type, connection_issue=read.connection_issue)])
        else:
            check_problems(read.errors)

    async def _past(self, reading: "_Reading", floor: int) -> AsyncGenerator[Event, None]:
        """Search for what came since, rule by rule, newest page first; the cursor stays."""
        for rule in self._rules:
            next_token, has_more = "", True
            while has_more:
                most = self._allowance.room(PAGE, LEAST)
                page = await self._api.search(rule, floor, next_token, most)
                self._allowance.pay(len(page.data))
                for post, skipped in self._posts(page.data[::-1], page.includes, reading):
                    yield Event(reading.cursor, post, skipped, is_paid=True)
                next_token = page.meta.next_token
                has_more = bool(next_token)

    def _posts(
        self, raws: list[msgspec.Raw], includes: Includes, reading: "_Reading"
    ) -> Iterator[tuple[Post | None, int]]:
        for raw in raws:
            try:
                read = POST.decode(raw)
                number = int(read.id)
            except (msgspec.DecodeError, RecursionError, ValueError):
                yield None, reading.skip(bytes(raw))
                continue
            reading.note(min(number, id_at(self._clock())))
            if reading.known.is_new(read.id):
                yield post_of(read, includes, self._watch, self._clock()), 0


class _Reading:
    """What is known within one connection; the stored cursor is all that outlives it."""

    def __init__(self, since: int, began_at: datetime) -> None:
        self.since = since
        floor = moment_of(since) - OVERLAP
        self.floor = id_at(floor) if floor > began_at - REACH else 0
        self.began_at = began_at
        self._newest = since
        self.is_done = False
        self.known = Recent()

    @property
    def cursor(self) -> str:
        """Return where to resume: not past the old cursor while a search may still bring older posts."""
        return str(self._newest if self.is_done else self.since)

    def note(self, post_id: int) -> None:
        """Take in how far the stream has come."""
        self._newest = max(self._newest, post_id)

    def skip(self, raw: bytes) -> int:
        """Return 1 for what cannot be read, 0 when it comes again."""
        return int(self.known.is_new(raw.decode("utf-8", "replace")))


def _checked_cursor(cursor: str) -> int:
    if not (cursor.isdecimal() and len(cursor) <= MOST_DIGITS):
        raise Misconfigured("The stored cursor is not one of X. Add the watch again.")
    return int(cursor)
