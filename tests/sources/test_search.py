"""Search engines: what is sent, how each answer is read, and what must not happen."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from aiohttp import web as server
from loopback_site import Site, now
from recorded_engines import PATHS, SERVING, Allowed, Striding, answer_of
from surroundings import around, web_to

from jikimi.app.sources import known_sources
from jikimi.model.errors import Blocked, Misconfigured, TryLater
from jikimi.model.ports import Source
from jikimi.model.post import Event
from jikimi.model.source import Options, Query, Search
from jikimi.sources.pacer import Pacer
from jikimi.sources.polite import PoliteWeb
from jikimi.sources.robots import Robots
from jikimi.sources.search import KEPT
from jikimi.sources.search_engines import read_brave, read_google, read_kakao, read_naver

pytestmark = pytest.mark.asyncio
SECRET = "hush-hush"
GIVEN = {"naver": {"id": SECRET}, "google": {"resource": SERVING}}
EVERY = sorted(PATHS)


class Recorder(Site):
    """A site that also keeps what it was asked, whole."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, Mapping[str, str], bytes]] = []
        self.headers: dict[str, str] = {}

    async def _serve(self, request: server.Request) -> server.Response:
        self.asked.append((request.path_qs, request.headers.copy(), await request.read()))
        answer = await super()._serve(request)
        if answer.status == 429:
            del answer.headers["Retry-After"]
        answer.headers.update(self.headers)
        return answer


@asynccontextmanager
async def asking(
    name: str, where: str, searches: Allowed | None = None, **options: str
) -> AsyncIterator[tuple[Source, Recorder, Allowed]]:
    site, allowed = Recorder(), searches or Allowed()
    async with site.opened() as fetcher:
        site.pages[PATHS[name, where]] = answer_of(name, where, [])
        kind = known_sources()[name]
        given = {"key": SECRET, "server": site.url(""), "where": where, **GIVEN.get(name, {}), **options}
        made = around(web_to(site.url(""), fetcher=fetcher), "finder", Striding(), searches=allowed)
        yield kind(Options(kind.manifest, given), made), site, allowed


async def look(source: Source, cursor: str = "") -> list[Event]:
    return [event async for event in source.stream(cursor or await source.anchor())]


@pytest.mark.parametrize(("name", "where"), EVERY)
async def test_every_engine_and_kind_is_read(name: str, where: str) -> None:
    async with asking(name, where) as (source, site, _):
        site.pages["/found.jpg"] = ("image/jpeg", b"\xff\xd8\xff")
        site.pages[PATHS[name, where]] = answer_of(name, where, [site.url("/found.jpg")])
        (post,) = [event.post for event in await look(source) if event.post]
        assert [ref.url for ref in post.media] == [site.url("/found.jpg")]
        assert post.text.startswith("A specimen & more") or (name, where) == (
            "kakao",
            "image",
        )  # has no title
        assert site.requests[0] == PATHS[name, where]


@pytest.mark.parametrize(("name", "where"), EVERY)
async def test_the_key_travels_in_headers_and_the_words_are_sent_as_they_were_noted(
    name: str, where: str
) -> None:
    async with asking(name, where) as (source, site, allowed):
        await look(source)
        ((path, headers, body),) = site.asked
        assert SECRET not in path
        assert SECRET.encode() not in body
        assert any(SECRET in value for value in headers.values()), dict(headers)
        (query,) = allowed.noted
        words = json.loads(body)["query"] if body else next(
            values[0] for key, values in parse_qs(path.partition("?")[2]).items() if key in ("q", "query")
        )  # fmt: skip
        assert (words, query.engine, query.watch) == (query.words, name, "finder")


async def test_newest_first_is_asked_for_where_the_engine_can() -> None:
    for name, where, told in (("naver", "cafe", "sort=date"), ("kakao", "web", "sort=recency")):
        async with asking(name, where) as (source, site, _):
            await look(source)
            assert told in site.asked[0][0]


