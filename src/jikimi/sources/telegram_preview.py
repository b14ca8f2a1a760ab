"""Watches public Telegram channels by their preview pages, as anybody may see them without an account."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec

from jikimi.model.errors import Blocked, Gone, Misconfigured, TryLater
from jikimi.model.ports import Limits, Surroundings
from jikimi.model.post import Event, Post
from jikimi.model.source import Manifest, Option, Options, Tested
from jikimi.sources.reminders import Reminders
from jikimi.sources.telegram_names import address_of, channels_of, id_of
from jikimi.sources.telegram_page import Shown, read_preview

PAGE = Limits(max_bytes=5 * 2**20)
MOST_PAGES = 25  # about twenty messages each
SHORTEST_INTERVAL = timedelta(seconds=1)


class Known(msgspec.Struct, frozen=True):
    """What was read of a channel: its highest number, and the numbers that the newest page showed."""

    last: int
    shown: tuple[int, ...] = ()


CURSOR = msgspec.json.Decoder(dict[str, Known])


class TelegramPreview:
    """A polled Source (see model/ports.py). Messages bear numbers; the cursor knows each channel's highest.

    When more came than one page shows, older pages are read back to where we were. A message that is no
    longer between its neighbours was taken down.
    """

    manifest = Manifest(
        name="telegram-preview",
        title="Public Telegram channels by their preview pages, without an account",
        is_push=False,
        auth="none",
        cost="none",
        terms="https://telegram.org/tos",
        tested=Tested.RECORDED,
        tested_on="pages drawn by us",
        misses="channels without a preview, groups; files and large films; edits; deletions of what left the"
        " newest page. The page is made for people: its form may change, and many looks may be refused",
        options=(
            Option("channels", "their public names, such as @channel,@other", is_needed=True),
            Option("interval", "the pause between two looks in seconds, at least 1", default="60"),
            Option("site", "the site that shows previews, where t.me is not reachable", "https://t.me"),
        ),
        spacing=timedelta(seconds=1),
        is_official=False,
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._channels = channels_of(options.words("channels"))
        self._interval = options.seconds("interval", SHORTEST_INTERVAL)
        self._site = _checked_site(options.text("site"))
        self._web = around.web
        self._clock = around.clock
        self._watch = around.watch
        self._reminders = Reminders()
        self._torn: list[str] = []  # until it is told: another channel may end a look first

    def __repr__(self) -> str:
        return f"TelegramPreview({len(self._channels)} channels)"

    @property
    def interval(self) -> timedelta:
        """Return the pause between two looks."""
        return self._interval

    async def anchor(self) -> str:
        """Return a cursor that knows what is shown now; Blocked where a channel has no preview."""
        known = {}
        for channel in self._channels:
            shown = await self._look(channel)
            if shown is None:
                raise Blocked(_closed([channel]))
            known[channel] = _known(shown, 0)
        return msgspec.json.encode(known).decode()

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield what is new in each channel, oldest first, and tombstones."""
        known, closed = _read_cursor(cursor), list[str]()
        for channel in self._channels:
            news = await self._news(channel, known.get(channel, Known(0)))
            if news is None:
                closed.append(channel)
                continue
            self._torn += [] if news.is_whole or channel in self._torn else [channel]
            known[channel] = news.known
            for event in self._events(channel, news):
                yield Event(cursor, event.post, event.skipped)
            cursor = msgspec.json.encode(known).decode()
            yield Event(cursor, filled="older pages were read" if news.is_filled else "")
        if self._torn:
            torn, self._torn = ", ".join(self._torn), []
            raise Gone(f"Channel {torn} had more new messages than we read back. Shorten the interval.")
        if len(closed) == len(self._channels):
            raise Blocked(_closed(closed))
        if due := self._reminders.due(closed, self._clock()):
            raise Gone(_closed(due))

    async def _news(self, channel: str, known: Known) -> "_News | None":
        """Read the newest page, and older ones until they reach what is known."""
        newest = await self._look(channel)
        if newest is None:
            return None
        news = _News(_known(newest, known.last), _missing(newest, known.shown), list(newest))
        lowest = newest[0].number if newest else 0
        for _ in range(MOST_PAGES):
            if not known.last or lowest <= known.last + 1:
                break
            older = await self._look(channel, before=lowest)
            if not older or older[0].number >= lowest:
                lowest = 0  # the channel has no older ones
                break
            news.is_filled = True
            news.messages[:0] = [shown for shown in older if shown.number < lowest]
            lowest = older[0].number
        news.is_whole = lowest <= known.last + 1 or not known.last
        news.messages = [shown for shown in news.messages if shown.number > known.last]
        return news

    async def _look(self, channel: str, before: int = 0) -> list[Shown] | None:
        """Read one page; None where the channel shows no preview."""
        url = f"{self._site}/s/{channel}" + (f"?before={before}" if before else "")
        try:
            fetched = await self._web.fetch_async(url, PAGE)
            if not urlsplit(fetched.url).path.lower().startswith("/s/"):
                return None  # without a preview one is sent to the page that only names the channel
            return read_preview(fetched.body, fetched.url)
        except Gone:
            return None
        except ValueError as error:
            raise TryLater(
                "The preview pages have another form than we know. Look for a newer Jikimi."
            ) from error

    def _events(self, channel: str, news: "_News") -> Iterable[Event]:
        for number in news.gone:
            yield Event("", self._post(channel, Shown(number), is_deleted=True))
        for shown in news.messages:
            if shown.moment is None:
                yield Event("", skipped=1)
            elif not shown.is_service:
                yield Event("", self._post(channel, shown))

    def _post(self, channel: str, shown: Shown, *, is_deleted: bool = False) -> Post:
        return Post(
            watch=self._watch,
            id=id_of(channel, shown.number),
            url=address_of(channel, shown.number),
            author=channel,
            text=shown.text,
            published_at=shown.moment,
            seen_at=self._clock(),
            media=shown.refs,
            is_deleted=is_deleted,
        )


@dataclass(slots=True)
class _News:
    """What is new in a channel: messages oldest first, and the numbers of those that are gone."""

    known: Known
    gone: list[int]
    messages: list[Shown] = field(default_factory=list)
    is_filled: bool = False
    is_whole: bool = True


def _known(shown: Sequence[Shown], last: int) -> Known:
    numbers = tuple(message.number for message in shown)
    return Known(max((*numbers, last)), numbers)


def _missing(newest: Sequence[Shown], before: Iterable[int]) -> list[int]:
    """Return the numbers that the page would still show if nobody had taken them down."""
    numbers = {message.number for message in newest}
    return [number for number in before if number not in numbers and number >= min(numbers, default=0)]


def _closed(channels: Sequence[str]) -> str:
    names = ", ".join(f"@{channel}" for channel in channels)
    return (
        f"Without an account nothing is shown of {names}. Correct option channels, or watch with `telegram`."
    )


def _read_cursor(cursor: str) -> dict[str, Known]:
    try:
        return CURSOR.decode(cursor)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Misconfigured(
            "The stored cursor is not one of Telegram previews. Add the watch again."
        ) from error


def _checked_site(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_site = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        is_site = False
    if not is_site:
        raise Misconfigured("Option site: type an address, such as https://t.me")
    return url.rstrip("/")
