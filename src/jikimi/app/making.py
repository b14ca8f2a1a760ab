"""Builds the source of a watch, with its purse, its manners and every way out of the house it may use."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from jikimi.app.deliveries import Postroom
from jikimi.app.searching import HouseSearches
from jikimi.app.sources import build_source, manifest_of
from jikimi.media.players import YtDlpPlayers
from jikimi.model.ports import Allowance, House, Source, Surroundings, Web
from jikimi.model.post import MediaRef, Spent, Watch
from jikimi.model.source import Manifest, Tested
from jikimi.sources.allowance import WatchAllowance
from jikimi.sources.pacer import Pacer
from jikimi.sources.polite import PoliteWeb
from jikimi.sources.purse import Purse
from jikimi.sources.robots import Robots
from jikimi.worker.watches import check_halts

NOTHING_SPENT = Spent()
PAGES = Manifest(
    name="pages",
    title="Pages that a source was led to",
    is_push=False,
    auth="none",
    cost="none",
    terms="",
    tested=Tested.ITSELF,
    tested_on="",
    is_official=False,
    spacing=timedelta(seconds=0.2),
)


@dataclass(frozen=True, slots=True)
class SourceMaker:
    """Builds sources. Turns at hosts and robots.txt are shared by all watches of the process.

    `open_door` lets the story fetch what a watch finds elsewhere than on the web; `after` runs on each
    database thread when it ends.
    """

    house: House
    web: Web
    postroom: Postroom
    players: YtDlpPlayers
    open_door: Callable[[Watch, Allowance], None]
    after: Callable[[], None]
    robots: Robots
    pacer: Pacer = field(default_factory=Pacer)

    def __call__(self, watch: Watch, spent: Spent = NOTHING_SPENT) -> tuple[Source, Purse]:
        """Build the source of a watch and its purse; Misconfigured if there is none or a setting is wrong."""
        manifest = manifest_of(watch.source)
        purse = Purse(manifest, watch.bounds, spent, self.house.clock)
        allowance = self._allowance(watch, manifest, purse)
        source = build_source(watch, self._around(watch, manifest, purse, allowance))
        self.open_door(watch, allowance)
        return source, purse

    def stored_allowance(self, watch: Watch) -> Allowance:
        """Return what a watch may still use by its stored position, as long as nobody reads it here."""
        manifest, position = manifest_of(watch.source), self.house.records.position(watch.name)
        spent = position.spent if position else NOTHING_SPENT
        return self._allowance(watch, manifest, Purse(manifest, watch.bounds, spent, self.house.clock))

    def _allowance(self, watch: Watch, manifest: Manifest, purse: Purse) -> Allowance:
        return WatchAllowance(manifest, purse, self.pacer, partial(self._check, watch))

    async def _check(self, watch: Watch) -> None:
        """Raise Busy while a person halts the watch."""

        def reading() -> None:
            try:
                check_halts(watch, self.house)
            finally:
                self.after()

        await asyncio.to_thread(reading)

    def _around(self, watch: Watch, manifest: Manifest, purse: Purse, allowance: Allowance) -> Surroundings:
        """Give a source its way out, and nothing else of the house."""
        robots = None if watch.bounds.robots_reason else self.robots
        return Surroundings(
            watch=watch.name,
            clock=self.house.clock,
            web=PoliteWeb(self.web, manifest, purse, self.pacer, None if manifest.is_official else robots),
            pages=PoliteWeb(self.web, PAGES, None, self.pacer, robots),
            searches=HouseSearches(self.house, self.after),
            deliveries=self.postroom.of(watch.name),
            players=WatchPlayers(self.players, allowance),
            allowance=allowance,
        )


@dataclass(frozen=True, slots=True)
class WatchPlayers:
    """The Players port (see model/ports.py) of one watch: what yt-dlp asks counts as the watch's own."""

    players: YtDlpPlayers
    allowance: Allowance

    def check(self) -> None:
        """Raise Misconfigured with what to type where yt-dlp is missing."""
        self.players.check()

    async def resolve(self, url: str) -> tuple[MediaRef, ...]:
        """Return the media of a page; TryLater when the day's share is used up."""
        return await self.players.resolve(url, self.allowance.turn)
