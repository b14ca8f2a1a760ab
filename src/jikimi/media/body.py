"""Takes in the body of one answer: never more bytes than asked for, never slower than agreed."""

import asyncio
import io
import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress

from aiohttp import ClientResponse

from jikimi.model.errors import BadMedia, TryLater
from jikimi.model.ports import Limits

CHUNK = 64 * 2**10  # bytes


async def take_body(answer: ClientResponse, limits: Limits, grace: float) -> bytes:
    """Return the whole body, decoded if the server compressed it against our wish (gzip, deflate).

    `grace` is in seconds: every stretch of that length must bring `minimum_rate` bytes a second. Raises
    BadMedia (too large, other encodings, broken compression) and TryLater (too slow, ended early).
    """
    host = answer.url.raw_host
    inflater = _inflater(answer)
    if (answer.content_length or 0) > limits.max_bytes:
        raise BadMedia(f"{host} announces more than {limits.max_bytes} bytes, the most we take.")
    body, arrived = io.BytesIO(), 0
    async with aclosing(_chunks(answer, limits.minimum_rate, grace)) as chunks:
        async for chunk in chunks:
            arrived += len(chunk)
            for piece in (chunk,) if inflater is None else inflater.feed(chunk):
                if max(arrived, body.tell() + len(piece)) > limits.max_bytes:
                    raise BadMedia(f"{host} sends more than {limits.max_bytes} bytes, the most we take.")
                body.write(piece)
    if inflater is not None:
        inflater.check_end()
    return body.getvalue()


async def _chunks(answer: ClientResponse, minimum_rate: int, grace: float) -> AsyncGenerator[bytes, None]:
    """Yield the bytes as they arrive; TryLater as soon as one stretch of `grace` seconds brought too few."""
    now = asyncio.get_running_loop().time
    ends, arrived = now() + grace, 0
    while not answer.content.at_eof():
        chunk = b""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(ends):
                chunk = await answer.content.read(CHUNK)
        arrived += len(chunk)
        yield chunk
        if now() >= ends and not answer.content.at_eof():
            if arrived < minimum_rate * grace:
                raise TryLater(f"{answer.url.raw_host} sends less than {minimum_rate} bytes a second.")
            ends, arrived = now() + grace, 0


def encodings_of(answer: ClientResponse) -> list[str]:
    """Return the names of all encodings a body was put into, [] where it comes as it is."""
    listed = ",".join(answer.headers.getall("Content-Encoding", ())).lower().split(",")
    return [name.strip() for name in listed if name.strip() not in {"", "identity"}]


def _inflater(answer: ClientResponse) -> "_Inflater | None":
    """Return what undoes the answer's Content-Encoding, None if there is none, else BadMedia."""
    encodings = encodings_of(answer)
    if not encodings:
        return None
    if len(encodings) > 1 or encodings[0] not in {"gzip", "x-gzip", "deflate"}:
        raise BadMedia(f"{answer.url.raw_host} sends an encoding that was not asked for and is not opened.")
    return _Inflater(is_gzip=encodings[0] != "deflate")


class _Inflater:
    """Undoes gzip or deflate a little at a time, so that a bomb is noticed before it unfolds.

    What follows the first member is ignored, as Chromium does.
    """

    def __init__(self, *, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._stream: zlib._Decompress | None = None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield pieces of at most CHUNK bytes."""
        if self._stream is None and chunk:
            self._stream = zlib.decompressobj(self._window_bits(chunk[0]))
        is_full = False  # zlib may hold back some output although it took all input
        while self._stream is not None and not self._stream.eof and (chunk or is_full):
            try:
                piece = self._stream.decompress(chunk, CHUNK)
            except zlib.error as error:
                raise BadMedia("The body says it is compressed, but is not.") from error
            yield piece
            chunk, is_full = self._stream.unconsumed_tail, len(piece) == CHUNK

    def check_end(self) -> None:
        """Raise TryLater if the compressed body broke off; an empty body is not compressed at all."""
        if self._stream is not None and not self._stream.eof:
            raise TryLater("The body ended before it was complete.")

    def _window_bits(self, first: int) -> int:
        """Servers send "deflate" both with a zlib header (RFC 9110) and without; the first byte tells."""
        if self._is_gzip:
            return 16 + zlib.MAX_WBITS
        return zlib.MAX_WBITS if first & 0x0F == zlib.DEFLATED else -zlib.MAX_WBITS
