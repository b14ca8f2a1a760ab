"""The letterbox: takes in what other servers push to us, and hands it to the watch it was meant for."""

import asyncio
import hmac
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from jikimi.model.errors import Gone, TryLater
from jikimi.model.ports import Clock
from jikimi.model.post import Secret
from jikimi.model.source import Delivery
from jikimi.store.deliveries import DeliveryBook
from jikimi.store.keyring import Keyring

T = TypeVar("T")

SIGNATURE = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})")  # WebSub 8.1
SIGNATURE_LENGTH = 200
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
BURST, A_SECOND = 300, 5  # requests to one slot
STRANGERS_BURST, STRANGERS_A_SECOND = 60, 1  # with tokens that open nothing, all together
LOOK_EVERY = timedelta(milliseconds=500)
PATH = "/push/"


class Letterbox:
    """The port Letterbox (see model/ports.py) over the store."""

    def __init__(self, book: DeliveryBook, keyring: Keyring, clock: Clock) -> None:
        self._book = book
        self._keyring = keyring
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, bytes] = {}
        self._rates: dict[str, _Rate] = {}

    def open(self, token: str) -> str:
        """Return the watch whose slot this is."""
        watch = self._whose(token)
        limits = (BURST, A_SECOND) if watch else (STRANGERS_BURST, STRANGERS_A_SECOND)
        with self._lock:
            rate = self._rates.setdefault(watch, _Rate(*limits, limits[0], self._clock()))
            is_within = rate.take(self._clock())
        if not is_within:
            raise TryLater("Too many requests. Come back in a minute.")
        if not watch:
            raise Gone("Nobody is here.")
        return watch

    def expects(self, watch: str, topic: str, *, is_wanted: bool) -> bool:
        """Tell whether the watch asked for exactly this."""
        return self._book.expects(watch, topic, is_wanted=is_wanted)

    def is_genuine(self, watch: str, body: bytes, signature: str) -> bool:
        """Tell whether a body is signed with the watch's secret."""
        found = SIGNATURE.fullmatch(signature[:SIGNATURE_LENGTH].strip())
        if found is None:
            return False
        secret = self._keyring.push_secret(watch).reveal().encode()
        return hmac.compare_digest(hmac.new(secret, body, found[1]).hexdigest(), found[2].lower())

    def put(self, watch: str, mime: str, body: bytes) -> None:
        """Keep a delivery."""
        self._book.add(watch, mime[:128], body, self._clock())

    def _whose(self, token: str) -> str:
        """Compare with every watch's token, in a time that says nothing about any; "" for nobody's."""
        if not TOKEN.fullmatch(token):
            return ""
        found = ""
        for watch in self._book.standing_watches():
            own = self._tokens.setdefault(watch, self._keyring.push_token(watch).encode())
            if hmac.compare_digest(own, token.encode()):
                found = watch
        return found


@dataclass
class _Rate:
    """So many at once, so many a second on average."""

    most: int
    a_second: float
    left: float
    at: datetime

    def take(self, now: datetime) -> bool:
        passed = max(0.0, (now - self.at).total_seconds())
        self.left, self.at = min(self.most, self.left + passed * self.a_second), now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Postroom:
    """Hands deliveries to watches. Looks into the store twice a second: who took them in may be elsewhere."""

    def __init__(self, book: DeliveryBook, keyring: Keyring, address: str, after: Callable[[], None]) -> None:
        """`address` is the console's public one, "" for none; `after` runs on the thread when it ends."""
        self._book = book
        self._keyring = keyring
        self._address = address.rstrip("/")
        self._after = after
        self._thread = ThreadPoolExecutor(1, "postroom")

    def of(self, watch: str) -> "WatchDeliveries":
        """Return the deliveries of one watch."""
        callback = f"{self._address}{PATH}{self._keyring.push_token(watch)}" if self._address else ""
        return WatchDeliveries(watch, callback, self._keyring.push_secret(watch), self._book, self._thread)

    def close(self) -> None:
        """End the thread."""
        self._thread.submit(self._after)
        self._thread.shutdown()


@dataclass(frozen=True, slots=True)
class WatchDeliveries:
    """The port Deliveries (see model/ports.py) of one watch."""

    watch: str
    callback: str
    secret: Secret
    book: DeliveryBook
    thread: ThreadPoolExecutor
    told: set[int] = field(default_factory=set)

    def __repr__(self) -> str:
        """Show neither address nor secret: who knows both can write to us."""
        return f"WatchDeliveries({self.watch})"

    async def expect(self, topic: str, *, is_wanted: bool) -> None:
        """Note what is about to be asked of a hub."""
        await self._in_thread(partial(self.book.expect, self.watch, topic, is_wanted=is_wanted))

    async def newest(self) -> int:
        """Return the number of the newest delivery."""
        return await self._in_thread(partial(self.book.newest, self.watch))

    async def after(self, number: int, wait: timedelta = timedelta(0)) -> tuple[Delivery, ...]:
        """Return some of what came after a delivery; wait so long for the first of it."""
        await self._tell(number)
        loop = asyncio.get_running_loop()
        until = loop.time() + wait.total_seconds()
        while True:
            found = await self._in_thread(partial(self.book.after, self.watch, number))
            left = until - loop.time()
            if found or left <= 0:
                return found
            await asyncio.sleep(min(left, LOOK_EVERY.total_seconds()))

    async def _tell(self, number: int) -> None:
        """Raise Gone for what was dropped unread. Who asks again has noted that: then it is forgotten."""
        lost = await self._in_thread(partial(self.book.dropped, self.watch, number))
        if lost is None:
            return
        if lost.number in self.told:
            await self._in_thread(partial(self.book.forget_dropped, self.watch, lost.number))
            return
        self.told.add(lost.number)
        raise Gone(
            f"Up to {lost.count} deliveries that came between {lost.since:%Y-%m-%d %H:%M} and "
            f"{lost.until:%Y-%m-%d %H:%M} UTC waited for more than a week and were dropped. Look at the "
            "site, or ask for them again."
        )

    async def forget(self, number: int) -> None:
        """Drop everything up to a delivery."""
        await self._in_thread(partial(self.book.forget, self.watch, number))

    async def _in_thread(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, action)
