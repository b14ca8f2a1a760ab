"""Asks a search engine for what cases are known by, and reads the pages it names."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from functools import partial
from hashlib import blake2b
from itertools import islice

import msgspec

from jikimi.model.errors import BadMedia, Blocked, Gone, Misconfigured, TryLater
from jikimi.model.ports import Surroundings
from jikimi.model.post import Event, Post
from jikimi.model.source import Manifest, Option, Options, Query, Tested
from jikimi.sources.answers import ANSWER, check_answer
from jikimi.sources.pages import post_of, read_post
from jikimi.sources.search_engines import (
    KOREA,
    ask_brave,
    ask_google,
    ask_kakao,
    ask_naver,
    read_brave,
    read_google,
    read_kakao,
    read_naver,
)
from jikimi.sources.search_found import Engine, Found
from jikimi.sources.seen import Seen, read_cursor
from jikimi.sources.turns import Pace, Turns
from jikimi.sources.website_listing import Entry

AT_ONCE = 4  # pages, mostly of different sites
KEPT = 20_000  # results remembered
TRIES = 5  # a page that is still not served is given up and counted
LOOK = timedelta(seconds=1)  # at our own clock and records; an engine is asked far less often
NOTHING_DUE = timedelta(seconds=30)


class State(msgspec.Struct, frozen=True):
    """The cursor: whose turn it is, and which results were read. It holds no words."""

    turns: Turns = Turns()
    seen: str = ""


class Search:
    """A polled Source (see model/ports.py) for one engine. It asks in words only: no picture ever leaves.

    Each query is noted before it is sent. Results that were not seen before become posts: pages are read as
    a website's are, pictures are taken as they are named. A page that refuses us is kept as the engine
    describes it. Within one answer events carry the cursor before it.
    """

    def __init__(self, engine: Engine, manifest: Manifest, options: Options, around: Surroundings) -> None:
        """Raise Misconfigured with the first option that is wrong."""
        self.manifest = manifest
        self._engine = engine
        self._options = options
        self._server = (options.text("server") or engine.server).rstrip("/")
        self._wheres = options.words("where")
        for where in self._wheres or ("",):
            if where not in engine.wheres:
                raise Misconfigured(f"Option where: type some of {', '.join(engine.wheres)}")
        self._pace = Pace(options.whole("searches", 1, manifest.requests), engine.zone)
        engine.ask(self._server, self._wheres[0], "", options)  # so that a wrong option is told at once
        self._around = around
        self._tries: dict[str, int] = {}
        self._rests_until = around.clock()

    def __repr__(self) -> str:
        return f"Search({self.manifest.name})"

    @property
    def interval(self) -> timedelta:
        """Return the pause between two looks at whose turn it is."""
        return LOOK

    async def anchor(self) -> str:
        """Return a cursor that has asked for nothing. What an engine knows already is new to us."""
        return _format(State())

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Ask one query, if it is time, and yield what is new in its answer."""
        state, now = read_cursor(cursor, State, "a search"), self._around.clock()
        if not self._pace.is_due(state.turns, now) or now < self._rests_until:
            yield Event(cursor)
            return
        searches = await self._around.searches.due(self.manifest.name)
        if not searches:
            self._rests_until = now + NOTHING_DUE
            yield Event(cursor)
            return
        search, where, turns = self._pace.take(state.turns, searches, self._wheres, now)
        query = Query(search.case, search.words, self.manifest.name, self._around.watch, now)
        await self._around.searches.note(query)
        try:
            found = await self._ask(where, search.words)
        except Blocked:  # perhaps of this question only: the next one is another
            yield Event(_format(State(turns, state.seen)))
            raise
        seen = Seen.parse(state.seen)
        broken = [name for raw in found.malformed if (name := blake2b(raw).hexdigest()) not in seen]
        read = list[str]()
        async with aclosing(self._read_all(found, seen)) as readings:
            async for entry, post, is_read in readings:
                read += [entry.id] if is_read else []
                if post is not None or is_read:
                    yield Event(cursor, post, skipped=int(post is None))
        seen = seen.plus(*read, *broken).trimmed((), KEPT)
        yield Event(_format(State(turns, seen.format())), skipped=len(broken))

    async def _ask(self, where: str, words: str) -> Found:
        """Send one query; errors name the engine and never the words."""
        request = self._engine.ask(self._server, where, words, self._options)
        web = self._around.web
        if request.body:
            fetched = await web.post_async(request.url, request.body, ANSWER, request.headers)
        else:
            fetched = await web.fetch_async(request.url, ANSWER, request.headers)
        check_answer(fetched, self._pace.until_reset(self._around.clock()))
        return await asyncio.to_thread(self._engine.read, where, fetched.body)

    async def _read_all(
        self, found: Found, seen: Seen
    ) -> AsyncGenerator[tuple[Entry, Post | None, bool], None]:
        """Yield each new result, oldest first, with its post, and whether it is done with."""
        for entry in _new(found.media, seen):
            yield entry, post_of(entry, None, self._around.watch, self._around.clock), True
        waiting = iter(_new(found.pages, seen))
        while entries := list(islice(waiting, AT_ONCE)):
            for entry, (post, is_read) in zip(
                entries, await asyncio.gather(*map(self._read, entries)), strict=True
            ):
                yield entry, post, is_read

    async def _read(self, entry: Entry) -> tuple[Post | None, bool]:
        """Read one page; None for one that is gone. A busy one is read when the engine names it again."""
        around = self._around
        try:
            post = await read_post(entry, around.pages, around.watch, around.clock)
        except Gone:
            post = None
        except (Blocked, BadMedia):
            post = post_of(entry, None, around.watch, around.clock)
        except TryLater:
            self._tries[entry.id] = self._tries.get(entry.id, 0) + 1
            return None, self._tries[entry.id] >= TRIES
        self._tries.pop(entry.id, None)
        return post, True


