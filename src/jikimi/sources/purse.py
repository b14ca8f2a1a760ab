"""What a watch may use a day: requests, posts and money, counted before they are used."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from threading import RLock

from jikimi.model.errors import Misconfigured, TryLater
from jikimi.model.ports import Clock
from jikimi.model.post import Bounds, Spent
from jikimi.model.source import Manifest

Change = Callable[[Spent], Spent]


class Purse:
    """One watch's day. A day is UTC's; `spent` is stored with every position, so a restart spends no more.

    What was used and not stored when a process died is not counted: at most a heartbeat's requests, and
    the posts that stood in the queue. Safe from several threads.
    """

    def __init__(self, manifest: Manifest, bounds: Bounds, spent: Spent, clock: Clock) -> None:
        """Raise Misconfigured when the source costs money and nobody has said how much it may cost."""
        self._manifest = manifest
        self._bounds = bounds
        self._clock = clock
        self._spent = spent
        self._lock = RLock()
        if (manifest.per_request or manifest.per_post) and not bounds.money:
            raise Misconfigured(
                f"{manifest.name} costs money ({manifest.cost}). Say how much a day it may cost: "
                "type --money 5.00 with jikimi watch add, or with bound later"
            )

    @property
    def spent(self) -> Spent:
        """Return what was used today; on a new day everything begins at nothing."""
        with self._lock:
            today = self._clock().astimezone(UTC).date()
            if self._spent.day != today:
                yesterday = self._spent.posts if self._spent.day == today - timedelta(days=1) else 0
                self._spent = Spent(today, before=yesterday)
            return self._spent

    def pay_request(self) -> None:
        """Count one request before it is made; TryLater, until tomorrow, when the day's share is used up."""
        with self._lock:
            spent = self.spent
            most = self._bounds.requests or self._manifest.requests
            if most and spent.requests >= most:
                raise self._tomorrow(f"{most} requests a day")
            self._check_money()
            self._spent = replace(
                spent, requests=spent.requests + 1, money=spent.money + self._manifest.per_request
            )

    def pay_post(self, *, is_paid: bool = False) -> None:
        """Count one post that came, and its money unless that is paid.

        The platform has counted it already: it is kept whatever it costs.
        """
        with self._lock:
            spent = self.spent
            self._spent = replace(spent, posts=spent.posts + 1)
            if not is_paid:
                self.pay(1)

    def pay(self, posts: int) -> None:
        """Count the money of so many posts, which the platform counts whether they are read or not."""
        with self._lock:
            spent = self.spent
            self._spent = replace(spent, money=spent.money + posts * self._manifest.per_post)

    def room(self, most: int, least: int = 1) -> int:
        """Return how many posts, up to `most`, today's money still pays.

        TryLater, until tomorrow, for fewer than `least`; Misconfigured where no day would pay them.
        """
        price = self._manifest.per_post
        if not price:
            return most
        if self._bounds.money < least * price:
            raise Misconfigured(
                f"{self._manifest.name} is asked for {least} posts at least, which cost {least * price} US "
                "dollars. Allow more a day: jikimi watch bound NAME --money"
            )
        left = int((self._bounds.money - self.spent.money) // price)
        if left < least:
            raise self._used_up()
        return min(most, left)

    def check_post(self) -> None:
        """Raise TryLater, until tomorrow, when one more post would cost more than the day may."""
        if self._manifest.per_post:
            self._check_money()

    def _check_money(self) -> None:
        price = self._manifest.per_request or self._manifest.per_post
        if price and self.spent.money + price > self._bounds.money:
            raise self._used_up()

    def _used_up(self) -> TryLater:
        return self._tomorrow(f"{self._bounds.money} US dollars a day")

    def _tomorrow(self, what: str) -> TryLater:
        now = self._clock().astimezone(UTC)
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        return TryLater(
            f"The day's share of {self._manifest.name} is used up ({what}). It goes on at 00:00 UTC; "
            "more is allowed with `jikimi watch bound`.",
            midnight - now,
        )
