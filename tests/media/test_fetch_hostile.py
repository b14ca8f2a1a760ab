"""Servers that lie, flood, trickle, break off or change their address: none gets more than was agreed."""

import asyncio
import gzip
import socket
import subprocess
import sys
import zlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.connections import checked_sockets
from jikimi.media.fetch import GuardedFetcher
from jikimi.model.errors import BadMedia, Blocked, JikimiError, TryLater
from jikimi.model.ports import Fetched, Limits

Serve = Callable[..., str]
Visit = Callable[..., Fetched]
Seen = list[tuple[str, str, dict[str, str]]]
Reply = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
SMALL = Limits(max_bytes=100_000, deadline=timedelta(seconds=20))
ZEROS = bytes(1_000_000)


def ok(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode("latin-1") + body


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


async def flood(writer: asyncio.StreamWriter) -> None:
    writer.write(ok(b""))
    while True:
        writer.write(ZEROS)
        await writer.drain()


async def flood_in_chunks(writer: asyncio.StreamWriter) -> None:
    writer.write(ok(b"", "Transfer-Encoding: chunked"))
    while True:
        writer.write(b"1\r\nx\r\n" * 10_000)
        await writer.drain()


async def flood_of_chunk_extension(writer: asyncio.StreamWriter) -> None:
    writer.write(ok(b"4;", "Transfer-Encoding: chunked"))
    while True:
        writer.write(b"a" * 10_000)
        await writer.drain()


async def flood_of_interim_answers(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100)
        await writer.drain()


async def flood_of_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n" * 1000)
        await writer.drain()


async def flood_of_one_header(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-A: ")
    while True:
        writer.write(b"a" * 10_000)
        await writer.drain()


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(ok(b"", "Content-Length: 10000"))
    for _ in range(10_000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def stall(writer: asyncio.StreamWriter) -> None:
    writer.write(ok(b"half", "Content-Length: 8"))
    await asyncio.Event().wait()


async def start_fast_then_drip(writer: asyncio.StreamWriter) -> None:
    writer.write(ok(bytes(50_000), "Content-Length: 60000"))
    for _ in range(10_000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-A: ")
    for _ in range(10_000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def say_nothing(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


TOO_LARGE = BadMedia, "bytes, the most we take"
CASES: dict[str, tuple[Reply, type[JikimiError], str]] = {
    "announces too much": (ok(b"", "Content-Length: 100001"), *TOO_LARGE),
    "announces far too much": (ok(b"", "Content-Length: 9999999999999999999"), *TOO_LARGE),
    "announces a number without end": (ok(b"", "Content-Length: " + "9" * 99), TryLater, "not HTTP"),
    "sends without end": (flood, *TOO_LARGE),
    "sends small chunks without end": (flood_in_chunks, *TOO_LARGE),
    "gzip bomb": (ok(gzip.compress(ZEROS), "Content-Encoding: gzip"), *TOO_LARGE),
    "gzip bomb, old name": (ok(gzip.compress(ZEROS), "Content-Encoding: X-GZip"), *TOO_LARGE),
    "gzip bomb, two headers": (
        ok(gzip.compress(ZEROS), "Content-Encoding: identity", "Content-Encoding: gzip"),
        *TOO_LARGE,
    ),
    "deflate bomb": (ok(zlib.compress(ZEROS), "Content-Encoding: deflate"), *TOO_LARGE),
    "raw deflate bomb": (ok(raw_deflate(ZEROS), "Content-Encoding: deflate"), *TOO_LARGE),
    "gzip in gzip": (ok(b"x", "Content-Encoding: gzip, gzip"), BadMedia, "not asked for"),
    "brotli": (ok(b"x", "Content-Encoding: br"), BadMedia, "not asked for"),
    "zstd": (ok(b"x", "Content-Encoding: zstd"), BadMedia, "not asked for"),
    "unknown encoding": (ok(b"x", "Content-Encoding: exi"), BadMedia, "not asked for"),
    "gzip that is none": (ok(b"hello", "Content-Encoding: gzip"), BadMedia, "but is not"),
    "deflate that is none": (ok(b"\xff" * 9, "Content-Encoding: deflate"), BadMedia, "but is not"),
    "gzip broken off": (ok(gzip.compress(b"hello")[:-9], "Content-Encoding: gzip"), TryLater, "ended before"),
    "drips": (drip, TryLater, "bytes a second"),
    "stalls": (stall, TryLater, "bytes a second"),
    "starts fast, then drips": (start_fast_then_drip, TryLater, "bytes a second"),
    "body shorter than announced": (ok(b"half", "Content-Length: 8"), TryLater, "broke off"),
    "chunk broken off": (ok(b"8\r\nhalf", "Transfer-Encoding: chunked"), TryLater, "broke off"),
    "last chunk missing": (ok(b"4\r\nhalf\r\n", "Transfer-Encoding: chunked"), TryLater, "broke off"),
    "chunk size no number": (
        ok(b"zz\r\nhalf\r\n", "Transfer-Encoding: chunked"),
        TryLater,
        "broke off|not HTTP",
    ),
    "chunk size negative": (
        ok(b"-4\r\nhalf\r\n", "Transfer-Encoding: chunked"),
        TryLater,
        "broke off|not HTTP",
    ),
    "chunk extension without end": (flood_of_chunk_extension, TryLater, "bytes a second"),
    "hangs up at once": (b"", TryLater, "no answer"),
    "hangs up in the headers": (b"HTTP/1.1 200 OK\r\nContent-", TryLater, "no answer|not HTTP"),
    "garbage": (b"\x16\x03\x01\x00\xff\r\n\r\n", TryLater, "not HTTP"),
    "HTTP 0.9": (b"<html>hello</html>\r\n\r\n", TryLater, "not HTTP"),
    "mail server": (b"220 mail.example ESMTP\r\n\r\n", TryLater, "not HTTP"),
    "status no number": (b"HTTP/1.1 two OK\r\n\r\n", TryLater, "not HTTP"),
    "status too long": (b"HTTP/1.1 2000 OK\r\n\r\n", TryLater, "not HTTP"),
    "version of another world": (b"HTTP/9.9.9 200 OK\r\n\r\n", TryLater, "not HTTP"),
    "two lengths": (ok(b"hello", "Content-Length: 5", "Content-Length: 6"), TryLater, "not HTTP"),
    "length no number": (ok(b"hello", "Content-Length: five"), TryLater, "not HTTP"),
    "length negative": (ok(b"hello", "Content-Length: -5"), TryLater, "not HTTP"),
    "length and chunks": (
        ok(b"0\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked"),
        TryLater,
        "not HTTP",
    ),
    "null in a header": (ok(b"", "X-A: \0"), TryLater, "not HTTP"),
    "header too large": (ok(b"", "X-A: " + "a" * 40_000), BadMedia, "headers that are too large"),
    "header without end": (flood_of_one_header, BadMedia, "headers that are too large"),
    "status line too large": (b"HTTP/1.1 200 " + b"a" * 40_000, BadMedia, "headers that are too large"),
    "location too large": (
        b"HTTP/1.1 302 Go\r\nLocation: /" + b"a" * 40_000 + b"\r\n\r\n",
        BadMedia,
        "headers that are too large",
    ),
    "too many headers": (ok(b"", *["X-A: b"] * 500), TryLater, "not HTTP"),
    "headers without end": (flood_of_headers, TryLater, "not HTTP"),
}
LATE: dict[str, Reply] = {
    "says nothing": say_nothing,
    "drips headers": drip_headers,
    "interim answers without end": flood_of_interim_answers,
    "redirects, then says nothing": b"HTTP/1.1 302 Go\r\nLocation: NOTHING\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize(("reply", "error", "message"), CASES.values(), ids=CASES.keys())
def test_a_hostile_server_is_named_by_what_to_do(
    reply: Reply, error: type[JikimiError], message: str, serve: Serve, visit: Visit
) -> None:
    with pytest.raises(error, match=message):
        visit(serve(reply), SMALL)


@pytest.mark.parametrize("reply", LATE.values(), ids=LATE.keys())
def test_the_deadline_ends_everything(reply: Reply, serve: Serve, visit: Visit) -> None:
    if isinstance(reply, bytes):
        reply = reply.replace(b"NOTHING", serve(say_nothing).encode())
    with pytest.raises(TryLater, match=r"within 0\.3 seconds"):
        visit(serve(reply), Limits(deadline=timedelta(seconds=0.3)))


def test_the_deadline_includes_the_name_server(open_fetcher: Callable[..., GuardedFetcher]) -> None:
    async def never(_host: str, _port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(TryLater, match=r"within 0\.1 seconds"):
        open_fetcher(resolve=never).fetch("http://site.example/", Limits(deadline=timedelta(seconds=0.1)))


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (ok(gzip.compress(b"hello"), "Content-Encoding: gzip"), b"hello"),
        (ok(gzip.compress(b"hello") + b"behind", "Content-Encoding: gzip"), b"hello"),
        (ok(gzip.compress(bytes(99_999)), "Content-Encoding: gzip"), bytes(99_999)),
        (ok(zlib.compress(b"hello"), "Content-Encoding: deflate"), b"hello"),
        (ok(raw_deflate(b"hello"), "Content-Encoding: deflate"), b"hello"),
        (ok(raw_deflate(bytes(99_999)), "Content-Encoding: deflate"), bytes(99_999)),
        (ok(b"", "Content-Encoding: gzip", "Content-Length: 0"), b""),
        (ok(b"hello", "Content-Encoding: identity"), b"hello"),
        (ok(bytes(100_000)), bytes(100_000)),
        (ok(bytes(100_000), "Content-Length: 100000"), bytes(100_000)),
        (ok(b"5\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), b"hello"),
    ],
)
def test_what_stays_within_the_limits_comes_back(
    reply: bytes, body: bytes, serve: Serve, visit: Visit
) -> None:
    assert visit(serve(reply), SMALL).body == body


def test_a_slow_answer_that_keeps_the_minimum_rate_is_waited_for(serve: Serve, visit: Visit) -> None:
    async def steady(writer: asyncio.StreamWriter) -> None:
        writer.write(ok(b""))
        for _ in range(8):
            writer.write(b"x" * 100)
            await writer.drain()
            await asyncio.sleep(0.05)

    assert visit(serve(steady), Limits(minimum_rate=10)).body == b"x" * 800


def test_bytes_behind_an_answer_are_not_taken_for_the_next_one(
    serve: Serve, open_fetcher: Callable[..., GuardedFetcher]
) -> None:
    fetcher = open_fetcher()
    liar, honest = serve(HELLO + ok(b"wrong", "Content-Length: 5")), serve(HELLO)
    bodies = [fetcher.fetch(url, SMALL).body for url in (liar, honest, liar, honest)]
    assert bodies == [b"hello"] * 4


def test_at_most_four_connections_go_to_one_host(
    serve: Serve, open_fetcher: Callable[..., GuardedFetcher]
) -> None:
    waiting: list[asyncio.Event] = []
    most = []

    async def answer_when_four_wait(writer: asyncio.StreamWriter) -> None:
        waiting.append(asyncio.Event())
        most.append(len(waiting))
        if len(waiting) == 4:
            for event in waiting:
                event.set()
            waiting.clear()
        else:
            await waiting[-1].wait()
        writer.write(HELLO)

    async def fetch_twelve() -> None:
        fetcher, url = open_fetcher(), serve(answer_when_four_wait)
        await asyncio.gather(*(fetcher.fetch_async(url, SMALL) for _ in range(12)))

    asyncio.run(fetch_twelve())
    assert max(most) == 4


BOMB_READER = """
import resource, sys
from datetime import UTC, datetime
from jikimi.media.addresses import AddressPolicy, parse_allowed
from jikimi.media.fetch import GuardedFetcher
from jikimi.model.errors import BadMedia
from jikimi.model.ports import Limits

with GuardedFetcher(
    AddressPolicy(parse_allowed(sys.argv[1])), user_agent="test", clock=lambda: datetime.now(UTC)
) as fetcher:
    fetcher.fetch(sys.argv[2], Limits())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        fetcher.fetch(sys.argv[3], Limits(max_bytes=20_000_000))
    except BadMedia:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("is_packed", [True, False], ids=["gzip bomb", "plain flood"])
def test_half_a_gigabyte_is_stopped_within_the_cap_and_with_flat_memory(
    is_packed: bool,
    serve: Serve,  # noqa: FBT001 - a parameter of the test
) -> None:
    packer = zlib.compressobj(9, wbits=31)
    first = packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)

    async def bomb(writer: asyncio.StreamWriter) -> None:
        writer.write(ok(first, "Content-Encoding: gzip") if is_packed else ok(ZEROS))
        for _ in range(499):
            writer.write(again if is_packed else ZEROS)
            await writer.drain()

    url = serve(bomb)
    done = subprocess.run(
        [sys.executable, "-c", BOMB_READER, url.split("/")[2], serve(HELLO), url],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 32 * 1024  # KiB: the 20 MB that may arrive, and little else


def test_a_name_that_moves_behind_the_wall_after_the_first_answer_is_blocked(
    serve: Serve, open_fetcher: Callable[..., GuardedFetcher], seen: Seen
) -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])

    async def rebind(_host: str, _port: int) -> list[str]:
        return next(answers)

    fetcher = open_fetcher(resolve=rebind)
    url = serve(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello").replace("127.0.0.1", "site.example")
    fetched = fetcher.fetch(url, SMALL)
    assert (fetched.address, fetched.url) == ("127.0.0.1", url)
    with pytest.raises(Blocked, match=r"site\.example leads to an address that is not public"):
        fetcher.fetch(url, SMALL)
    assert [door for door, _, _ in seen] == ["here"]


def test_a_name_is_looked_up_once_for_each_connection(
    serve: Serve, open_fetcher: Callable[..., GuardedFetcher]
) -> None:
    asked: list[tuple[str, int]] = []

    async def count(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    url = serve(HELLO).replace("127.0.0.1", "site.example")
    assert open_fetcher(resolve=count).fetch(url, SMALL).body == b"hello"
    assert asked == [("site.example", int(url.split(":")[2].split("/")[0]))]


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.2", "127.0.0.1"],
        ["127.0.0.1", "127.0.0.2"],
        ["10.0.0.1", "169.254.169.254", "::1", "127.0.0.1", "fe80::1%lo", "nonsense"],
    ],
)
def test_of_a_mixed_answer_only_the_permitted_address_is_visited(
    answer: list[str], serve: Serve, open_fetcher: Callable[..., GuardedFetcher], seen: Seen
) -> None:
    async def mixed(_host: str, _port: int) -> list[str]:
        return answer

    url = serve(HELLO).replace("127.0.0.1", "site.example")
    assert open_fetcher(resolve=mixed).fetch(url, SMALL).address == "127.0.0.1"
    assert [door for door, _, _ in seen] == ["here"]


INWARD = [
    "0.0.0.0",  # noqa: S104 - looked at, not bound to
    "10.0.0.1", "100.64.0.1", "127.0.0.2", "169.254.169.254", "172.16.0.1", "192.168.0.1", "224.0.0.1",
    "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fd00::1", "fe80::1%lo", "ff02::1", "what?",
]  # fmt: skip


@pytest.mark.parametrize("address", INWARD)
@pytest.mark.parametrize("host", ["site.example", "localhost", "site.example.", "xn--3e0b707e.kr"])
def test_a_name_that_leads_inside_is_blocked(
    address: str, host: str, serve: Serve, open_fetcher: Callable[..., GuardedFetcher], seen: Seen
) -> None:
    async def inward(_host: str, _port: int) -> list[str]:
        return [address]

    with pytest.raises(Blocked, match="leads to an address that is not public"):
        open_fetcher(resolve=inward).fetch(serve(HELLO).replace("127.0.0.1", host), SMALL)
    assert seen == []


SPELLINGS = [
    "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.01",
    "127.0.0.1.", "１２７.0.0.1", "127。0。0。1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[::1%25lo]", "[::1]", "x@127.0.0.1", "127%2e0.0.1", "127.0.0.2", "[64:ff9b::7f00:1]",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_an_open_door_is_opened_by_its_plain_spelling_only(
    host: str, serve: Serve, visit: Visit, seen: Seen
) -> None:
    with pytest.raises(Blocked):
        visit(serve(HELLO).replace("127.0.0.1", host))
    assert seen == []


def test_the_last_wall_stands_at_the_socket_itself() -> None:
    make = checked_sockets(AddressPolicy(frozenset({("127.0.0.1", 8099)})))
    kind, proto = socket.SOCK_STREAM, socket.IPPROTO_TCP
    make((socket.AF_INET, kind, proto, "", ("127.0.0.1", 8099))).close()
    for family, address in (
        (socket.AF_INET, ("127.0.0.1", 80)),
        (socket.AF_INET, ("127.1", 8099)),
        (socket.AF_INET6, ("::ffff:127.0.0.1", 8099)),
    ):
        with pytest.raises(PermissionError):
            make((family, kind, proto, "", address))


def test_the_systems_own_answer_for_localhost_is_blocked(
    serve: Serve, visit: Visit, servers: object, seen: Seen
) -> None:
    url = serve(HELLO, "shut").replace("127.0.0.1", "localhost")
    with pytest.raises(Blocked):
        visit(url)
    assert visit(serve(HELLO).replace("127.0.0.1", "localhost")).address == "127.0.0.1"
