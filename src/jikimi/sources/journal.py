"""Stores what a watch read together with how far it read, its problems, its gaps and what it used."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from jikimi.model.errors import Gone, JikimiError
from jikimi.model.ports import Clock
from jikimi.model.post import Event, MediaRef, Position, Post
from jikimi.model.source import Gap, Manifest
from jikimi.sources.purse import Purse

WEB = frozenset({"http", "https"})
GAP = "Gap: "


class Sink(Protocol):
    """Takes posts, the position behind them and gaps; returns once all are durable, in one transaction."""

    async def __call__(self, posts: Sequence[Post], position: Position, gaps: Sequence[Gap] = ()) -> None:
        """Store all or nothing. A post may come twice; its key does not change."""
        ...


@dataclass(frozen=True, slots=True)
class Pacing:
    """How a watch breathes. `batch` and `queue` count events; `gap_shown` is how long a gap stays visible."""

    batch: int = 100
    queue: int = 500
    heartbeat: timedelta = timedelta(seconds=30)
    first_backoff: timedelta = timedelta(seconds=1)
    longest_backoff: timedelta = timedelta(seconds=60)
    after_refusal: timedelta = timedelta(hours=1)
    gap_shown: timedelta = timedelta(hours=24)


STANDARD = Pacing()


class Journal:
    """The watch's position, and when it was last stored."""

    def __init__(
        self, sink: Sink, clock: Clock, pacing: Pacing, position: Position, purse: Purse, manifest: Manifest
    ) -> None:
        self.position = position
        self._purse = purse
        self._read_until = _read_until(position)
        self._sink = sink
        self._clock = clock
        self._pacing = pacing
        self._schemes = WEB | set(manifest.schemes)
        self._saved_at = position.at
        self._gap = position.problem if position.problem.startswith(GAP) else ""
        self._gap_at = position.at

    @property
    def is_due(self) -> bool:
        """Tell whether the next heartbeat is due; a clock that was set back must not silence it."""
        return not timedelta(0) <= self._clock() - self._saved_at < self._pacing.heartbeat

    async def store(self, events: Sequence[Event]) -> None:
        """Store posts with the cursor behind the last of them. A bare checkpoint waits for a heartbeat."""
        posts = tuple(self._clean(event.post) for event in events if event.post)
        gaps = tuple(self._gap_record(event.filled, is_filled=True) for event in events if event.filled)
        skipped = sum(event.skipped for event in events)
        is_anchor = not self.position.cursor
        had_problem = self.position.problem != self._standing()
        self.position = replace(self.position, cursor=events[-1].cursor)
        if posts or skipped or gaps or is_anchor or had_problem or self.is_due:
            await self.save(posts, skipped, gaps=gaps)
        self._read_until = self._clock()

    async def note(self, error: JikimiError) -> None:
        """Store what an operator should know."""
        if isinstance(error, Gone):
            gap = self._gap_record(str(error), is_filled=False)
            self._gap, self._gap_at = f"{GAP}{error}", gap.until
            await self.save(gaps=(gap,))
        else:
            await self.save(problem=str(error) or type(error).__name__)

    async def note_success(self) -> None:
        """Take the problem down now that reading works."""
        self._read_until = self._clock()
        if self.position.problem != self._standing() or self.is_due:
            await self.save()

    async def beat(self) -> None:
        """Store a sign of life when one is due."""
        if self.is_due:
            await self.save_as_it_is()

    async def save_as_it_is(self) -> None:
        """Store the position; what was wrong is still wrong, but a gap is shown for a day only."""
        problem = self.position.problem
        await self.save(problem=None if problem.startswith(GAP) else problem)

    def _gap_record(self, why: str, *, is_filled: bool) -> Gap:
        """Return the gap between the last time all was read and now."""
        return Gap(self.position.watch, self._read_until, self._clock(), why, is_filled)

    async def save(
        self,
        posts: Sequence[Post] = (),
        skipped: int = 0,
        problem: str | None = None,
        gaps: Sequence[Gap] = (),
    ) -> None:
        """Hand posts, position and gaps to the sink, in one call."""
        now = self._clock()
        newest = max(
            (post.visible_at for post in posts if not post.is_deleted), default=self.position.newest_post_at
        )
        if newest and self.position.newest_post_at:
            newest = max(newest, self.position.newest_post_at)
        position = replace(
            self.position,
            at=now,
            newest_post_at=newest,
            posts=len(posts),
            skipped=skipped,
            problem=self._standing() if problem is None else problem,
            spent=self._purse.spent,
        )
        await self._sink(posts, position, gaps)
        self.position, self._saved_at = position, now

    def _standing(self) -> str:
        """Return the problem that stands while reading works: a recent gap, or none."""
        return self._gap if self._clock() - self._gap_at < self._pacing.gap_shown else ""

    def _clean(self, post: Post) -> Post:
        """Drop addresses that nobody should fetch: every source's media references pass here."""
        return replace(post, media=tuple(ref for ref in post.media if _may_fetch(ref, self._schemes)))


def _read_until(position: Position) -> datetime:
    """Return until when all was certainly read: a sign of life while nothing could be read says nothing."""
    could_read = not position.problem or position.problem.startswith(GAP)
    return position.at if could_read or position.newest_post_at is None else position.newest_post_at


def _may_fetch(ref: MediaRef, schemes: frozenset[str]) -> bool:
    try:
        parts = urlsplit(ref.url)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.netloc)
