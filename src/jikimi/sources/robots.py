"""Reads robots.txt (RFC 9309) and remembers it for a day."""

import asyncio
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from jikimi.model.errors import BadMedia, Blocked, Gone, TryLater
from jikimi.model.ports import Clock, Fetcher, Limits

PRODUCT = "Jikimi"
KEPT = timedelta(hours=24)  # RFC 9309, 2.4
LIMITS = Limits(max_bytes=512_000, deadline=timedelta(seconds=15))  # RFC 9309, 2.5: at least 500 KiB
MOST_ORIGINS = 2_000
LONGEST_DELAY = 60.0
NOTHING = Protego.parse("")
Read = tuple[datetime, Protego]


class Robots:
    """What the sites want, for all watches of a process.

    A site without robots.txt allows everything (4xx); of one whose robots.txt cannot be had nothing is
    read until it can (RFC 9309, 2.3.1).
    """

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._read: dict[str, Read] = {}
        self._reading: dict[str, asyncio.Lock] = {}

    async def delay(self, url: str) -> timedelta:
        """Return the pause the site asks for; Blocked if it does not want programs at this address."""
        origin = _origin(url)
        rules = await self._rules(origin)
        if not rules.can_fetch(url, PRODUCT):
            host = urlsplit(url).hostname
            raise Blocked(
                f"robots.txt of {host} wants no programs at this address. A person may decide otherwise: "
                "jikimi watch bound NAME --robots-reason TEXT"
            )
        return timedelta(seconds=min(rules.crawl_delay(PRODUCT) or 0.0, LONGEST_DELAY))

    async def _rules(self, origin: str) -> Protego:
        lock = self._reading.setdefault(origin, asyncio.Lock())
        async with lock:
            known = self._read.get(origin)
            if known is not None and self._clock() - known[0] < KEPT:
                return known[1]
            rules = await self._ask(origin)
            if len(self._read) >= MOST_ORIGINS:
                self._read.clear()
                self._reading = {origin: lock}
            self._read[origin] = (self._clock(), rules)
            return rules

    async def _ask(self, origin: str) -> Protego:
        try:
            fetched = await self._fetcher.fetch_async(f"{origin}/robots.txt", LIMITS)
        except (Gone, Blocked):
            return NOTHING
        except BadMedia as error:
            raise TryLater("The site's robots.txt is too large to be read.", timedelta(hours=1)) from error
        return Protego.parse(fetched.body.decode("utf-8", "replace").removeprefix("\ufeff"))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
