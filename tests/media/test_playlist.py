"""Streams that come as playlists: followed within bounds, joined to one file, found; hostile ones refused."""

import asyncio
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.clip import watch
from jikimi.media.dash import dash_pieces
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.hls import pieces_of
from jikimi.media.moving_specimen import draw_clip
from jikimi.media.pieces import MOST_PIECES, Piece
from jikimi.media.playlist import LARGEST, PlaylistDoor
from jikimi.media.sniff import sniff
from jikimi.model.errors import BadMedia, Blocked, Gone, JikimiError, TryLater
from jikimi.model.fingerprint import Effort
from jikimi.model.ports import Fetched, Limits
from jikimi.model.post import Secret

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
QUICK = Limits(max_bytes=100_000, deadline=timedelta(seconds=20), max_redirects=3)
LIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
END = b"#EXT-X-ENDLIST\n"
MPD = (
    '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
    ' mediaPresentationDuration="PT8S">{}</MPD>'
)
ONE = (
    '<Period><AdaptationSet mimeType="video/mp4"><Representation id="a" height="480">{}'
    "</Representation></AdaptationSet></Period>"
)
KINDS = {
    "list.m3u8": ("-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_filename", "%d.ts"),
    "fragments.m3u8": (
        "-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_type", "fmp4",
        "-hls_fmp4_init_filename", "begin.mp4", "-hls_segment_filename", "%d.m4s",
    ),
    "ranges.m3u8": (
        "-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_type", "fmp4",
        "-hls_flags", "single_file", "-hls_segment_filename", "whole.m4s",
    ),
    "list.mpd": ("-f", "dash", "-seg_duration", "2"),
    "numbers.mpd": (
        "-f", "dash", "-seg_duration", "2", "-use_timeline", "0", "-init_seg_name", "i$RepresentationID$.m4s",
        "-media_seg_name", "n$RepresentationID$-$Number%05d$.m4s",
    ),
    "listed.mpd": (
        "-f", "dash", "-seg_duration", "2", "-use_template", "0", "-use_timeline", "0",
        "-init_seg_name", "li$RepresentationID$.m4s", "-media_seg_name", "l$RepresentationID$-$Number$.m4s",
    ),
}  # fmt: skip


class Web:
    """Files by address, with a size each fetch may not pass. Implements the port Fetcher."""

    def __init__(self, files: Mapping[str, bytes | JikimiError]) -> None:
        self.files = files
        self.asked: list[tuple[str, dict[str, str]]] = []

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        told = {name: value.reveal() for name, value in (headers or {}).items()}
        self.asked.append((url, told))
        body = self.files.get(url, Gone("nothing there"))
        if isinstance(body, JikimiError):
            raise body
        if len(body) > limits.max_bytes:
            raise BadMedia("too large")
        return Fetched(url, (url,), "192.0.2.1", 200, (), body, NOW)

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        return self.fetch(url, limits, headers)


