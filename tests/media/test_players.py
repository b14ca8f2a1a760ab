"""Finding the film behind a player page: what is chosen, and what the process that looks may not do."""

import asyncio
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from jikimi.media import players
from jikimi.media.addresses import AddressPolicy
from jikimi.media.players import YtDlpPlayers, are_installed
from jikimi.media.players_process import best_of
from jikimi.model.errors import Misconfigured, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef

needs_yt_dlp = pytest.mark.skipif(not are_installed(), reason="yt-dlp is not installed")
MASTER = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=640x360\nlow.m3u8\n"


@dataclass
class Site:
    """A web server on loopback; `agents` are the programs that asked."""

    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    agents: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    hangs: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    opened = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            opened.agents.add(self.headers.get("User-Agent", ""))
            opened.asked.append(self.path)
            if self.path == "/hang":
                opened.hangs.set()
                opened.held.wait(60)
            kind, body = opened.pages.get(self.path, ("text/html", b""))
            self.send_response(200 if self.path in opened.pages else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    opened.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield opened
    opened.held.set()
    server.shutdown()
    thread.join()
    server.server_close()


def opened(site: Site, patience: float = 25.0) -> YtDlpPlayers:
    policy = AddressPolicy(allowed=frozenset({("127.0.0.1", site.port)}))
    clock = lambda: datetime.now(UTC)  # noqa: E731  # too short for a name
    return YtDlpPlayers(policy, "jikimi-test", clock, patience=timedelta(seconds=patience))


@pytest.fixture(scope="module")
def finder(site: Site) -> Iterator[YtDlpPlayers]:
    finder = opened(site)
    yield finder
    finder.close()


def card(film: str) -> bytes:
    kind = '<meta property="og:video:type" content="video/mp4">'
    return f'<title>x</title>{kind}<meta property="og:video" content="{film}">'.encode()


def look(finder: YtDlpPlayers, url: str) -> tuple[MediaRef, ...]:
    return asyncio.run(finder.resolve(url))


@needs_yt_dlp
def test_a_page_that_names_its_film_to_others_gives_it_away(site: Site, finder: YtDlpPlayers) -> None:
    site.pages["/og"] = ("text/html", card(site.url("/film.mp4")))
    (ref,) = look(finder, site.url("/og"))
    assert (ref.kind, ref.url) == (Kind.VIDEO, site.url("/film.mp4"))
    assert "/film.mp4" not in site.asked  # named, not fetched
    assert site.agents == {"jikimi-test"}


@needs_yt_dlp
def test_a_page_that_plays_a_stream_gives_its_playlist(site: Site, finder: YtDlpPlayers) -> None:
    page = "<title>x</title><video><source src='/master.m3u8' type='application/x-mpegURL'></video>"
    site.pages["/hls"] = ("text/html", page.encode())
    site.pages["/master.m3u8"] = ("application/vnd.apple.mpegurl", MASTER)
    (ref,) = look(finder, site.url("/hls"))
    assert ref.url in {site.url("/master.m3u8"), site.url("/low.m3u8")}
    assert ref.mime == "application/vnd.apple.mpegurl"


@needs_yt_dlp
@pytest.mark.parametrize("path", ["/words", "/missing"])
def test_a_page_without_a_film_has_none(site: Site, finder: YtDlpPlayers, path: str) -> None:
    site.pages["/words"] = ("text/html", b"<title>x</title>words")
    assert look(finder, site.url(path)) == ()


@needs_yt_dlp
def test_what_may_not_be_visited_is_not_visited_for_a_player_either(site: Site, finder: YtDlpPlayers) -> None:
    other = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    other.timeout = 0
    page = f"<meta http-equiv=refresh content='0;url=http://127.0.0.1:{other.server_port}/'>"
    site.pages["/away"] = ("text/html", page.encode())
    assert look(finder, site.url("/away")) == ()
    assert look(finder, f"http://127.0.0.1:{other.server_port}/") == ()
    assert look(finder, "file:///etc/hostname") == ()
    other.socket.setblocking(False)
    with pytest.raises(BlockingIOError):  # nobody knocked
        other.socket.accept()
    other.server_close()


@needs_yt_dlp
def test_a_page_that_hangs_costs_the_process_its_life_and_the_next_page_is_read(site: Site) -> None:
    finder = opened(site)
    try:
        look(finder, site.url("/words"))
        first = finder._held._process.pid  # type: ignore[union-attr]  # it was just started
        finder._patience = 0.5
        assert look(finder, site.url("/hang")) == ()
        site.held.set()
        finder._patience = 25.0
        site.pages["/og2"] = ("text/html", card(site.url("/b.mp4")))
        assert [ref.url for ref in look(finder, site.url("/og2"))] == [site.url("/b.mp4")]
        assert finder._held._process.pid != first  # type: ignore[union-attr]  # as above
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
    finally:
        finder.close()
        finder.close()


@needs_yt_dlp
def test_each_connection_waits_for_a_turn_of_the_watch_that_asks(site: Site, finder: YtDlpPlayers) -> None:
    site.pages["/turns"] = ("text/html", card(site.url("/c.mp4")))
    turns: list[tuple[str, int]] = []

    async def turn(host: str) -> None:
        turns.append((host, len(site.asked) - before))

    before = len(site.asked)
    assert asyncio.run(finder.resolve(site.url("/turns"), turn))
    assert [host for host, _ in turns] == ["127.0.0.1"] * (len(site.asked) - before)
    assert turns[0] == ("127.0.0.1", 0)  # nobody was asked before
    assert look(finder, site.url("/turns"))
    assert len(turns) < len(site.asked) - before  # the next page is another watch's


@needs_yt_dlp
def test_a_watch_that_may_ask_no_more_is_told_and_nothing_is_asked(site: Site, finder: YtDlpPlayers) -> None:
    async def refuse(_: str) -> None:
        raise TryLater("used up")

    before = len(site.asked)
    with pytest.raises(TryLater, match="used up"):
        asyncio.run(finder.resolve(site.url("/og"), refuse))
    assert len(site.asked) == before
    site.pages["/og"] = ("text/html", card(site.url("/film.mp4")))
    assert look(finder, site.url("/og"))


@needs_yt_dlp
def test_a_host_that_rests_longer_than_yt_dlp_waits_is_asked_later(
    site: Site, finder: YtDlpPlayers, monkeypatch: Any
) -> None:
    monkeypatch.setattr(players, "LONGEST_TURN", timedelta(milliseconds=50))
    before = len(site.asked)
    with pytest.raises(TryLater, match="asked for rest"):
        asyncio.run(finder.resolve(site.url("/og"), lambda _: asyncio.Event().wait()))  # type: ignore[arg-type, return-value]  # it never ends
    assert len(site.asked) == before


@needs_yt_dlp
def test_a_page_that_nobody_waits_for_any_more_is_not_taken_for_the_next(site: Site) -> None:
    """A halted watch is cancelled while it waits; its answer must not become another's."""
    finder = opened(site)
    site.held.clear()
    site.pages["/hang"] = ("text/html", card(site.url("/theirs.mp4")))
    site.pages["/next"] = ("text/html", card(site.url("/ours.mp4")))

    async def both() -> tuple[MediaRef, ...]:
        site.hangs.clear()
        waiting = asyncio.create_task(finder.resolve(site.url("/hang")))
        assert await asyncio.to_thread(site.hangs.wait, 60)
        waiting.cancel()
        await asyncio.wait({waiting})
        site.held.set()
        return await finder.resolve(site.url("/next"))

    try:
        assert [ref.url for ref in asyncio.run(both())] == [site.url("/ours.mp4")]
    finally:
        site.held.set()
        finder.close()
        del site.pages["/hang"]


def test_without_yt_dlp_the_operator_is_told_what_to_type(site: Site, monkeypatch: Any) -> None:
    monkeypatch.setattr(players, "are_installed", lambda: False)
    with pytest.raises(Misconfigured, match="jikimi\\[players\\]"):
        opened(site).check()


HTTP, HLS = {"protocol": "https"}, {"protocol": "m3u8_native"}


@pytest.mark.parametrize(
    ("formats", "expected"),
    [
        (
            [{"url": "https://a.test/1", "height": h, "ext": "mp4", **HTTP} for h in (144, 360, 540, 1080)],
            "1",
        ),
        (
            [
                {"url": "https://a.test/big", "height": 2160, **HTTP},
                {"url": "https://a.test/near", "height": 480, "ext": "webm", **HTTP},
                {"url": "https://a.test/mp4", "height": 480, "ext": "mp4", **HTTP},
            ],
            "mp4",
        ),
        (
            [
                {"url": "https://a.test/mute", "height": 480, "acodec": "none", **HTTP},
                {"url": "https://a.test/whole", "height": 720, **HTTP},
            ],
            "whole",
        ),
        (
            [
                {"url": "https://a.test/l", "height": 480, "manifest_url": "https://a.test/m", **HLS},
                {"url": "https://a.test/s", "vcodec": "none", **HTTP},
            ],
            "m",
        ),
        ([{"url": "https://a.test/s", "vcodec": "none", **HTTP}], "s"),
        ([{"url": "rtmp://a.test/x"}], ""),
    ],
)
def test_of_many_versions_one_is_chosen(formats: list[dict[str, Any]], expected: str) -> None:
    found = best_of({"formats": formats})
    assert (found.url.rpartition("/")[2] if found else "") == expected
