"""Watching a website: what is new, what changed only a little, what is missing, and what the site refuses."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from loopback_site import Site
from surroundings import around, web_to

from jikimi.model.errors import Blocked, Gone, JikimiError, Misconfigured, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Fetcher
from jikimi.model.post import Event, MediaRef, Post
from jikimi.model.source import Options
from jikimi.sources.website import Website

pytestmark = pytest.mark.asyncio


class Board:
    """A site whose feed a test writes."""

    def __init__(self, site: Site, fetcher: Fetcher) -> None:
        self.site, self.fetcher = site, fetcher
        self.source = self.restarted()
        self.show()

    def restarted(self) -> Website:
        return self.source_at(self.site.url("/feed"))

    def source_at(self, url: str = "", **options: str) -> Website:
        given = Options(Website.manifest, {"url": url, **options})
        return Website(given, around(web_to(fetcher=self.fetcher), "board"))

    def show(self, *names: str, extra: str = "") -> None:
        """Let the feed show these posts, the newest first."""
        items = (f"<item><guid>{name}</guid><link>/{name}</link>{extra}</item>" for name in names)
        body = f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'
        self.site.pages["/feed"] = ("application/rss+xml", body.encode())

    def page(self, name: str, html: str = "<p>words<img src=a.jpg>") -> None:
        self.site.pages[f"/{name}"] = ("text/html", html.encode())

    async def look(self, cursor: str) -> tuple[list[Event], JikimiError | None]:
        events: list[Event] = []
        stream = self.source.stream(cursor)
        while True:
            try:
                events.append(await anext(stream))
            except StopAsyncIteration:
                return events, None
            except JikimiError as error:
                return events, error

    async def posts(self, cursor: str) -> list[Post]:
        events, error = await self.look(cursor)
        assert error is None
        return [event.post for event in events if event.post]


@pytest_asyncio.fixture
async def board() -> AsyncIterator[Board]:
    site = Site()
    async with site.opened() as fetcher:
        yield Board(site, fetcher)


async def test_a_post_brings_words_media_date_and_author_together(board: Board) -> None:
    anchor = await board.source.anchor()
    extra = (
        "<title>Title</title><author>a@site.test (Ann)</author>"
        "<pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate>"
        "<description>&lt;img src='/inline.jpg'&gt;</description>"
        "<enclosure url='/film.mp4' type='video/mp4'/>"
    )
    board.show("one", extra=extra)
    board.page("one", "<p>words<img src=/page.jpg><img src=/inline.jpg>")
    (post,) = await board.posts(anchor)
    assert (post.id, post.url, post.watch) == ("one", board.site.url("/one"), "board")
    assert post.text == "Title\nwords"
    assert "Ann" in post.author
    assert post.published_at == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    found = [(ref.kind, ref.url.rpartition("/")[2]) for ref in post.media]
    assert found == [(Kind.VIDEO, "film.mp4"), (Kind.IMAGE, "inline.jpg"), (Kind.IMAGE, "page.jpg")]
    assert not any(path.endswith((".jpg", ".mp4")) for path in board.site.requests)


async def test_what_was_listed_at_the_anchor_and_edited_later_is_not_new(board: Board) -> None:
    board.show("old")
    anchor = await board.source.anchor()
    board.show("old", extra="<title>edited</title><pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate>")
    assert await board.posts(anchor) == []


async def test_a_post_that_appears_below_known_ones_is_seen(board: Board) -> None:
    board.show("b", "a")
    anchor = await board.source.anchor()
    board.show("b", "late", "a")
    board.page("late")
    assert [post.id for post in await board.posts(anchor)] == ["late"]


async def test_a_post_that_left_the_list_and_came_back_is_not_new(board: Board) -> None:
    board.show("b", "a")
    cursor = await board.source.anchor()
    board.show("b")
    events, _ = await board.look(cursor)
    board.show("b", "a")
    assert await board.posts(events[-1].cursor) == []


async def test_a_list_of_strangers_only_is_reported_as_a_gap_once_the_rest_was_read(board: Board) -> None:
    board.show("b", "a")
    anchor = await board.source.anchor()
    board.show("y", "x")
    board.page("x")
    board.page("y")
    events, error = await board.look(anchor)
    assert [event.post.id for event in events if event.post] == ["x", "y"]
    assert isinstance(error, Gone)
    assert await board.posts(events[-1].cursor) == []


async def test_an_empty_list_is_no_gap_and_forgets_nothing(board: Board) -> None:
    board.show("a")
    cursor = await board.source.anchor()
    board.show()
    events, error = await board.look(cursor)
    board.show("a")
    assert error is None
    assert await board.posts(events[-1].cursor) == []


async def test_a_busy_page_ends_the_look_and_comes_after_the_others_next_time(board: Board) -> None:
    anchor = await board.source.anchor()
    board.show("c", "b", "a")
    for name in "abc":
        board.page(name)
    board.site.statuses["/a"] = 503
    events, error = await board.look(anchor)
    assert isinstance(error, TryLater)
    assert events == []
    events, error = await board.look(anchor)
    assert [event.post.id for event in events if event.post] == ["b", "c"]
    assert isinstance(error, TryLater)
    board.site.statuses.clear()
    assert [post.id for post in await board.posts(events[-1].cursor)] == ["a"]


async def test_a_page_that_never_answers_is_given_up_and_counted(board: Board) -> None:
    anchor = await board.source.anchor()
    board.show("a")
    board.site.statuses["/a"] = 500
    for _ in range(4):
        assert isinstance((await board.look(anchor))[1], TryLater)
    events, error = await board.look(anchor)
    assert error is None
    assert [event.skipped for event in events] == [1, 0]
    assert await board.posts(events[-1].cursor) == []


async def test_a_refused_page_is_skipped_but_a_site_that_refuses_all_is_reported(board: Board) -> None:
    anchor = await board.source.anchor()
    names = ["a", "b", "c", "d", "e"]
    board.show(*reversed(names))
    board.site.statuses.update({f"/{name}": 403 for name in names})
    events, error = await board.look(anchor)
    assert [event.skipped for event in events] == [1, 1, 1, 1]
    assert isinstance(error, Blocked)


async def test_a_link_to_a_picture_itself_is_a_post_with_that_picture(board: Board) -> None:
    anchor = await board.source.anchor()
    board.show("film.mp4", "picture")
    board.site.pages["/picture"] = ("image/jpeg", b"\xff\xd8")
    board.site.pages["/film.mp4"] = ("video/mp4", b"\0" * (4 * 2**20))
    posts = await board.posts(anchor)
    assert [(post.id, post.media[0].kind) for post in posts] == [
        ("picture", Kind.IMAGE),
        ("film.mp4", Kind.VIDEO),
    ]


async def test_an_entry_with_nothing_to_look_at_is_counted_once(board: Board) -> None:
    anchor = await board.source.anchor()
    body = b'<rss version="2.0"><channel><item><title>empty</title></item></channel></rss>'
    board.site.pages["/feed"] = ("application/rss+xml", body)
    events, _ = await board.look(anchor)
    assert [event.skipped for event in events] == [1, 0]
    assert await board.posts(events[-1].cursor) == []


async def test_an_entry_without_a_page_of_its_own_keeps_its_attachment(board: Board) -> None:
    anchor = await board.source.anchor()
    item = "<item><guid>g</guid><enclosure url='/a.jpg' type='image/jpeg'/></item>"
    body = f'<rss version="2.0"><channel>{item}</channel></rss>'
    board.site.pages["/feed"] = ("application/rss+xml", body.encode())
    (post,) = await board.posts(anchor)
    assert (post.url, post.media[0].url) == (board.site.url("/feed"), board.site.url("/a.jpg"))


async def test_a_flood_is_read_in_portions(board: Board) -> None:
    anchor = await board.source.anchor()
    board.show(*(f"n{number}" for number in range(230)))
    for number in range(230):
        board.page(f"n{number}")
    first, _ = await board.look(anchor)
    second = await board.posts(first[-1].cursor)
    assert len([event for event in first if event.post]) == 200
    assert len(second) == 30


async def test_a_list_that_is_gone_or_unreadable_may_be_back_later(board: Board) -> None:
    anchor = await board.source.anchor()
    board.site.pages["/feed"] = ("application/rss+xml", b"<rss")
    assert isinstance((await board.look(anchor))[1], TryLater)
    del board.site.pages["/feed"]
    error = (await board.look(anchor))[1]
    assert isinstance(error, TryLater)
    assert "Check the address" in str(error)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "ftp://site.test/"},
        {"url": "https://"},
        {"url": "http://["},
        {"url": "https://me:secret@site.test/"},
        {"url": "https://site.test/", "kind": "json"},
        {"url": "https://site.test/", "interval": "0.5"},
        {"url": "https://site.test/", "interval": "nan"},
        {"url": "https://site.test/", "interval": "inf"},
        {"url": "https://site.test/", "interval": "soon"},
    ],
)
async def test_a_wrong_option_is_named(board: Board, options: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match=r"^Option (url|kind|interval): type"):
        board.source_at(**options)


async def test_it_may_look_every_second(board: Board) -> None:
    source = board.source_at("https://site.test/", interval="1")
    assert source.interval == timedelta(seconds=1)


async def test_pages_that_refuse_us_hold_up_none_that_come_after_them(board: Board) -> None:
    cursor = await board.source.anchor()
    refused = [f"r{number}" for number in range(7)]
    board.show(*refused)
    board.site.statuses = {f"/{name}": 403 for name in refused}
    events, error = await board.look(cursor)
    assert isinstance(error, Blocked)
    board.page("open")
    board.show("open", *refused)
    events, error = await board.look(events[-1].cursor)
    assert error is None
    assert [event.post.id for event in events if event.post] == ["open"]
    assert sum(event.skipped for event in events) == 3


async def test_a_foreign_cursor_is_refused(board: Board) -> None:
    assert isinstance((await board.look("{}"))[1], Misconfigured)


async def test_media_that_come_to_a_watched_page_are_a_post_each_time(board: Board) -> None:
    board.page("wall", "<title>Wall</title><img src=/1.jpg>12:00")
    source = board.source_at(board.site.url("/wall"), kind="changes")
    cursor = await source.anchor()
    board.source = source
    board.page("wall", "<title>Wall</title><img src=/1.jpg>12:01")
    assert await board.posts(cursor) == []  # words change all the time
    board.page("wall", "<title>Wall</title><img src=/2.jpg><img src=/1.jpg><video src=/3.mp4></video>")
    events, _ = await board.look(cursor)
    posts = [event.post for event in events if event.post]
    assert [ref.url.rpartition("/")[2] for post in posts for ref in post.media] == ["2.jpg", "3.mp4"]
    assert {post.url for post in posts} == {board.site.url("/wall")}
    board.page("wall", "<img src=/1.jpg>")
    assert await board.posts(events[-1].cursor) == []
    board.page("wall", "<img src=/3.mp4><img src=/2.jpg><img src=/1.jpg>")
    assert await board.posts(events[-1].cursor) == []  # it was there before


class FilmFinder:
    """Knows one film."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.problem = ""

    def check(self) -> None:
        if self.problem:
            raise Misconfigured(self.problem)

    async def resolve(self, url: str) -> tuple[MediaRef, ...]:
        self.asked.append(url.rpartition("/")[2])
        return (MediaRef(Kind.VIDEO, "https://cdn.test/film.mp4"),)


