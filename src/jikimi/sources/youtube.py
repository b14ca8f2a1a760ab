"""Watches YouTube: new videos of known channels as they are pushed, and videos found by words of cases."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jikimi.model.errors import BadMedia, Gone, Misconfigured, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Limits, Surroundings
from jikimi.model.post import Event, MediaRef, Post
from jikimi.model.source import Delivery, Manifest, Option, Options, Query, Tested
from jikimi.sources.reminders import Reminders
from jikimi.sources.seen import Seen
from jikimi.sources.turns import Pace
from jikimi.sources.website_links import Hub
from jikimi.sources.websub import Subscription
from jikimi.sources.youtube_api import MOST_RESULTS, YouTubeApi
from jikimi.sources.youtube_feed import Listed, Video, read_feed
from jikimi.sources.youtube_state import State

NAME = "youtube"
PACIFIC = "America/Los_Angeles"
FEED = Limits(max_bytes=2 * 2**20, deadline=timedelta(seconds=20))
FEED_HOLDS = 15  # videos
LOOK = timedelta(seconds=1)
LISTENED = timedelta(seconds=2)
WITH_PUSH = timedelta(hours=1)  # between two looks at a feed whose news are pushed
NOTHING_DUE = timedelta(seconds=30)
CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{22}")
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class News:
    """One answer, feed or delivery: what to yield of it, and the state once all of it is stored."""

    videos: Sequence[Video]
    state: State
    malformed: int = 0


class YouTube:
    """A Source (see model/ports.py) for channels and for words of cases.

    Where the console has a public address, a hub pushes what channels upload. Their feeds are read all the
    same: at the interval where nothing is pushed, else hourly.

    A video taken down is told by the hub only. Of a video its still is looked at; the clip itself is where
    option `video` says so. Searching stops for the day when its quota is used up; channels go on. One that
    is gone, or that the hub refuses, is told, and holds up no other.
    """

    manifest = Manifest(
        name=NAME,
        title="YouTube: videos of known channels, and videos by words of cases",
        is_push=False,
        auth="an API key, for searching and for descriptions; none for channels",
        cost="none: 100 searches and 10,000 units a day",
        terms="https://developers.google.com/youtube/terms/developer-policies",
        tested=Tested.RECORDED,
        tested_on="answers written from https://developers.google.com/youtube/v3/docs",
        misses="the clip, unless option video says so; edited titles; removals, where nothing is pushed",
        options=(
            Option("channels", "channel IDs with commas, such as UC… (24 characters)"),
            Option("key", "an API key of the centre's Google Cloud project", is_secret=True),
            Option("searches", "searches a day, spread over it and over all cases: 0 to 100", default="100"),
            Option("video", "yes to look at clips, too, where that is allowed; no for stills", default="no"),
            Option("interval", "the pause between two looks at a feed, in seconds", default="300"),
            Option("api", "the API's address", default="https://www.googleapis.com/youtube/v3"),
            Option("site", "the site's address", default="https://www.youtube.com"),
            Option("hub", "the hub's address", default="https://pubsubhubbub.appspot.com/subscribe"),
        ),
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._channels = options.words("channels")
        if not all(CHANNEL.fullmatch(channel) for channel in self._channels):
            raise Misconfigured("Option channels: type channel IDs with commas: UC and 22 characters each")
        key = options.secret("key")
        searches = options.whole("searches", 0, 100) if key.reveal() else 0
        if not searches and not self._channels:
            raise Misconfigured("Option channels: type channel IDs, or a key to search with")
        self._pace = Pace(searches, ZoneInfo(PACIFIC))
        self._has_clips = options.one_of("video", "no", "yes") == "yes"
        self._interval = options.seconds("interval", LOOK)
        self._site, self._hub = options.text("site").rstrip("/"), options.text("hub")
        self._api = YouTubeApi(around.web, options.text("api").rstrip("/"), key) if key.reveal() else None
        self._around = around
        self._subscriptions = {channel: Subscription(around) for channel in self._channels}
        self._read_at = self._rests_until = LONG_AGO
        self._forgotten = 0
        self._has_missed = False  # until it is told: another channel may end a look first
        self._reminders = Reminders()

    def __repr__(self) -> str:
        return f"YouTube({len(self._channels)} channels)"

    @property
    def interval(self) -> timedelta:
        """Return the pause between two streams: none where the stream itself waits for deliveries."""
        if self._is_told:
            return timedelta(0)
        is_pushed = any(one.is_open for one in self._subscriptions.values())
        return LOOK if self._pace.a_day or is_pushed else self._interval

    async def anchor(self) -> str:
        """Return a cursor that knows what the channels list now. What a search finds is new to us."""
        names = list[str]()
        for channel in self._channels:
            listed = await self._feed(channel)
            if listed is None:
                raise TryLater(self._closed([channel]))
            names += [video.id for video in listed.videos]
        number = await self._around.deliveries.newest()
        return State(delivered=number).knowing(*names).format()

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Read feeds and search, where that is due; then read what is delivered."""
        state = State.parse(cursor)
        if state.delivered != self._forgotten:
            await self._around.deliveries.forget(state.delivered)
            self._forgotten = state.delivered
        closed = list[str]()
        if self._is_feed_due():
            for channel in self._channels:
                if (listed := await self._feed(channel)) is None:
                    closed.append(channel)
                    continue
                news = self._new_in(listed, state)
                self._has_missed |= FEED_HOLDS <= len(listed.videos) == len(news.videos)
                async for event in self._told(news, state):
                    yield event
                state = news.state
            self._read_at = LONG_AGO if len(closed) == len(self._channels) else self._around.clock()
        if self._pace.a_day and (news_found := await self._search(state)):
            async for event in self._told(news_found, state):
                yield event
            state = news_found.state
        yield Event(state.format())
        self._tell(closed)
        if self._has_missed:
            self._has_missed = False
            raise Gone(
                "Channels uploaded more videos than a feed holds; some were missed. Shorten the interval."
            )
        async with aclosing(self._listen(state)) as events:
            async for event in events:
                yield event

    @property
    def _is_told(self) -> bool:
        return bool(self._channels) and all(one.is_open for one in self._subscriptions.values())

    def _is_feed_due(self) -> bool:
        pause = max(WITH_PUSH, self._interval) if self._is_told else self._interval
        return not timedelta(0) <= self._around.clock() - self._read_at < pause

    def _topic(self, channel: str) -> str:
        return f"{self._site}/xml/feeds/videos.xml?channel_id={channel}"

    async def _feed(self, channel: str) -> Listed | None:
        """Fetch and read what a channel lists; None of one that is gone or unreadable just now."""
        try:
            url = f"{self._site}/feeds/videos.xml?channel_id={channel}"
            return read_feed((await self._around.web.fetch_async(url, FEED)).body)
        except (Gone, BadMedia):
            return None

    def _closed(self, channels: Sequence[str]) -> str:
        host, names = urlsplit(self._site).hostname, ", ".join(channels)
        return f"{host} lists nothing of {names}: gone, or unreadable. Check option channels."

    def _tell(self, closed: Sequence[str]) -> None:
        """Say once a day which channels are closed; at every look if all are."""
        if closed and len(closed) == len(self._channels):
            raise TryLater(self._closed(closed))
        if due := self._reminders.due(closed, self._around.clock()):
            raise Gone(self._closed(due))

    async def _listen(self, state: State) -> AsyncGenerator[Event, None]:
        """Ask the hub to tell us, then read what it delivered; a while longer if it promised for all."""
        for channel, subscription in self._subscriptions.items():
            await subscription.keep(Hub(self._hub, self._topic(channel)))
        patience = LISTENED if self._is_told else timedelta(0)
        for delivery in await self._around.deliveries.after(state.delivered, patience):
            news = self._new_in(self._opened(delivery), state)
            news = News(
                news.videos, State(news.state.turns, news.state.seen, delivery.number), news.malformed
            )
            async for event in self._told(news, state):
                yield event
            state = news.state

    def _opened(self, delivery: Delivery) -> Listed:
        """Read one delivery; of other channels than ours nothing is taken. An unreadable one is counted."""
        if any([one.hear(delivery) for one in self._subscriptions.values()]):  # noqa: C419 - all must hear it
            return Listed((), ())
        try:
            listed = read_feed(delivery.body)
        except BadMedia:
            return Listed((), (str(delivery.number),))
        ours = (one for one in listed.videos if one.is_deleted or one.channel in self._subscriptions)
        return Listed(tuple(ours), listed.malformed)

    async def _search(self, state: State) -> News | None:
        """Ask for one query, if it is time; None otherwise. Channels do not wait for a used-up quota."""
        now = self._around.clock()
        if self._api is None or now < self._rests_until or not self._pace.is_due(state.turns, now):
            return None
        searches = await self._around.searches.due(NAME)
        if not searches:
            self._rests_until = now + NOTHING_DUE
            return None
        try:
            search, _, turns = self._pace.take(state.turns, searches, (NAME,), now)
            await self._around.searches.note(Query(search.case, search.words, NAME, self._around.watch, now))
            videos, malformed = await self._api.search(search.words, self._pace.until_reset(now))
        except TryLater as error:
            if not self._channels:
                raise
            self._rests_until = now + error.after
            return None
        broken = tuple(raw.decode("utf-8", "replace") for raw in malformed)
        news = self._new_in(Listed(tuple(videos), broken), state)
        return News(news.videos, State(turns, news.state.seen, news.state.delivered), news.malformed)

    def _new_in(self, listed: Listed, state: State) -> News:
        """Return what is not known yet; a tombstone always is news."""
        seen = Seen.parse(state.seen)
        fresh = {v.id: v for v in listed.videos if v.is_deleted or v.id not in seen}
        broken = [name for one in listed.malformed if (name := blake2b(one.encode()).hexdigest()) not in seen]
        return News(tuple(fresh.values()), state.knowing(*fresh, *broken), len(broken))

    async def _told(self, news: News, before: State) -> AsyncGenerator[Event, None]:
        """Yield posts with the cursor before them, the last with the cursor behind all of them."""
        known = await self._described([video.id for video in news.videos if not video.is_deleted])
        for video in news.videos[:-1]:
            yield Event(before.format(), await self._post(known.get(video.id, video)))
        for video in news.videos[-1:]:
            yield Event(news.state.format(), await self._post(known.get(video.id, video)), news.malformed)
        if not news.videos and (news.malformed or news.state != before):
            yield Event(news.state.format(), skipped=news.malformed)

    async def _described(self, ids: Sequence[str]) -> dict[str, Video]:
        """Ask what is known of videos; without a key or quota, what was listed is enough."""
        found: dict[str, Video] = {}
        if self._api is None:
            return found
        until_reset = self._pace.until_reset(self._around.clock())
        for begin in range(0, len(ids), MOST_RESULTS):
            try:
                found |= await self._api.videos(ids[begin : begin + MOST_RESULTS], until_reset)
            except TryLater:
                return found
        return found

    async def _post(self, video: Video) -> Post:
        url = f"https://www.youtube.com/watch?v={video.id}"
        if video.is_deleted:
            return Post(
                self._around.watch, video.id, url, "", "", None, self._around.clock(), is_deleted=True
            )
        stills = video.thumbnails or (f"https://i.ytimg.com/vi/{video.id}/hqdefault.jpg",)
        media = tuple(MediaRef(Kind.IMAGE, still) for still in stills)
        if self._has_clips:
            media += await self._around.players.resolve(url)
        text = f"{video.title}\n{video.text}".strip()
        return Post(
            self._around.watch,
            video.id,
            url,
            video.author,
            text,
            video.published_at,
            self._around.clock(),
            media,
        )
