"""Limits let everything through that keeps them, and hold in memory and in connections."""

import asyncio
import gzip
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from jikimi.media.fetch import GuardedFetcher
from jikimi.model.ports import Fetched, Limits

Serve = Callable[..., str]
Visit = Callable[..., Fetched]

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
SMALL = Limits(max_bytes=100_000, deadline=timedelta(seconds=20))
ZEROS = bytes(1_000_000)


def ok(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode("latin-1") + body


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (ok(gzip.compress(b"hello", mtime=0), "Content-Encoding: gzip"), b"hello"),
        (ok(gzip.compress(b"hello", mtime=0) + b"behind", "Content-Encoding: gzip"), b"hello"),
        (ok(gzip.compress(bytes(99_999), mtime=0), "Content-Encoding: gzip"), bytes(99_999)),
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


def test_a_slow_answer_that_keeps_the_minimum_rate_is_waited_for(
    serve: Serve, open_fetcher: Callable[..., GuardedFetcher]
) -> None:
    async def steady(writer: asyncio.StreamWriter) -> None:
        writer.write(ok(b""))
        for _ in range(8):
            writer.write(b"x" * 100)
            await writer.drain()
            await asyncio.sleep(0.05)

    fetcher = open_fetcher(grace=timedelta(seconds=0.03))
    assert fetcher.fetch(serve(steady), Limits(minimum_rate=0)).body == b"x" * 800


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
        writer.write(ok(b"hello", "Connection: close"))

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


PACKER = zlib.compressobj(9, wbits=31)
PACKED = [PACKER.compress(ZEROS) + PACKER.flush(zlib.Z_FULL_FLUSH) for _ in range(2)]


@pytest.mark.parametrize(
    ("first", "again"),
    [(ok(PACKED[0], "Content-Encoding: gzip"), PACKED[1]), (ok(ZEROS), ZEROS)],
    ids=["gzip bomb", "plain flood"],
)
def test_half_a_gigabyte_is_stopped_within_the_cap_and_with_flat_memory(
    first: bytes, again: bytes, serve: Serve
) -> None:
    async def bomb(writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        for _ in range(499):
            writer.write(again)
            await writer.drain()

    url = serve(bomb)
    done = subprocess.run(
        [sys.executable, "-c", BOMB_READER, url.split("/")[2], serve(HELLO), url],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 32 * 1024  # KiB: the 20 MB that may arrive, and little else
