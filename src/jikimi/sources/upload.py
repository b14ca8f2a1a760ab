"""Reads what a partner handed in through the interface: a hotline, a police unit, a platform."""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec

from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Surroundings
from jikimi.model.post import Event
from jikimi.model.source import Manifest, Options, Tested
from jikimi.sources.upload_post import post_of

FROM_THE_BEGINNING = "0"
WAIT = timedelta(seconds=20)
MOST_DIGITS = 18


class Upload:
    """A pushing Source (see model/ports.py). The cursor is the number of the newest delivery read.

    What was handed in before the watch first ran is read, too: nobody would hand it in again.
    """

    manifest = Manifest(
        name="upload",
        title="What one partner hands in through the interface",
        is_push=True,
        auth="a token for each partner: jikimi partner add",
        cost="none",
        terms="",
        tested=Tested.ITSELF,
        tested_on="the interface of this program",
        misses="what nobody hands in; what waits for more than a week while nothing runs (told as a gap)",
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        del options  # there are none
        self._deliveries = around.deliveries
        self._clock = around.clock
        self._watch = around.watch

    def __repr__(self) -> str:
        return f"Upload({self._watch})"

    @property
    def interval(self) -> timedelta:
        """Return no pause: `stream` waits itself."""
        return timedelta(0)

    async def anchor(self) -> str:
        """Return the beginning."""
        return FROM_THE_BEGINNING

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield what waits; once caught up, end as soon as there is more, so that the cursor is stored."""
        number = _checked_cursor(cursor)
        await self._deliveries.forget(number)
        while found := await self._deliveries.after(number):
            for delivery in found:
                number = delivery.number
                try:
                    post = post_of(delivery.body, self._watch, self._clock())
                except msgspec.DecodeError:
                    yield Event(str(number), skipped=1)
                else:
                    yield Event(str(number), post)
        yield Event(str(number))
        if str(number) == cursor:
            await self._deliveries.after(number, WAIT)


def _checked_cursor(cursor: str) -> int:
    if not (cursor.isdecimal() and len(cursor) <= MOST_DIGITS):
        raise Misconfigured("The stored cursor is not one of a partner. Add the partner again.")
    return int(cursor)
