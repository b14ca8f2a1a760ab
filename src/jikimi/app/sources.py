"""Which sources there are, ours and those that installed packages register, and how one is built."""

from datetime import timedelta
from importlib.metadata import entry_points
from typing import Protocol

import structlog

from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Allowance, Source, Surroundings
from jikimi.model.post import MediaRef, Secret, Watch
from jikimi.model.source import Delivery, Manifest, Options, Query, Search
from jikimi.sources.bluesky import Bluesky
from jikimi.sources.folder import Folder
from jikimi.sources.imageboard import Imageboard
from jikimi.sources.mastodon import Mastodon
from jikimi.sources.matrix import Matrix
from jikimi.sources.misskey import Misskey
from jikimi.sources.nostr import Nostr
from jikimi.sources.search import BRAVE, GOOGLE, KAKAO, NAVER
from jikimi.sources.telegram import Telegram
from jikimi.sources.telegram_client import TelegramFiles, account_of
from jikimi.sources.telegram_preview import TelegramPreview
from jikimi.sources.upload import Upload
from jikimi.sources.website import Website
from jikimi.sources.x import X
from jikimi.sources.youtube import YouTube

FOLDER, TELEGRAM = "folder", "telegram"


class SourceClass(Protocol):
    """A class of sources."""

    @property
    def manifest(self) -> Manifest:
        """Return what the source says about itself."""
        ...

    def __call__(self, options: Options, around: Surroundings) -> Source:
        """Build the source of one watch."""
        ...


SOURCES: tuple[SourceClass, ...] = (
    Bluesky,
    Folder,
    Imageboard,
    Mastodon,
    Matrix,
    Misskey,
    Nostr,
    Telegram,
    TelegramPreview,
    Upload,
    Website,
    X,
    NAVER,
    KAKAO,
    BRAVE,
    GOOGLE,
    YouTube,
)
OURS = {source.manifest.name: source for source in SOURCES}

log = structlog.get_logger("sources")


def known_sources() -> dict[str, SourceClass]:
    """Return every source by name: ours, and those that installed packages register."""
    return {**_registered_sources(), **OURS}


def _registered_sources() -> dict[str, SourceClass]:
    """Load what packages register, and leave out what is broken."""
    found: dict[str, SourceClass] = {}
    for point in entry_points(group="jikimi.sources"):
        try:
            found[point.name] = point.load()
        except (ImportError, AttributeError) as error:
            log.warning(
                "a source cannot be loaded: repair its package", source=point.name, problem=repr(error)
            )
    return found


def manifest_of(source: str) -> Manifest:
    """Return what a source says about itself; Misconfigured if there is none of that name."""
    return _class_of(source).manifest


def _class_of(source: str) -> SourceClass:
    """Return a source's class. Ours need no other package: one that is broken stops its own watches only."""
    if source in OURS:
        return OURS[source]
    sources = known_sources()
    if source not in sources:
        raise Misconfigured(f"There is no source {source}. Known are: {', '.join(sorted(sources))}.")
    return sources[source]


def build_source(watch: Watch, around: Surroundings) -> Source:
    """Build the source of a watch; Misconfigured if there is none of that name or an option is wrong."""
    kind = _class_of(watch.source)
    return kind(Options(kind.manifest, watch.options), around)


def open_files(watch: Watch, allowance: Allowance) -> TelegramFiles:
    """Return the way to the files of a Telegram watch; nothing is connected before one is asked for."""
    return TelegramFiles(account_of(Options(Telegram.manifest, watch.options)), allowance)


class NoSearches:
    """No words leave."""

    async def due(self, engine: str) -> tuple[Search, ...]:
        """Return none."""
        del engine
        return ()

    async def note(self, query: Query) -> None:
        """Refuse: nothing may have asked."""
        raise Misconfigured(f"{query.engine} may not be asked.")


class NoDeliveries:
    """Nothing is pushed to us."""

    callback = ""
    secret = Secret("")

    async def expect(self, topic: str, *, is_wanted: bool) -> None:
        """Refuse: nobody could tell us."""
        del topic, is_wanted
        raise Misconfigured("JIKIMI_ADDRESS: type the console's public address, so that hubs can reach it.")

    async def newest(self) -> int:
        """Return 0."""
        return 0

    async def after(self, number: int, wait: timedelta = timedelta(0)) -> tuple[Delivery, ...]:
        """Return none, at once."""
        del number, wait
        return ()

    async def forget(self, number: int) -> None:
        """Have nothing to forget."""
        del number


class NoBounds:
    """Everything may be used, and nothing is counted."""

    async def turn(self, host: str) -> None:
        """Let a call be made at once."""

    async def part(self) -> None:
        """Let a call be made at once."""

    def rest(self, host: str, length: timedelta) -> None:
        """Leave nobody alone: nothing waits for a turn."""

    def room(self, most: int, least: int = 1) -> int:
        """Return all."""
        del least
        return most

    def pay(self, posts: int) -> None:
        """Count nothing."""


class NoPlayers:
    """No page is known to have a player."""

    def check(self) -> None:
        """Have nothing to miss."""

    async def resolve(self, url: str) -> tuple[MediaRef, ...]:
        """Return none."""
        del url
        return ()