@pytest.mark.parametrize(
    ("where", "most"), [("web", 50), ("blog", 50), ("cafe", 50), ("image", 80), ("video", 30)]
)
async def test_kakao_is_asked_for_no_more_than_a_page_of_it_may_hold(where: str, most: int) -> None:
    async with asking("kakao", where) as (source, site, _):
        await look(source)
        assert int(parse_qs(site.asked[0][0].partition("?")[2])["size"][0]) <= most


async def test_nothing_is_sent_when_the_query_cannot_be_written_down() -> None:
    class Closed(Allowed):
        async def note(self, query: Query) -> None:
            raise TryLater(f"A case was closed before {query.engine} was asked.")

    async with asking("brave", "web", Closed()) as (source, site, _):
        with pytest.raises(TryLater):
            await look(source)
        assert site.asked == []


async def test_nothing_is_sent_when_no_case_allows_it() -> None:
    class Nobody(Allowed):
        async def due(self, engine: str) -> tuple[Search, ...]:
            del engine
            return ()

    async with asking("brave", "web", Nobody()) as (source, site, allowed):
        (event,) = await look(source)
        assert (event.post, site.asked, allowed.noted) == (None, [], [])


async def test_a_result_is_read_once_however_often_it_is_listed() -> None:
    async with asking("kakao", "web") as (source, site, _):
        site.pages["/a"] = ("text/html", b"<title>A</title>")
        site.pages[PATHS["kakao", "web"]] = answer_of("kakao", "web", [site.url("/a"), site.url("/a")])
        first = await look(source)
        second = await look(source, first[-1].cursor)
        assert [len([e for e in events if e.post]) for events in (first, second)] == [1, 0]
        assert site.requests.count("/a") == 1


async def test_a_page_that_refuses_us_is_kept_as_the_engine_describes_it() -> None:
    async with asking("google", "web") as (source, site, _):
        site.statuses["/a"] = 403
        site.pages[PATHS["google", "web"]] = answer_of("google", "web", [site.url("/a")])
        (post,) = [event.post for event in await look(source) if event.post]
        assert post.text == "A specimen & more\nsome neutral words"
        assert post.media == ()


@pytest.mark.parametrize("url", ["http://[x", "https://[::1", "javascript:void(0)", "https://"])
async def test_a_result_without_a_proper_address_is_kept_as_the_engine_describes_it(url: str) -> None:
    site, kind = Site(), known_sources()["brave"]
    async with site.opened() as fetcher:
        site.pages[PATHS["brave", "web"]] = answer_of("brave", "web", [url])
        web = web_to(site.url(""), fetcher=fetcher)
        pages = PoliteWeb(web, kind.manifest, None, Pacer(), Robots(web, now))
        given = {"key": SECRET, "server": site.url(""), "where": "web"}
        made = around(web, "finder", Striding(), searches=Allowed(), pages=pages)
        events = await look(kind(Options(kind.manifest, given), made))
        (post,) = [event.post for event in events if event.post]
        assert (post.text, post.media) == ("A specimen & more\nsome neutral words", ())
        assert events[-1].cursor != events[0].cursor


async def test_a_page_that_is_gone_is_counted_and_a_busy_one_read_when_it_is_listed_again() -> None:
    async with asking("brave", "web") as (source, site, _):
        site.statuses |= {"/gone": 404, "/busy": 503}
        site.pages["/busy"] = ("text/html", b"<title>B</title>")
        site.pages[PATHS["brave", "web"]] = answer_of("brave", "web", [site.url("/gone"), site.url("/busy")])
        first = await look(source)
        assert [event.post for event in first if event.post] == []
        assert sum(event.skipped for event in first) == 1
        del site.statuses["/busy"]
        second = await look(source, first[-1].cursor)
        assert [event.post.url for event in second if event.post] == [site.url("/busy")]


