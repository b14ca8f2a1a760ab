"""Lets the story fetch files of Telegram messages, which do not come over the web, through the same door."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Protocol
from urllib.parse import unquote

from jikimi.model.errors import BadMedia, Blocked, Misconfigured, TryLater
from jikimi.model.ports import Clock, Fetched, Fetcher, Limits
from jikimi.model.post import Secret

SCHEME = "telegram://"
ADDRESS = re.compile(r"telegram://([^/?#]+)/([a-z][a-z0-9_]{3,31})/([1-9][0-9]{0,14})")


class Files(Protocol):
    """Files of messages, with an account that was handed in. Raises errors named by what to do."""

    def pieces(self, channel: str, message: int) -> AsyncIterator[bytes]:
        """Give a message's file, piece by piece."""
        ...


class TelegramDoor:
    """A Fetcher that reads `telegram://<watch>/<channel>/<message>`; the rest is for `web`.

    Answers with status 200, no address and no headers. Bytes are counted as they come (BadMedia above the
    cap), the deadline bounds the whole (TryLater), a watch without an account is Misconfigured. A redirect
    never leads here: web fetchers know no such scheme. Connections live in a thread of their own.
    """

    def __init__(self, accounts: Mapping[str, Files], web: Fetcher, *, clock: Clock) -> None:
        self._accounts = accounts  # the mapping itself: watches are added while the house runs
        self._web = web
        self._clock = clock
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        """Fetch one address, from any thread."""
        if not url.startswith(SCHEME):
            return self._web.fetch(url, limits, headers)
        return asyncio.run_coroutine_threadsafe(self._read(url, limits), self._running()).result()

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        """Fetch one address, from any event loop."""
        if not url.startswith(SCHEME):
            return await self._web.fetch_async(url, limits, headers)
        future = asyncio.run_coroutine_threadsafe(self._read(url, limits), self._running())
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """End the thread, if one was needed."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True)
                self._thread.start()
            return self._loop

    async def _read(self, url: str, limits: Limits) -> Fetched:
        named = ADDRESS.fullmatch(url)
        if named is None:
            raise Blocked("A telegram address names a watch, a channel and a message.")
        files = self._accounts.get(unquote(named[1]))
        if files is None:
            raise Misconfigured("A Telegram file of no watch was asked for. Add the channel's watch again.")
        try:
            async with asyncio.timeout(limits.deadline.total_seconds()):
                body = await _taken(files.pieces(named[2], int(named[3])), limits.max_bytes)
        except TimeoutError as error:
            raise TryLater(f"No whole file within {limits.deadline.total_seconds():g} seconds.") from error
        return Fetched(url=url, hops=(url,), address="", status=200, headers=(), body=body, at=self._clock())


async def _taken(pieces: AsyncIterator[bytes], most: int) -> bytes:
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > most:
            raise BadMedia(f"The file has more than {most} bytes, the most we take.")
    return bytes(body)
