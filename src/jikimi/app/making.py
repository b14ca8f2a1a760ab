"""Builds the source of a watch, with its purse, its manners and every way out of the house it may use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from jikimi.app.deliveries import Postroom
from jikimi.app.searching import HouseSearches
from jikimi.app.sources import build_source, manifest_of
from jikimi.model.ports import House, Players, Source, Surroundings, Web
from jikimi.model.post import Spent, Watch
from jikimi.model.source import Manifest, Tested
from jikimi.sources.pacer import Pacer
from jikimi.sources.polite import PoliteWeb
from jikimi.sources.purse import Purse
from jikimi.sources.robots import Robots

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
    players: Players
    open_door: Callable[[Watch], None]
    after: Callable[[], None]
    robots: Robots
    pacer: Pacer = field(default_factory=Pacer)

    def __call__(self, watch: Watch, spent: Spent = NOTHING_SPENT) -> tuple[Source, Purse]:
        """Build the source of a watch and its purse; Misconfigured if there is none or a setting is wrong."""
        manifest = manifest_of(watch.source)
        purse = Purse(manifest, watch.bounds, spent, self.house.clock)
        source = build_source(watch, self._around(watch, manifest, purse))
        self.open_door(watch)
        return source, purse

    def _around(self, watch: Watch, manifest: Manifest, purse: Purse) -> Surroundings:
        """Give a source its way out, and nothing else of the house."""
        robots = None if watch.bounds.robots_reason else self.robots
        return Surroundings(
            watch=watch.name,
            clock=self.house.clock,
            web=PoliteWeb(self.web, manifest, purse, self.pacer, None if manifest.is_official else robots),
            pages=PoliteWeb(self.web, PAGES, None, self.pacer, robots),
            searches=HouseSearches(self.house, self.after),
            deliveries=self.postroom.of(watch.name),
            players=self.players,
        )
