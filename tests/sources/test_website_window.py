"""What a site lists: fetched only where it changed, some pages back, and through sitemaps of sitemaps."""

import gzip
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from loopback_site import Site
from surroundings import web_to

from jikimi.model.errors import BadMedia
from jikimi.model.ports import Fetcher
from jikimi.sources import website_window
from jikimi.sources.website_listing import Form
from jikimi.sources.website_sitemap import read_sitemap
from jikimi.sources.website_window import MOST_MAPS, Window

pytestmark = pytest.mark.asyncio
Known = set[str]


class Listed:
    """A site, and a window on it."""

    def __init__(self, site: Site, fetcher: Fetcher) -> None:
        self.site, self.fetcher = site, fetcher
        self.known: Known = set()

    def window(self, path: str, form: Form = Form.AUTO, pages: int = 3) -> Window:
        return Window(self.site.url(path), form, pages, web_to(fetcher=self.fetcher))

    async def names(self, window: Window) -> list[str]:
        entries = await window.look(lambda name: name in self.known)
        return [entry.id.partition(f":{self.site.port}/")[2] for entry in entries]

    def put(self, path: str, body: str, kind: str = "application/xml") -> None:
        self.site.pages[path] = (kind, body.encode())

    def index(self, *maps: tuple[str, str]) -> str:
        rows = (
            f"<sitemap><loc>{self.site.url(path)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</sitemap>"
            for path, day in maps
        )
        return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(rows)}</sitemapindex>'

    def pages(self, *paths: str) -> str:
        return f"<urlset>{''.join(f'<url><loc>{self.site.url(path)}</loc></url>' for path in paths)}</urlset>"


@pytest_asyncio.fixture
async def listed() -> AsyncIterator[Listed]:
    site = Site()
    async with site.opened() as fetcher:
        yield Listed(site, fetcher)


async def test_a_list_that_did_not_change_is_not_sent_again(listed: Listed) -> None:
    listed.site.has_tags = True
    listed.put("/list", listed.pages("/1"))
    window = listed.window("/list")
    for _ in range(3):
        assert await listed.names(window) == ["1"]
    assert listed.site.unchanged == 2
    listed.put("/list", listed.pages("/1", "/2"))
    assert await listed.names(window) == ["2", "1"]


@pytest.mark.parametrize("link", ["<a rel=next href='?page=2'>older</a>", "<a href='/board?page=2'>2</a>"])
async def test_pages_are_read_back_while_they_show_new_posts(listed: Listed, link: str) -> None:
    listed.put("/board", f"<a href=/menu>menu</a><a href=/5>5</a><a href=/4>4</a>{link}", "text/html")
    second = "<a href=/menu>menu</a><a href=/3>3</a><a href='/board?page=3'>3</a>"
    listed.site.pages["/board?page=2"] = ("text/html", second.encode())
    listed.known = {listed.site.url(path) for path in ("/menu", "/3", "/board?page=2", "/board?page=3")}
    assert {"5", "4", "3"} <= set(await listed.names(listed.window("/board", Form.PAGE)))
    assert listed.site.requests == ["/board", "/board"]  # the third page is behind known posts
    listed.known |= {listed.site.url(path) for path in ("/5", "/4")}
    listed.site.requests.clear()
    await listed.names(listed.window("/board", Form.PAGE))
    assert listed.site.requests == ["/board"]


async def test_no_more_pages_are_read_than_were_asked_for(listed: Listed) -> None:
    for number in range(1, 9):
        path = "/board" if number == 1 else f"/board/page/{number}"
        listed.put(path, f"<a href=/{number}>x</a><a href=/board/page/{number + 1}>next</a>", "text/html")
    await listed.names(listed.window("/board", Form.PAGE, pages=4))
    assert listed.site.requests == ["/board", "/board/page/2", "/board/page/3", "/board/page/4"]


async def test_a_feed_of_strangers_is_read_back_to_what_is_known(listed: Listed) -> None:
    item = "<entry><id>{0}</id><link href='/{0}'/></entry>"
    feed = "<feed xmlns='http://www.w3.org/2005/Atom'><link rel='next' href='/feed/{0}'/>{1}</feed>"
    listed.put("/feed", feed.format(2, item.format("e") + item.format("d")), "application/atom+xml")
    listed.put("/feed/2", feed.format(3, item.format("c") + item.format("b")), "application/atom+xml")
    listed.put("/feed/3", feed.format(4, item.format("a")), "application/atom+xml")
    listed.known = {"b"}
    entries = await listed.window("/feed", pages=9).look(lambda name: name in listed.known)
    assert [entry.id for entry in entries] == ["b", "c", "d", "e"]
    assert listed.site.requests == ["/feed", "/feed/2"]