async def test_the_film_behind_an_embedded_player_is_found_where_that_is_wished(board: Board) -> None:
    films = FilmFinder()
    anchor = await board.source.anchor()
    board.show("plain", "direct", "embedded")
    board.page("plain", "<img src=a.jpg>")
    board.page("direct", "<iframe src=/player></iframe><video src=/own.mp4></video>")
    board.page("embedded", "<img src=a.jpg><iframe src=/player></iframe>")
    given = Options(Website.manifest, {"url": board.site.url("/feed"), "players": "yes"})
    board.source = Website(given, around(web_to(fetcher=board.fetcher), "board", players=films))
    posts = {post.id: post for post in await board.posts(anchor)}
    assert films.asked == ["embedded"]
    assert posts["embedded"].media[-1].url == "https://cdn.test/film.mp4"


async def test_without_the_program_that_finds_films_the_option_says_what_to_type(board: Board) -> None:
    films = FilmFinder()
    films.problem = "type this"
    given = Options(Website.manifest, {"url": board.site.url("/feed"), "players": "yes"})
    with pytest.raises(Misconfigured, match="type this"):
        Website(given, around(web_to(fetcher=board.fetcher), "board", players=films))


async def test_looks_begin_at_the_interval_however_long_one_takes(board: Board) -> None:
    passed = [0]
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    clock = lambda: noon + timedelta(seconds=passed[0])  # noqa: E731 - too short for a name
    given = Options(Website.manifest, {"url": board.site.url("/feed"), "interval": "60"})
    source = Website(given, around(web_to(fetcher=board.fetcher), "board", clock))
    assert source.interval == timedelta(seconds=60)
    async for _ in source.stream("="):
        pass
    passed[0] = 20
    assert source.interval == timedelta(seconds=40)
    passed[0] = 50
    assert source.interval == timedelta(seconds=30)  # at least half of it is rest