def _new(entries: Sequence[Entry], seen: Seen) -> list[Entry]:
    """Return what was not seen, each once, oldest first: engines put the newest first."""
    unknown = {entry.id: entry for entry in entries if entry.id not in seen}
    return list(reversed(unknown.values()))


def _format(state: State) -> str:
    return msgspec.json.encode(state).decode()


@dataclass(frozen=True, slots=True)
class SearchSource:
    """Builds searches of one engine, as a class of sources does."""

    engine: Engine
    manifest: Manifest

    def __call__(self, options: Options, around: Surroundings) -> Search:
        """Build the source of one watch."""
        return Search(self.engine, self.manifest, options, around)


KEY = Option("key", "the key that the engine gave the centre", is_needed=True, is_secret=True)
SERVER = Option("server", "its address, if it is not the usual one")
MISSES = "what the engine does not list, and pages that only a browser's scripts fill"


def _wheres(engine: Engine) -> Option:
    return Option("where", f"where to search: {', '.join(engine.wheres)}", default=",".join(engine.wheres))


def _searches(default: int, most: int) -> Option:
    help_text = f"queries a day, spread over it and over all cases: 1 to {most}"
    return Option("searches", help_text, default=str(default))


_manifest = partial(Manifest, is_push=False, tested=Tested.RECORDED, misses=MISSES)

_NAVER = Engine(
    "https://naverapihub.apigw.ntruss.com", KOREA,
    ("web", "blog", "cafe", "news", "kin", "image"), ask_naver, read_naver,
)  # fmt: skip
NAVER = SearchSource(
    _NAVER,
    _manifest(
        name="naver",
        title="Naver: web, blogs, cafes, news, knowledge, pictures",
        auth="client ID and secret of NAVER API HUB",
        cost="none for now; Naver announces when it costs",
        terms="https://www.ncloud.com/policy/terms",
        tested_on="answers written from https://api.ncloud-docs.com/docs/naver-api-hub-overview",
        options=(
            Option("id", "the application's client ID", is_needed=True, is_secret=True),
            KEY,
            _wheres(_NAVER),
            _searches(1_000, 25_000),
            SERVER,
        ),
        requests=25_000,
    ),
)

_KAKAO = Engine(
    "https://dapi.kakao.com", KOREA, ("web", "blog", "cafe", "image", "video"), ask_kakao, read_kakao
)
KAKAO = SearchSource(
    _KAKAO,
    _manifest(
        name="kakao",
        title="Kakao (Daum): web, blogs, cafes, pictures, videos",
        auth="REST API key",
        cost="none",
        terms="https://developers.kakao.com/terms/latest/ko/site-terms",
        tested_on="answers written from https://developers.kakao.com/docs/ko/daum-search/dev-guide",
        options=(KEY, _wheres(_KAKAO), _searches(1_000, 30_000), SERVER),
        requests=30_000,  # of one type; 50,000 over all
    ),
)

_BRAVE = Engine("https://api.search.brave.com", UTC, ("web", "image", "video", "news"), ask_brave, read_brave)
BRAVE = SearchSource(
    _BRAVE,
    _manifest(
        name="brave",
        title="Brave Search: web, pictures, videos, news",
        auth="subscription token",
        cost="5 US dollars for 1,000 queries",
        terms="https://api-dashboard.search.brave.com/terms-of-service",
        tested_on="answers written from https://api-dashboard.search.brave.com/app/documentation",
        options=(KEY, _wheres(_BRAVE), _searches(200, 10_000), SERVER),
        requests=10_000,  # ours: it sets none a day
        per_request=Decimal("0.005"),
    ),
)

_GOOGLE = Engine("https://discoveryengine.googleapis.com", UTC, ("web",), ask_google, read_google)
GOOGLE = SearchSource(
    _GOOGLE,
    _manifest(
        name="google",
        title="Google, by contract: Vertex AI Search over at most 50 domains that the centre names",
        auth="API key of the centre's Google Cloud project, and a search app with a website data store",
        cost="by contract",
        terms="https://cloud.google.com/terms",
        tested_on="answers written from Google's reference of searchLite",
        options=(
            KEY,
            Option("resource", "the app's serving config: projects/…/servingConfigs/…", is_needed=True),
            _wheres(_GOOGLE),
            _searches(200, 10_000),
            SERVER,
        ),
        requests=10_000,  # ours: it limits queries a minute
    ),
)
