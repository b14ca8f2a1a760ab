"""Asks a hub to tell us of new posts, and again before its promise ends (https://www.w3.org/TR/websub/)."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode

from jikimi.model.errors import JikimiError
from jikimi.model.ports import Limits, Surroundings
from jikimi.model.post import Secret
from jikimi.model.source import Delivery
from jikimi.sources.website_links import Hub

FORM = "application/x-www-form-urlencoded"
ASKING = Limits(max_bytes=64 * 2**10, deadline=timedelta(seconds=20))
LEASE = timedelta(days=10)
LONGEST_LEASE = timedelta(days=30)
RENEWED_AFTER = 0.8  # of the lease
PATIENCE = timedelta(minutes=1)  # for the hub to verify
RETRY = timedelta(minutes=10)
AFTER_DENIAL = timedelta(days=1)


class Subscription:
    """Where one watch stands with one hub. It is asked anew after a restart, which renews it."""

    def __init__(self, around: Surroundings) -> None:
        self._web = around.web
        self._deliveries = around.deliveries
        self._clock = around.clock
        self._hub: Hub | None = None
        self._begun = self._ends = self._next = datetime.min.replace(tzinfo=around.clock().tzinfo)
        self._asked: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether something may be delivered: the hub promised, or was asked just now."""
        now = self._clock()
        is_asked = self._asked is not None and now - self._asked < PATIENCE
        return self._hub is not None and (now < self._ends or is_asked)

    async def keep(self, hub: Hub | None) -> None:
        """Subscribe, renew, or change to another hub. One that does not answer is asked again later."""
        if not self._deliveries.callback:
            return
        now = self._clock()
        if hub != self._hub:
            if self._hub is not None and now < self._ends:
                await self._ask(self._hub, "unsubscribe")
            self._hub, self._ends, self._next, self._asked = hub, now, now, None
        if hub is not None and now >= self._next:
            self._next, self._asked = now + RETRY, now
            if not await self._ask(hub, "subscribe"):
                self._asked = None

    def hear(self, delivery: Delivery) -> bool:
        """Take in a hub's word about the subscription; False where the delivery is a post."""
        if delivery.mime != FORM:
            return False
        told = {
            name: values[0] for name, values in parse_qs(delivery.body.decode("utf-8", "replace")).items()
        }
        if self._hub is None or told.get("hub.topic") != self._hub.topic:
            return True  # of a hub we left
        if told.get("hub.mode") == "subscribe":
            self._begun, lease = delivery.at, _lease(told.get("hub.lease_seconds", ""))
            self._ends, self._next = self._begun + lease, self._begun + lease * RENEWED_AFTER
        elif told.get("hub.mode") == "denied":
            self._ends, self._asked, self._next = delivery.at, None, delivery.at + AFTER_DENIAL
        return True

    async def _ask(self, hub: Hub, mode: str) -> bool:
        """Send a request; whether it is granted is told later. False where it was refused at once."""
        await self._deliveries.expect(hub.topic, is_wanted=mode == "subscribe")
        asked = {
            "hub.callback": self._deliveries.callback,
            "hub.mode": mode,
            "hub.topic": hub.topic,
            "hub.lease_seconds": str(int(LEASE.total_seconds())),
            "hub.secret": self._deliveries.secret.reveal(),
        }
        try:
            await self._web.post_async(
                hub.url, urlencode(asked).encode(), ASKING, {"Content-Type": Secret(FORM)}
            )
        except JikimiError:  # the list is read all the same, at its interval
            return False
        return True


def _lease(text: str) -> timedelta:
    if not text.isdecimal() or len(text) > len("9999999999"):
        return LEASE
    return min(timedelta(seconds=int(text)), LONGEST_LEASE)