def seen(files: Mapping[str, bytes | JikimiError], limits: Limits = QUICK) -> tuple[Fetched, list[str]]:
    web = Web({f"https://site.example/{name}": body for name, body in files.items()})
    fetched = PlaylistDoor(web, clock=lambda: NOW).fetch("https://site.example/list", limits)
    return fetched, [url.removeprefix("https://site.example/") for url, _ in web.asked]


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds of an invented scene as streams of every kind."""
    folder = tmp_path_factory.mktemp("streams")
    (folder / "clip.mp4").write_bytes(draw_clip(5, seconds=8, width=320, height=214))
    for name, options in KINDS.items():
        wishes = ("-c:v", "libx264", "-g", "25", "-c:a", "aac", *options, name)
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-i", "clip.mp4", *wishes],
            cwd=folder, check=True, timeout=120,
        )  # fmt: skip
    return folder


@pytest.mark.parametrize("name", KINDS)
def test_a_stream_comes_as_one_clip(name: str, streams: Path) -> None:
    files = {f"https://site.example/a/{file.name}": file.read_bytes() for file in streams.iterdir()}
    door = PlaylistDoor(Web(files), clock=lambda: NOW)
    body = door.fetch(f"https://site.example/a/{name}", Limits()).body
    clip = watch(body, sniff(body), Effort.SECOND).clip
    assert clip.seconds == pytest.approx(8, abs=0.3)
    assert len(clip.frames) >= 14
    assert asyncio.run(door.fetch_async(f"https://site.example/a/{name}", Limits())).body == body


def test_a_master_leads_to_the_rendering_near_480_rows() -> None:
    master = LIST + b"".join(
        f'#EXT-X-STREAM-INF:BANDWIDTH={rate},CODECS="a,b",RESOLUTION=1x{rows}\n{rows}\n'.encode()
        for rows, rate in ((1080, 9), (360, 7), (240, 8))
    )
    fetched, asked = seen({"list": master, "360": LIST + b"#EXTINF:4,\np\n", "p": b"piece"})
    assert (fetched.body, asked) == (b"piece", ["list", "360", "p"])
    assert fetched.url == "https://site.example/list"


def test_a_live_list_gives_what_is_there_now_and_pieces_that_are_gone_are_left_out() -> None:
    live = LIST + b"#EXTINF:4,\none\n#EXTINF:4,\ntwo\n#EXTINF:4,\nthree\n"
    assert seen({"list": live, "one": b"1", "three": b"3"})[0].body == b"13"
    with pytest.raises(Gone, match="no piece"):
        seen({"list": live})


def test_all_pieces_together_are_bounded_in_bytes_number_and_time() -> None:
    many = LIST + b"#EXTINF:0.001,\np\n" * 1_000_000
    assert len(pieces_of(many)) == MOST_PIECES
    assert seen({"list": LIST + b"p\n" * 9, "p": bytes(30)}, Limits(max_bytes=100))[0].body == bytes(90)
    assert len(pieces_of(LIST + b"#EXTINF:1e300,\np\n" * 100)) == 30  # sixty seconds each, however it boasts
    assert len(pieces_of(LIST + b"#EXTINF:-5,\np\n#EXTINF:nan,\np\n#EXTINF:soon,\np\n")) == 3
    with pytest.raises(BadMedia, match="larger"):
        seen({"list": LIST + bytes(LARGEST)}, Limits())


def test_a_stream_ends_where_its_time_is_used_up() -> None:
    web, times = Web({"http://a/": LIST + b"p\n" * 50, "http://a/p": b"p"}), iter(range(100))
    door = PlaylistDoor(web, clock=lambda: NOW + timedelta(seconds=next(times)))
    assert 2 < len(door.fetch("http://a/", Limits(deadline=timedelta(seconds=10))).body) < 8
    with pytest.raises(TryLater, match="within the time"):
        door.fetch("http://a/", Limits(deadline=timedelta(seconds=1)))


def test_headers_go_to_the_origin_that_was_asked_only() -> None:
    web = Web({"http://a/": LIST + b"p\nhttp://b/p\n", "http://a/p": b"p", "http://b/p": b"q"})
    PlaylistDoor(web, clock=lambda: NOW).fetch("http://a/", QUICK, {"Cookie": Secret("x")})
    assert [told for _, told in web.asked] == [{"Cookie": "x"}, {"Cookie": "x"}, {}]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (LIST, "names no piece"),
        (LIST + END, "names no piece"),
        (LIST + b'#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:4,\np\n', "encrypted"),
        (LIST + b"#EXTINF:4,\n#EXT-X-BYTERANGE:no\np\n", "range"),
        (LIST + b"#EXTINF:4,\n#EXT-X-BYTERANGE:900@0\np\n", "shorter"),
        (LIST + b"#EXT-X-STREAM-INF:BANDWIDTH=1\nlist\n", "another list"),
        (LIST + b"#EXT-X-STREAM-INF:BANDWIDTH=1\np\n", "another list"),
        (MPD.format(""), "names no piece"),
        (MPD.format("<Period/>"), "names no piece"),
        (MPD.replace("static", "dynamic").format(ONE.format("")), "live"),
        (MPD.format(ONE.format("<ContentProtection/>")), "encrypted"),
        (MPD.format("<a>" * 30 + "</a>" * 30), "deeper"),
        (MPD.format("<a/>" * 60_000), "larger"),
        (MPD.format("<open>"), "cannot be read"),
        (MPD.format(ONE.format("<BaseURL>http://[b</BaseURL>")), "is none"),
        (MPD.format(f"<BaseURL>{'b/' * 5000}</BaseURL>" + ONE.format("")), "longer"),
        (MPD.format(ONE.format(f'<SegmentTemplate media="{"m" * 9000}" duration="1"/>')), "longer"),
        (
            MPD.format(
                ONE.replace('id="a"', f'id="{"i" * 4000}"').format(
                    f'<SegmentTemplate media="{"$RepresentationID$" * 100}" duration="1"/>'
                )
            ),
            "longer",
        ),
        (MPD.format(ONE.format(f'<SegmentTemplate media="{"$Time%09d$" * 800}" duration="1"/>')), "longer"),
        (
            '<!DOCTYPE MPD [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + MPD[22:].format("&b;"),
            "document type",
        ),
        (
            '<!DOCTYPE MPD [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + MPD[22:].format("&a;"),
            "document type",
        ),
        ('<!DOCTYPE MPD SYSTEM "http://127.0.0.1/x.dtd">' + MPD[22:].format(""), "document type"),
    ],
)
def test_a_hostile_playlist_is_refused_with_the_reason(body: bytes | str, reason: str) -> None:
    with pytest.raises(BadMedia, match=reason):
        seen({"list": body if isinstance(body, bytes) else body.encode(), "p": b"piece"}, Limits())


def test_a_list_that_names_itself_is_asked_for_within_bounds_only() -> None:
    fetched, asked = seen({"list": LIST + b"#EXTINF:1,\nlist\n"})
    assert (len(asked), fetched.body[:7]) == (2, b"#EXTM3U")  # joined as bytes, refused by the reader
    with pytest.raises(BadMedia):
        sniff(fetched.body)


def test_templates_are_bounded_whatever_they_claim() -> None:
    endless = '<SegmentTemplate media="$Number$" timescale="1" {}</SegmentTemplate>'
    for line in ('duration="1">', '><SegmentTimeline><S d="1" r="999999999"/></SegmentTimeline>',
                 '><SegmentTimeline><S d="0" r="-1"/></SegmentTimeline>'):  # fmt: skip
        whole = MPD.replace("PT8S", "PT99999999S").format(ONE.format(endless.format(line)))
        assert len(dash_pieces(whole.encode(), "http://a/")) == MOST_PIECES
    plain = MPD.format(
        ONE.format('<BaseURL>b/</BaseURL><SegmentTemplate media="$Time%03d$$$" duration="4"/>')
    )
    assert dash_pieces(plain.encode(), "http://a/c/") == [
        Piece("http://a/c/b/000$"),
        Piece("http://a/c/b/004$"),
    ]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.2:{}/", "http://10.0.0.1/", "http://169.254.169.254/", "http://[::1]/", "http://0x7f.1/",
     "file:///etc/passwd", "folder://inbox/a", "data:video/mp2t,x", "http://a@b.example/"],
)  # fmt: skip
def test_no_piece_is_fetched_behind_the_wall(
    url: str, serve: Callable[..., str], servers: Any, policy: AddressPolicy
) -> None:
    piece = url.format(servers.address("inside")[1])
    mpd = MPD.format(ONE.format(f"<BaseURL>{piece}</BaseURL>")).encode()
    with GuardedFetcher(policy, user_agent="test", clock=lambda: NOW) as web:
        for body in (LIST + piece.encode(), LIST + b"#EXT-X-STREAM-INF:BANDWIDTH=1\n" + piece.encode(), mpd):
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            with pytest.raises(Blocked):
                PlaylistDoor(web, clock=lambda: NOW).fetch(serve(answer), QUICK)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>#EXTM3U", b" #EXTM3U\np\n", b"<rss><channel/></rss>", b"<MPD/>", b"text about <MPD",
        b'<feed xmlns="http://www.w3.org/2005/Atom"><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/></feed>',
    ],
)  # fmt: skip
def test_pages_feeds_and_files_come_as_they_are(body: bytes) -> None:
    fetched, asked = seen({"list": body, "p": b"piece"})
    assert (fetched.body, asked) == (body, ["list"])
