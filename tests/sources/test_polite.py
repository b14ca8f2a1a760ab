"""Good manners on the net: turns at a host, rest when asked, robots.txt, budgets, sign-in refused."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from loopback_site import Site, now
from surroundings import web_to

from jikimi.model.errors import Blocked, Misconfigured, TryLater, Unauthorized
from jikimi.model.ports import Fetched, Limits, Web
from jikimi.model.post import Bounds, Secret, Spent
from jikimi.model.source import Manifest, Option, Tested
from jikimi.sources.answers import ANSWER, wait_asked_for
from jikimi.sources.pacer import Pacer
from jikimi.sources.polite import PoliteWeb
from jikimi.sources.purse import Purse
from jikimi.sources.robots import Robots

pytestmark = pytest.mark.asyncio
PLAIN = Manifest(
    "quiet", "A source", is_push=False, auth="", cost="", terms="", tested=Tested.ITSELF, tested_on=""
)
SECOND = timedelta(seconds=1)


class Seconds:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def wait(self, pause: timedelta) -> None:
        self.now += pause.total_seconds()


@dataclass
class Net:
    site: Site
    web: Web
    seconds: Seconds
    pacer: Pacer

    def polite(self, manifest: Manifest = PLAIN, bounds: Bounds | None = None) -> PoliteWeb:
        robots = None if manifest.is_official else Robots(self.web, now)
        purse = Purse(manifest, bounds or Bounds(), Spent(), now)
        return PoliteWeb(self.web, manifest, purse, self.pacer, robots)

    async def ask(self, web: PoliteWeb, path: str = "/page") -> bytes:
        return (await web.fetch_async(self.site.url(path), Limits())).body


@pytest_asyncio.fixture
async def net() -> AsyncIterator[Net]:
    site, seconds = Site(), Seconds()
    async with site.opened() as fetcher:
        site.pages["/page"] = ("text/html", b"words")
        yield Net(site, web_to(site.url(""), fetcher=fetcher), seconds, Pacer(seconds, seconds.wait))


async def test_a_host_is_asked_once_a_spacing_whoever_asks(net: Net) -> None:
    slow = replace(PLAIN, spacing=SECOND)
    first, second = net.polite(slow), net.polite(slow)
    for _ in range(2):
        await net.ask(first)
        await net.ask(second)
    assert net.seconds.now == 3.0


async def test_other_hosts_do_not_wait() -> None:
    seconds = Seconds()
    pacer = Pacer(seconds, seconds.wait)
    for host in ("a.test", "b.test", "c.test"):
        await pacer.turn(host, SECOND)
    assert seconds.now == 0.0


async def test_a_host_that_asks_for_rest_gets_it_from_every_watch(net: Net) -> None:
    net.site.answer(429, 7)
    with pytest.raises(TryLater):
        await net.ask(net.polite())
    net.site.answer(200)
    await net.ask(net.polite())
    assert net.seconds.now == 7.0


async def test_a_host_gets_its_rest_when_a_source_reads_the_refusal_itself(net: Net) -> None:
    net.site.answer(429, 7)
    web = net.polite()
    for asked in (
        web.fetch_async(net.site.url("/page"), ANSWER),
        web.post_async(net.site.url("/page"), b"", ANSWER, {}),
    ):
        before = net.seconds.now
        assert (await asked).status == 429
        net.site.answer(200)
        await net.ask(net.polite())
        assert net.seconds.now == before + 7.0
        net.site.answer(429, 7)


@pytest.mark.parametrize(
    ("stated", "wait"),
    [
        ("7", 7), ("Sun, 22 Nov 2026 13:30:00 GMT", 1800), ("Sun, 22 Nov 2026 12:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400), ("soon", None), ("", None),
    ],
)  # fmt: skip
async def test_a_server_says_in_seconds_or_as_a_date_when_to_come_back(stated: str, wait: int | None) -> None:
    asked = wait_asked_for({"retry-after": stated}, datetime(2026, 11, 22, 13, 0, tzinfo=UTC))
    assert asked == (None if wait is None else timedelta(seconds=wait))


async def test_who_waits_for_a_turn_when_a_host_asks_for_rest_waits_longer() -> None:
    seconds = Seconds()
    begun = list[float]()

    async def wait(pause: timedelta) -> None:
        if seconds.now == 0.0:  # meanwhile the first one is told to come back later
            pacer.rest("a.test", timedelta(seconds=60))
        await seconds.wait(pause)

    pacer = Pacer(seconds, wait)
    for _ in range(3):
        await pacer.turn("a.test", SECOND)
        begun.append(seconds.now)
    assert begun == [0.0, 60.0, 61.0]


async def test_a_day_without_budget_asks_nothing(net: Net) -> None:
    web = net.polite(bounds=Bounds(requests=1))
    await net.ask(web)
    with pytest.raises(TryLater, match="used up"):
        await net.ask(web)
    assert net.site.requests == ["/page"]


async def test_robots_are_obeyed_for_pages_and_asked_once(net: Net) -> None:
    rules = b"User-agent: *\nDisallow: /inside\nUser-agent: jikimi\nDisallow: /page\n"
    net.site.pages["/robots.txt"] = ("text/plain", rules)
    net.site.pages["/inside"] = ("text/html", b"words")
    web = net.polite(replace(PLAIN, is_official=False))
    with pytest.raises(Blocked, match="--robots-reason"):
        await net.ask(web)
    assert await net.ask(web, "/inside") == b"words"
    assert net.site.requests == ["/robots.txt", "/inside"]


@dataclass
class Moved:
    """A web on which every page has moved on."""

    web: Web
    to: str

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        fetched = await self.web.fetch_async(self.to, limits, headers)
        return replace(fetched, hops=(url, *fetched.hops))


@dataclass
class Both:
    """Two webs, of which one serves `there`."""

    web: Any
    other: Web
    there: str

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        chosen = self.other if url.startswith(self.there) else self.web
        return await chosen.fetch_async(url, limits, headers)


async def test_what_robots_forbid_is_not_read_behind_a_redirect_either(net: Net) -> None:
    net.site.pages["/robots.txt"] = ("text/plain", b"User-agent: *\nDisallow: /inside\n")
    net.site.pages["/inside"] = ("text/html", b"words")
    web = net.polite(replace(PLAIN, is_official=False))
    for to, is_read in (("/page", True), ("/inside", False)):
        moved: Any = Moved(net.web, net.site.url(to))
        with nullcontext() if is_read else pytest.raises(Blocked, match="--robots-reason"):
            await net.ask(replace(web, web=moved), "/door")


async def test_robots_are_asked_of_every_address_before_it_is_asked_for(net: Net) -> None:
    net.site.pages["/robots.txt"] = ("text/plain", b"User-agent: *\nDisallow: /inside\nCrawl-delay: 4\n")
    net.site.pages["/inside"] = ("text/html", b"words")
    net.site.moved = {"/door": "/hall", "/hall": "/inside", "/gate": "/page"}
    web = net.polite(replace(PLAIN, is_official=False))
    with pytest.raises(Blocked, match="--robots-reason"):
        await net.ask(web, "/door")
    assert net.site.requests == ["/robots.txt", "/door", "/hall"]
    fetched = await web.fetch_async(net.site.url("/gate"), Limits())
    assert fetched.body == b"words"
    assert (fetched.url, fetched.hops) == (
        net.site.url("/page"), (net.site.url("/gate"), net.site.url("/page")),
    )  # fmt: skip
    assert net.seconds.now == 12.0  # four addresses of one host


async def test_a_redirect_is_counted_and_a_day_ends_within_one(net: Net) -> None:
    net.site.moved = {"/door": "/page"}
    with pytest.raises(TryLater, match="used up"):
        await net.ask(net.polite(bounds=Bounds(requests=1)), "/door")
    assert net.site.requests == ["/door"]


async def test_redirects_end_and_headers_stay_at_the_origin_that_was_asked(net: Net) -> None:
    net.site.moved = {"/round": "/round", "/door": "/page", "/away": net.site.url("/page")}
    with pytest.raises(Blocked, match="redirects more than 2 times"):
        await net.polite().fetch_async(net.site.url("/round"), Limits(max_redirects=2))
    assert net.site.requests == ["/round"] * 3
    key = {"X-Key": Secret("hush")}
    await net.polite().fetch_async(net.site.url("/door"), Limits(), key)
    assert [sent.get("X-Key") for sent in net.site.sent[-2:]] == ["hush", "hush"]
    other = Site()
    async with other.opened() as fetcher:
        other.pages["/page"] = ("text/html", b"others")
        net.site.moved["/away"] = other.url("/page")
        both = Both(net.web, web_to(other.url(""), fetcher=fetcher), other.url(""))
        fetched = await replace(net.polite(), web=both).fetch_async(net.site.url("/away"), Limits(), key)
    assert (fetched.body, other.sent[0].get("X-Key")) == (b"others", None)


async def test_a_redirect_is_an_answer_for_who_wants_it(net: Net) -> None:
    net.site.moved = {"/door": "/page"}
    fetched = await net.polite().fetch_async(net.site.url("/door"), Limits(is_redirect_followed=False))
    assert (fetched.status, fetched.url, fetched.onward) == (
        302,
        net.site.url("/door"),
        net.site.url("/page"),
    )
    assert net.site.requests == ["/door"]


async def test_all_answers_together_take_no_longer_than_one_may(net: Net) -> None:
    net.site.moved = {"/door": "/page"}
    ticks = count(0, 6)
    slow = replace(net.polite(), seconds=lambda: float(next(ticks)))
    with pytest.raises(TryLater, match="within 5 seconds"):
        await slow.fetch_async(net.site.url("/door"), Limits(deadline=timedelta(seconds=5)))
    assert net.site.requests == ["/door"]


@pytest.mark.parametrize("url", ["http://[x", "https://a.example]/", "https://a.example/\ud800"])
async def test_what_is_no_address_is_refused_before_anything_is_asked(net: Net, url: str) -> None:
    for web in (net.polite(), net.polite(replace(PLAIN, is_official=False))):
        with pytest.raises(Blocked, match="malformed"):
            await web.fetch_async(url, Limits())
    assert net.site.requests == []


async def test_a_crawl_delay_is_kept(net: Net) -> None:
    net.site.pages["/robots.txt"] = ("text/plain", b"User-agent: *\nCrawl-delay: 4\n")
    web = net.polite(replace(PLAIN, is_official=False))
    await net.ask(web)
    await net.ask(web)
    assert net.seconds.now == 4.0


@pytest.mark.parametrize("status", [404, 403, 401])
async def test_without_robots_everything_is_allowed(net: Net, status: int) -> None:
    net.site.statuses["/robots.txt"] = status
    assert await net.ask(net.polite(replace(PLAIN, is_official=False))) == b"words"


async def test_while_robots_cannot_be_had_nothing_is_read(net: Net) -> None:
    net.site.statuses["/robots.txt"] = 503
    with pytest.raises(TryLater):
        await net.ask(net.polite(replace(PLAIN, is_official=False)))
    assert net.site.requests == ["/robots.txt"]


async def test_an_interface_made_for_programs_has_no_robots(net: Net) -> None:
    net.site.pages["/robots.txt"] = ("text/plain", b"User-agent: *\nDisallow: /\n")
    assert await net.ask(net.polite()) == b"words"


async def test_a_refused_token_is_a_setting_of_ours(net: Net) -> None:
    net.site.answer(401)
    with pytest.raises(Unauthorized):
        await net.ask(net.polite())
    signed = replace(PLAIN, options=(Option("token", "its token", is_secret=True),))
    with pytest.raises(Misconfigured, match="does not accept what we sign in with"):
        await net.ask(net.polite(signed))


async def test_many_at_once_read_robots_once(net: Net) -> None:
    web = net.polite(replace(PLAIN, is_official=False))
    await asyncio.gather(*(net.ask(web) for _ in range(8)))
    assert net.site.requests.count("/robots.txt") == 1
