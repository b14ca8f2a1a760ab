"""Keeps what other servers push to our watches, from their request until the watch has read it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from django.db.models import Count, Max, Min, QuerySet

from jikimi.model.errors import TryLater
from jikimi.model.source import Delivery
from jikimi.store.keyring import Keyring, seal, unseal
from jikimi.store.models import DeliveryRow, HubRow, WatchRow
from jikimi.store.writer import Writer, readable

KEPT = timedelta(days=7)
FORM = "application/x-www-form-urlencoded"  # what a hub says of a subscription
DROPPED = "application/x-jikimi-dropped"  # a row that stands for others; nobody outside can write one
MOST_WAITING = 1_000  # for one watch; a hub sends the rest again later
AT_ONCE = 20  # of a megabyte each


class Dropped(msgspec.Struct, frozen=True):
    """What waited for too long and is no longer there: up to so many deliveries, between two times."""

    number: int
    count: int
    since: datetime
    until: datetime


class DeliveryBook:
    """The deliveries of all watches. Reads on the caller's connection, writes through the one writer."""

    def __init__(self, keyring: Keyring, writer: Writer) -> None:
        self._key = keyring.store_key
        self._writer = writer

    @readable()
    def standing_watches(self) -> tuple[str, ...]:
        """Return the names of the watches that have not ended."""
        return tuple(
            WatchRow.objects.filter(is_ended=False).exclude(record="").values_list("name", flat=True)
        )

    def add(self, watch: str, mime: str, body: bytes, at: datetime) -> None:
        """Keep one delivery; durable once this returns. TryLater when too many wait."""
        sealed = seal(self._key, body, f"Delivery:{watch}")

        def change() -> None:
            self._drop(at - KEPT)
            if DeliveryRow.objects.filter(watch=watch).count() >= MOST_WAITING:
                raise TryLater("Too many deliveries wait for this watch. See that `jikimi serve` runs.")
            named = "" if mime == DROPPED else mime
            DeliveryRow.objects.create(watch=watch, mime=named, body=sealed, at=at)

        self._writer.write(change)

    @readable()
    def newest(self, watch: str) -> int:
        """Return the number of the newest delivery that is kept, 0 where there is none."""
        found = DeliveryRow.objects.filter(watch=watch).aggregate(newest=Max("number"))
        return found["newest"] or 0

    @readable()
    def after(self, watch: str, number: int) -> tuple[Delivery, ...]:
        """Return the next few deliveries behind a number, oldest first."""
        rows = DeliveryRow.objects.filter(watch=watch, number__gt=number).exclude(mime=DROPPED)
        return tuple(self._opened(row) for row in rows.order_by("number")[:AT_ONCE])

    @readable()
    def dropped(self, watch: str, number: int) -> Dropped | None:
        """Return what was dropped of what came after a number, and was not forgotten since."""
        row = DeliveryRow.objects.filter(watch=watch, number__gt=number, mime=DROPPED).last()
        return None if row is None else self._dropped(row)

    def forget_dropped(self, watch: str, number: int) -> None:
        """Drop the note of what was dropped: the watch has told."""
        noted = DeliveryRow.objects.filter(watch=watch, number=number, mime=DROPPED)
        self._writer.write(_void(noted.delete))

    @readable()
    def forget(self, watch: str, number: int) -> None:
        """Drop what was read: everything up to a number."""
        read = DeliveryRow.objects.filter(watch=watch, number__lte=number)
        if read.exists():
            self._writer.write(_void(read.delete))

    def expect(self, watch: str, topic: str, *, is_wanted: bool) -> None:
        """Note what is about to be asked of a hub."""
        wish = {"is_wanted": is_wanted}
        self._writer.write(
            _void(lambda: HubRow.objects.update_or_create(watch=watch, topic=_digest(topic), defaults=wish))
        )

    @readable()
    def expects(self, watch: str, topic: str, *, is_wanted: bool) -> bool:
        """Tell whether this is what was asked last."""
        return HubRow.objects.filter(watch=watch, topic=_digest(topic), is_wanted=is_wanted).exists()

    def _drop(self, before: datetime) -> None:
        """Drop what waited for too long; in the place of posts stays a note, for the watch to tell of."""
        old = DeliveryRow.objects.filter(at__lt=before)
        posts = old.exclude(mime__in=(FORM, DROPPED))
        standing = WatchRow.objects.filter(is_ended=False).exclude(record="")
        for watch in set(posts.filter(watch__in=standing.values("name")).values_list("watch", flat=True)):
            self._note(watch, posts.filter(watch=watch))
        old.exclude(mime=DROPPED).delete()

    def _note(self, watch: str, posts: "QuerySet[DeliveryRow]") -> None:
        sums = posts.aggregate(count=Count("number"), since=Min("at"), until=Max("at"), number=Max("number"))
        earlier = DeliveryRow.objects.filter(watch=watch, mime=DROPPED)
        for told in map(self._dropped, earlier):
            sums["count"] += told.count
            sums["since"] = min(sums["since"], told.since)
        earlier.delete()
        body = seal(self._key, msgspec.json.encode(Dropped(**sums)), f"Delivery:{watch}")
        DeliveryRow.objects.filter(number=sums["number"]).update(mime=DROPPED, body=body)

    def _dropped(self, row: DeliveryRow) -> Dropped:
        body = unseal(self._key, bytes(row.body), f"Delivery:{row.watch}")
        return msgspec.json.decode(body, type=Dropped)

    def _opened(self, row: DeliveryRow) -> Delivery:
        body = unseal(self._key, bytes(row.body), f"Delivery:{row.watch}")
        return Delivery(row.number, row.watch, row.mime, body, at=row.at)


def _digest(topic: str) -> str:
    return sha256(topic.encode("utf-8", "surrogatepass")).hexdigest()


def _void(change: Callable[[], object]) -> Callable[[], None]:
    def done() -> None:
        change()

    return done
