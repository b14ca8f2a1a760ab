"""What a watch may use a day: requests, posts and money, counted before they are used."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from jikimi.model.errors import Misconfigured, TryLater
from jikimi.model.ports import Clock
from jikimi.model.post import Bounds, Spent
from jikimi.model.source import Manifest

Change = Callable[[Spent], Spent]


class Purse:
    """One watch's day. A day is UTC's; `spent` is stored with every position, so a restart spends no more.

    What was used and not stored when a process died is not counted: at most a heartbeat's requests, and
    the posts that stood in the queue.
    """

    def __init__(self, manifest: Manifest, bounds: Bounds, spent: Spent, clock: Clock) -> None:
        """Raise Misconfigured when the source costs money and nobody has said how much it may cost."""
        self._manifest = manifest
        self._bounds = bounds
        self._clock = clock
        self._spent = spent
        if (manifest.per_request or manifest.per_post) and not bounds.money:
            raise Misconfigured(
                f"{manifest.name} costs money ({manifest.cost}). Say how much a day it may cost: "
                "type --money 5.00 with jikimi watch add, or with bound later"
            )

    @property
    def spent(self) -> Spent:
        """Return what was used today; on a new day everything begins at nothing."""
        today = self._clock().astimezone(UTC).date()
        if self._spent.day != today:
            yesterday = self._spent.posts if self._spent.day == today - timedelta(days=1) else 0
            self._spent = Spent(today, before=yesterday)
        return self._spent

    def pay_request(self) -> None:
        """Count one request before it is made; TryLater, until tomorrow, when the day's share is used up."""
        spent = self.spent
        most = self._bounds.requests or self._manifest.requests
        if most and spent.requests >= most:
            raise self._tomorrow(f"{most} requests a day")
        self._check_money()
        self._spent = replace(
            spent, requests=spent.requests + 1, money=spent.money + self._manifest.per_request
        )

    def pay_post(self) -> None:
        """Count one post that came. The platform has counted it already: it is kept whatever it costs."""
        spent = self.spent
        self._spent = replace(spent, posts=spent.posts + 1, money=spent.money + self._manifest.per_post)

    def check_post(self) -> None:
        """Raise TryLater, until tomorrow, when one more post would cost more than the day may."""
        if self._manifest.per_post:
            self._check_money()

    def _check_money(self) -> None:
        price = self._manifest.per_request or self._manifest.per_post
        if price and self.spent.money + price > self._bounds.money:
            raise self._tomorrow(f"{self._bounds.money} US dollars a day")

    def _tomorrow(self, what: str) -> TryLater:
        now = self._clock().astimezone(UTC)
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        return TryLater(
            f"The day's share of {self._manifest.name} is used up ({what}). It goes on at 00:00 UTC; "
            "more is allowed with `jikimi watch bound`.",
            midnight - now,
        )
