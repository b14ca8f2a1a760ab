"""The Store: implements the ports Records and Queue on Django's ORM, for SQLite and PostgreSQL alike."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import TypeVar, cast

import msgspec
from django.db.models import Exists, OuterRef

from jikimi.model.alert import Job, Place
from jikimi.model.case import Closure
from jikimi.model.errors import Gone
from jikimi.model.outcome import Outcome, Record
from jikimi.model.ports import LINES_AT_ONCE, Clock, IndexEntry
from jikimi.model.post import Position, Post, Sighting, Spent
from jikimi.store import tables
from jikimi.store.append import AT_MOST_ONCE, append, case_key
from jikimi.store.codec import decode, storable
from jikimi.store.deliveries import DeliveryBook
from jikimi.store.keyring import Keyring, unseal
from jikimi.store.models import (
    AlertRow,
    AlertState,
    JobRow,
    JobState,
    PlaceRow,
    PostRow,
    RecordRow,
    SightingRow,
    WatchRow,
)
from jikimi.store.reference_log import lines_since
from jikimi.store.writer import Writer, empty_write_ahead_log, readable

R = TypeVar("R", bound=Record)

KEEP = timedelta(days=90)
SERVICE = "serve"
ACTOR = "jikimi"
EXPIRY_EVERY = timedelta(seconds=1)
"""A lease runs out once in a while, and thousands are taken meanwhile: this often is looked for them."""

NEVER = datetime.min.replace(tzinfo=UTC)


class Store:
    """Remembers. Reads on the caller's connection, writes through one writer."""

    def __init__(
        self,
        keyring: Keyring,
        clock: Clock,
        woken: Callable[[], None],
        *,
        holder: str = SERVICE,
        keep: timedelta = KEEP,
    ) -> None:
        """`woken` is called after each commit, from the writer's thread.

        `holder` names this process in its leases. What matched nothing is forgotten after `keep`.
        """
        self._keyring = keyring
        self._clock = clock
        self._holder = holder
        self._keep = keep
        self._writer = Writer(woken)
        self._expiry_seen_at = NEVER
        self._lately: dict[str, dict[str, tuple[int, Place]]] = {}
        """By watch, the places asked for last: each first look asks for fifty, nearly all known already."""
        self.deliveries = DeliveryBook(keyring, self._writer)

    def close(self) -> None:
        """Write what waits, then end the writer."""
        self._writer.close()

    # -- Records ----------------------------------------------------------------------------------

    @readable()
    def get(self, kind: type[R], key: str) -> R:
        """Return one record; Gone if it never was or its case's key was destroyed."""
        if kind is Post:
            for post in self._posts(key=key):
                return cast("R", post)
            raise Gone(f"no post {key}")
        if kind is Sighting:
            seen = SightingRow.objects.filter(key=key).first()
            if seen is None:
                raise Gone(f"no sighting {key}")
            return cast("R", self._sighting(seen))
        row = RecordRow.objects.filter(key=key, kind=kind.__name__).first()
        secret = None if row is None else case_key(row.case, self._keyring)
        if row is None or secret is None:
            raise Gone(f"no {kind.__name__.lower()} {key}")
        return _open(kind, row, secret)

    @readable()
    def find(self, kind: type[R], **by: str | tuple[str, ...]) -> tuple[R, ...]:
        """Return records of a kind, oldest first, by `case`, `parent`, `post`; closed cases' are left out."""
        wanted = {name if isinstance(value, str) else f"{name}__in": value for name, value in by.items()}
        if kind is Post:
            return cast("tuple[R, ...]", self._posts(**wanted))
        posts = {name: wanted.pop(name) for name in ("post", "post__in") if name in wanted}
        rows = RecordRow.objects.filter(kind=kind.__name__, **wanted).order_by("seq")
        if posts:
            rows = rows.filter(key__in=PlaceRow.objects.filter(**posts).values("key"))
        return self._opened(kind, rows)

    @readable()
    def latest_places(self, watch: str, since: datetime, limit: int) -> tuple[Place, ...]:
        """Return up to `limit` places found on a watch since then, newest first; none of rejected alerts."""
        rejected = AlertRow.objects.filter(key=OuterRef("alert"), state=AlertState.REJECTED)
        found = PlaceRow.objects.filter(~Exists(rejected), watch=watch, alerted_at__gte=since)
        keys = list(found.order_by("-alerted_at").values_list("key", flat=True)[:limit])
        known = self._lately.get(watch, {})
        lately = {key: known[key] for key in keys if key in known}
        for row in RecordRow.objects.filter(key__in=[key for key in keys if key not in known]):
            for place in self._opened(Place, [row]):
                lately[row.key] = row.seq, place
        self._lately[watch] = lately
        return tuple(place for _, place in sorted(lately.values(), key=itemgetter(0), reverse=True))

    @readable()
    def archive(self, after: int, limit: int) -> tuple[int, tuple[Sighting, ...]]:
        """Return up to `limit` unmatched sightings behind position `after`, and the next position."""
        rows = list(SightingRow.objects.filter(seq__gt=after).order_by("seq")[:limit])
        return (rows[-1].seq if rows else after), tuple(self._sighting(row) for row in rows)

    def index_since(self, seq: int, limit: int = LINES_AT_ONCE) -> tuple[IndexEntry, ...]:
        """Return up to `limit` lines of the reference log after `seq`; those of closed cases only remove."""
        with readable():
            return lines_since(seq, limit, self._keyring)

    @readable()
    def position(self, watch: str) -> Position | None:
        """Return how far a watch has read, None before its anchor."""
        row = WatchRow.objects.filter(name=watch).first()
        if row is None or row.at is None:
            return None
        return Position(
            watch,
            row.cursor,
            row.at,
            row.newest_post_at,
            row.posts,
            row.skipped,
            row.problem,
            msgspec.convert(row.spent, Spent),
        )

    def apply(self, outcome: Outcome, *, by: str) -> None:
        """Write what a person's act or a source decided, in one transaction."""
        self._writer.write(partial(self._append, outcome, by))
        if any(isinstance(record, Closure) for record in outcome.records):
            self._lately.clear()
            empty_write_ahead_log()  # it still holds the destroyed key

    # -- Queue ------------------------------------------------------------------------------------

    def lease(
        self, limit: int, now: datetime, below: int | None = None, least: int | None = None
    ) -> tuple[Job, ...]:
        """Take up to `limit` due jobs: lowest rank, then oldest; of ranks `below` and of at `least` only."""
        with readable():
            if not timedelta(0) <= now - self._expiry_seen_at < EXPIRY_EVERY:
                self._expiry_seen_at = now
                if tables.expired(now).exists():
                    self._writer.write(lambda: tables.take_back(tables.expired(now)))
            is_idle = not tables.ready(now, below, least).exists()
        if is_idle:
            return ()
        return self._writer.write(partial(tables.lease, limit, now, self._holder, below, least))

    def hold(self, jobs: Iterable[Job]) -> None:
        """Keep the leases of jobs that still run."""
        self._writer.write(partial(tables.hold, jobs, self._clock()))

    def finish(self, job: Job, outcome: Outcome) -> bool:
        """Write the outcome and end the job in one transaction; False if the lease was lost meanwhile.

        What was asked of the job while it ran is asked of it once more.
        """

        def change() -> bool:
            ended, again = tables.end(job)
            if ended:
                self._append(replace(outcome, next=(*outcome.next, *again)), ACTOR)
            return ended

        return self._writer.write(change)

    def postpone(self, job: Job, until: datetime, reason: str) -> None:
        """Give the job back, to be tried again not before `until`."""
        self._give_back(job, state=JobState.WAITING, due=until, reason=storable(reason))

    def park(self, job: Job, reason: str) -> None:
        """Lay the job aside for a person."""
        self._give_back(job, state=JobState.PARKED, reason=storable(reason))

    def next_due(self, now: datetime) -> datetime | None:
        """Return when the next waiting job is due; a lease that ran out counts as due."""
        if tables.ready(now).exists() or tables.expired(now).exists():
            return now
        waiting = JobRow.objects.filter(state=JobState.WAITING).order_by("due")
        return waiting.values_list("due", flat=True).first()

    def tidy(self, now: datetime) -> int:
        """Forget author and text of posts whose media are looked at, and all of those that matched.

        Posts and sightings that matched nothing go altogether once they are old.
        """
        with readable():
            has_work = tables.has_untidy(now) or tables.has_old(now - self._keep)
        if not has_work:
            return 0

        def change() -> int:
            tables.forget_old(now - self._keep)
            return tables.tidy(now)

        return self._writer.write(change)

    # -- for the composition root -----------------------------------------------------------------

    def reclaim(self, holder: str = "") -> int:
        """Take back every lease of a holder that was killed, "" for this one's name; return how many."""

        def change() -> int:
            name = holder or self._holder
            held = JobRow.objects.filter(state=JobState.LEASED, lease__startswith=f"{name}:")
            return tables.take_back(held)

        return self._writer.write(change)

    def retry(self, name: str) -> bool:
        """Put a parked job back into the queue; False if there is none of that name."""

        def change() -> bool:
            parked = JobRow.objects.filter(name=name, state=JobState.PARKED)
            return bool(parked.update(state=JobState.WAITING, due=self._clock(), attempts=0, reason=""))

        return self._writer.write(change)

    # -- inside -----------------------------------------------------------------------------------

    def _append(self, outcome: Outcome, by: str) -> None:
        append(outcome, by=by, now=self._clock(), keyring=self._keyring)

    def _give_back(self, job: Job, **columns: object) -> None:
        # Of what sends it stays true that it was interrupted, whatever came in between.
        is_interrupted = job.is_interrupted and job.step in AT_MOST_ONCE

        def change() -> None:
            JobRow.objects.filter(name=job.name, lease=job.lease).update(
                lease="", lease_until=None, is_interrupted=is_interrupted, **columns
            )

        self._writer.write(change)

    def _opened(self, kind: type[R], rows: Iterable[RecordRow]) -> tuple[R, ...]:
        """Open records; those of closed cases are left out."""
        secrets_by_case: dict[str, bytes | None] = {}
        found = []
        for row in rows:
            if row.case not in secrets_by_case:
                secrets_by_case[row.case] = case_key(row.case, self._keyring)
            secret = secrets_by_case[row.case]
            if secret is not None:
                found.append(_open(kind, row, secret))
        return tuple(found)

    def _posts(self, **by: str | tuple[str, ...]) -> tuple[Post, ...]:
        """Open posts; those of which nothing is left are left out."""
        secret, found = self._keyring.store_key, []
        for row in PostRow.objects.filter(**by).exclude(core=None):
            post = decode(Post, unseal(secret, bytes(row.core or b""), f"core:{row.key}"))
            if row.words is not None:
                words = unseal(secret, bytes(row.words), f"words:{row.key}")
                author, text = decode(tuple[str, str], words)  # type: ignore[type-var]  # not a record
                post = replace(post, author=author, text=text)
            found.append(post)
        return tuple(found)

    def _sighting(self, row: SightingRow) -> Sighting:
        return decode(Sighting, unseal(self._keyring.store_key, bytes(row.body), f"Sighting:{row.key}"))


def _open(kind: type[R], row: RecordRow, secret: bytes) -> R:
    if not row.body:
        raise Gone(f"no {row.kind.lower()} {row.key}")
    return decode(kind, unseal(secret, bytes(row.body), f"{row.kind}:{row.key}"))
