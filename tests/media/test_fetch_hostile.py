"""Servers that lie, flood, trickle or break off: none gets more than was agreed."""

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from jikimi.media.fetch import GuardedFetcher
from jikimi.model.errors import BadMedia, JikimiError, TryLater
from jikimi.model.ports import Fetched, Limits

Serve = Callable[..., str]
Visit = Callable[..., Fetched]
Reply = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]

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


async def flood_that_unpacks_to_nothing(writer: asyncio.StreamWriter) -> None:
    writer.write(ok(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "Content-Encoding: gzip"))
    while True:
        writer.write(b"\x00\x00\x00\xff\xff" * 2000)
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
    "gzip that unpacks to nothing": (flood_that_unpacks_to_nothing, *TOO_LARGE),
    "gzip in gzip": (ok(b"x", "Content-Encoding: gzip, gzip"), BadMedia, "not asked for"),
    "brotli": (ok(b"x", "Content-Encoding: br"), BadMedia, "not asked for"),
    "zstd": (ok(b"x", "Content-Encoding: zstd"), BadMedia, "not asked for"),
    "unknown encoding": (ok(b"x", "Content-Encoding: exi"), BadMedia, "not asked for"),
    "gzip that is none": (ok(b"hello", "Content-Encoding: gzip"), BadMedia, "but is not"),
    "deflate that is none": (ok(b"\xff" * 9, "Content-Encoding: deflate"), BadMedia, "but is not"),
    "gzip broken off": (ok(gzip.compress(b"hello")[:-9], "Content-Encoding: gzip"), TryLater, "ended before"),
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
SLOW: dict[str, Reply] = {
    "drips": drip,
    "stalls": stall,
    "starts fast, then drips": start_fast_then_drip,
    "chunk extension without end": flood_of_chunk_extension,
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


@pytest.mark.parametrize("reply", SLOW.values(), ids=SLOW.keys())
def test_a_server_below_the_minimum_rate_is_left(
    reply: Reply, serve: Serve, open_fetcher: Callable[..., GuardedFetcher]
) -> None:
    with pytest.raises(TryLater, match="sends less than 1024 bytes a second"):
        open_fetcher(grace=timedelta(seconds=0.2)).fetch(serve(reply), SMALL)


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