async def test_a_used_up_quota_waits_for_the_platforms_own_midnight() -> None:
    async with asking("naver", "web") as (source, site, _):
        site.answer(429)
        with pytest.raises(TryLater) as caught:
            await look(source)
        now = datetime.now(UTC) + timedelta(hours=9)
        left = timedelta(days=1) - timedelta(hours=now.hour, minutes=now.minute)
        assert abs(caught.value.after - left) < timedelta(hours=1) or left < timedelta(hours=1)


async def test_one_second_of_brave_is_not_taken_for_a_whole_day() -> None:
    async with asking("brave", "web") as (source, site, _):
        site.answer(429)
        site.headers = {"X-RateLimit-Remaining": "0, 1999", "X-RateLimit-Reset": "1, 1419704"}
        with pytest.raises(TryLater) as caught:
            await look(source)
        assert caught.value.after == timedelta(seconds=1)


@pytest.mark.parametrize(("status", "error"), [(401, Misconfigured), (403, Blocked), (500, TryLater)])
async def test_a_refusal_names_the_engine_and_neither_words_nor_key(
    status: int, error: type[Exception]
) -> None:
    async with asking("kakao", "web") as (source, site, allowed):
        site.answer(status)
        with pytest.raises(error) as caught:
            await look(source)
        assert "willow" not in str(caught.value)
        assert SECRET not in str(caught.value)
        assert len(allowed.noted) == 1  # it left, so it stands in the log


async def test_a_question_that_an_engine_refuses_holds_up_no_other() -> None:
    searches = Allowed(Search("a" * 32, '"willow_harbour88"'), Search("b" * 32, '"lilac_meadow77"'))
    async with asking("kakao", "video", searches) as (source, site, allowed):
        cursor = await source.anchor()
        site.answer(400)
        for _ in range(2):
            stream = source.stream(cursor)
            cursor = (await anext(stream)).cursor
            with pytest.raises(Blocked):
                await anext(stream)
        assert {query.case for query in allowed.noted} == {"a" * 32, "b" * 32}


async def test_an_answer_that_is_no_json_is_tried_later() -> None:
    async with asking("kakao", "web") as (source, site, _):
        site.pages[PATHS["kakao", "web"]] = ("text/html", b"<html>maintenance</html>")
        with pytest.raises(TryLater, match="not the JSON"):
            await look(source)


async def test_the_cursor_holds_no_words_and_is_bounded() -> None:
    async with asking("kakao", "web") as (source, site, _):
        urls = [site.url(f"/{number}") for number in range(50)]
        site.pages[PATHS["kakao", "web"]] = answer_of("kakao", "web", urls)
        cursor = (await look(source))[-1].cursor
        assert "willow" not in cursor
        assert len(json.loads(cursor)["seen"]) <= KEPT * 11 + 4


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("naver", {"where": "dreams"}),
        ("kakao", {"where": ""}),
        ("kakao", {"searches": "30001"}),
        ("kakao", {"searches": "0"}),
        ("google", {"resource": "my app"}),
        ("kakao", {"key": ""}),
    ],
)
async def test_a_wrong_option_is_told_at_once(name: str, options: dict[str, str]) -> None:
    kind = known_sources()[name]
    given = {"key": SECRET, **GIVEN.get(name, {}), **options}
    if options.get("where") == "":
        assert kind(Options(kind.manifest, given), around()).manifest.name == name  # empty means all
        return
    with pytest.raises(Misconfigured):
        kind(Options(kind.manifest, given), around())


async def test_an_empty_answer_of_each_engine_is_no_error() -> None:
    assert read_naver("web", b'{"items": []}').pages == ()
    assert read_kakao("web", b'{"documents": []}').pages == ()
    assert read_brave("web", b'{"type": "search"}').pages == ()
    assert read_google("web", b"{}").pages == ()


async def test_only_words_can_be_asked_for() -> None:
    for name in ("naver", "kakao", "brave", "google"):
        wheres = [where for engine, where in PATHS if engine == name]
        assert not {"lens", "reverse", "byimage"} & set(wheres)
    assert set(Search.__slots__) == {"case", "words", "urgency"}