async def test_a_page_of_another_site_is_not_the_next_one(listed: Listed) -> None:
    listed.put("/board", "<a rel=next href='http://127.0.0.1:9/board?page=2'>2</a>", "text/html")
    await listed.names(listed.window("/board", Form.PAGE))
    assert listed.site.requests == ["/board"]


async def test_sitemaps_of_an_index_are_read_and_only_those_that_changed_again(listed: Listed) -> None:
    listed.put("/index.xml", listed.index(("/deep.xml", "2026-01-03"), ("/a.xml.gz", "2026-01-01")))
    listed.put("/deep.xml", listed.index(("/b.xml", "2026-01-03"), ("/undated.xml", "")))
    listed.put("/b.xml", listed.pages("/b"))
    listed.put("/undated.xml", listed.pages("/u"))
    packed = gzip.compress(listed.pages("/a").encode())
    listed.site.pages["/a.xml.gz"] = ("application/gzip", packed)
    window = listed.window("/index.xml")
    assert set(await listed.names(window)) == {"a", "b", "u"}
    listed.site.requests.clear()
    assert set(await listed.names(window)) == {"a", "b", "u"}
    assert listed.site.requests == ["/index.xml", "/undated.xml"]  # what has no date is asked each time
    listed.put("/index.xml", listed.index(("/deep.xml", "2026-01-03"), ("/a.xml.gz", "2026-01-04")))
    listed.site.pages["/a.xml.gz"] = ("application/gzip", gzip.compress(listed.pages("/a", "/new").encode()))
    listed.site.requests.clear()
    assert "new" in await listed.names(window)
    assert listed.site.requests == ["/index.xml", "/undated.xml", "/a.xml.gz"]


async def test_of_many_sitemaps_those_that_changed_last_are_read(listed: Listed) -> None:
    days = [(f"/{number}.xml", f"2026-{number // 28 + 1:02}-{number % 28 + 1:02}") for number in range(100)]
    listed.put("/index.xml", listed.index(*days))
    for path, _ in days:
        listed.put(path, listed.pages(path + "/post"))
    assert (await listed.names(listed.window("/index.xml")))[-1] == "99.xml/post"
    assert len(listed.site.requests) == MOST_MAPS + 1


async def test_no_more_sitemaps_are_read_than_one_list_may_hold(listed: Listed) -> None:
    body = gzip.compress(listed.pages(*(f"/{number}" for number in range(15_000))).encode())
    names = [f"/{number}.xml.gz" for number in range(MOST_MAPS)]
    listed.put("/index.xml", listed.index(*((name, "") for name in names)))
    listed.site.pages |= dict.fromkeys(names, ("application/gzip", body))
    with pytest.raises(BadMedia, match="more than 20000 posts"):
        await listed.names(listed.window("/index.xml"))
    assert len(listed.site.requests) == 3


async def test_sitemaps_that_lead_to_ever_more_are_given_up(
    listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(website_window, "MOST_REACHED", 20)
    for number in range(40):
        listed.put(f"/{number}.xml", listed.index(*((f"/{number}-{one}.xml", "") for one in range(9))))
        for one in range(9):
            listed.put(f"/{number}-{one}.xml", listed.pages())
    listed.put("/index.xml", listed.index(*((f"/{number}.xml", "") for number in range(30))))
    with pytest.raises(BadMedia, match="no end"):
        await listed.names(listed.window("/index.xml"))
    assert len(listed.site.requests) <= 21


@pytest.mark.parametrize("row", ["<url><loc>/</loc></url>", "<sitemap/>"])
async def test_a_sitemap_with_more_than_the_protocol_allows_is_refused(row: str) -> None:
    name = "urlset" if "url" in row else "sitemapindex"
    body = gzip.compress(f"<{name}>{row * 50_001}</{name}>".encode())
    with pytest.raises(BadMedia, match="more than the protocol allows"):
        read_sitemap(body, "https://site.example/")


@pytest.mark.parametrize("case", ["loop", "undated", "bomb", "cut"])
async def test_an_index_built_to_take_forever_is_refused(listed: Listed, case: str) -> None:
    listed.put("/index.xml", listed.index(("/next.xml", "")))
    if case == "loop":
        for number in range(9):
            name = "/next.xml" if number == 0 else f"/{number}.xml"
            listed.put(name, listed.index((f"/{number + 1}.xml", "")))
    elif case == "undated":
        listed.put("/index.xml", listed.index(*((f"/{number}.xml", "") for number in range(100))))
    else:
        packed = gzip.compress(b"<urlset>" + b" " * 60_000_000)
        body = packed if case == "bomb" else b"\x1f\x8bno"
        listed.site.pages["/next.xml"] = ("application/gzip", body)
    with pytest.raises(BadMedia):
        await listed.names(listed.window("/index.xml"))
