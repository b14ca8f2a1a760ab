"""Reads an answer that never ends line by line: none longer than agreed, no silence longer than agreed."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import aiohttp

from jikimi.media.fetch import errors_named_by_what_to_do
from jikimi.model.errors import BadMedia, TryLater

CHUNK = 64 * 2**10  # bytes


async def lines_of(
    answer: aiohttp.ClientResponse, silence: timedelta, longest: int
) -> AsyncGenerator[bytes, None]:
    """Yield lines without their ends (LF or CR LF), as server-sent events and JSON lines have them.

    What nobody takes waits at the other side. Raises TryLater after `silence` without a byte and when the
    answer ends, BadMedia for a line of more than `longest` bytes; half a line at the end is dropped.
    """
    host, rest = answer.url.raw_host, bytearray()
    while chunk := await _next_chunk(answer, silence):
        first, *others = chunk.split(b"\n")
        rest += first
        for later in others:
            yield _line(rest, host, longest)
            rest = bytearray(later)
        if len(rest) > longest + 1:  # a CR of its end may be here already
            raise BadMedia(f"{host} sends a line of more than {longest} bytes.")
    raise TryLater(f"{host} ended the stream.", timedelta(seconds=1))


def _line(rest: bytearray, host: str | None, longest: int) -> bytes:
    line = bytes(rest.removesuffix(b"\r"))
    if len(line) > longest:
        raise BadMedia(f"{host} sends a line of more than {longest} bytes.")
    return line


async def _next_chunk(answer: aiohttp.ClientResponse, silence: timedelta) -> bytes:
    """Return what arrived, b"" at the end."""
    host = answer.url.raw_host or ""
    while True:
        try:
            with errors_named_by_what_to_do(host):
                async with asyncio.timeout(silence.total_seconds()) as patience:
                    chunk = await answer.content.read(CHUNK)
        except TryLater as error:
            if patience.expired():
                raise TryLater(f"{host} has sent nothing for {silence.total_seconds():g} seconds.") from error
            raise
        if chunk or answer.content.at_eof():
            return chunk
