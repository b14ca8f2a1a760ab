"""Does the same thing once for all who ask at the same time: one fetch of an address, one look at a file."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Generic, TypeVar

from jikimi.model.fingerprint import Effort, Inspection, Picture
from jikimi.model.ports import Clock, Fetched, Fetcher, Limits, Sandbox
from jikimi.model.post import Secret

T = TypeVar("T")
REMEMBERED = timedelta(minutes=10)
MOST_BYTES = 32 * 2**20
"""Of fingerprints and previews that are remembered."""
EACH = 1024
"""Bytes a remembered answer takes beside them, at most."""


class SharedFetches:
    """A Fetcher for first looks: who asks for what is being fetched gets the same answer, or the same error.

    The same is the same address, limits and headers. Nothing is kept once it is there. `fetch_async` shares
    nothing. Re-checks and second looks are given `web` itself: they must see what is there now.
    """

    def __init__(self, web: Fetcher) -> None:
        self._web = web
        self._together: _Together[Fetched] = _Together()

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        """Fetch one address, from any thread."""
        return self._together.once(
            (url, limits, _digest(headers or {})), lambda: self._web.fetch(url, limits, headers)
        )

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        """Fetch one address, from any event loop."""
        return await self._web.fetch_async(url, limits, headers)


@dataclass(frozen=True, slots=True)
class _Kept:
    inspection: Inspection
    until: datetime
    size: int


class RecallingSandbox:
    """A Sandbox that remembers for ten minutes what a first look found in the same bytes.

    Fingerprints do not depend on references: what was found is the same, and the vault is asked anew. Only
    the digest, the fingerprints and the blurred preview are held, `MOST_BYTES` in all, the oldest forgotten
    first. References and closer looks are always read anew; what cannot be read is not remembered.
    """

    def __init__(self, sandbox: Sandbox, clock: Clock) -> None:
        self._sandbox = sandbox
        self._clock = clock
        self._kept: dict[bytes, _Kept] = {}
        self._size = 0
        self._lock = threading.Lock()
        self._together: _Together[Inspection] = _Together()

    def inspect(self, body: bytes, effort: Effort = Effort.FIRST) -> Inspection:
        """Decode and fingerprint one file, or say again what was found in it."""
        if effort is not Effort.FIRST:
            return self._sandbox.inspect(body, effort)
        digest = sha256(body).digest()
        return self._together.once(digest, lambda: self._recalled(digest, body))

    def render(self, body: bytes, longest_side: int) -> bytes:
        """Return the picture re-encoded as a clean JPEG."""
        return self._sandbox.render(body, longest_side)

    def codes(self, body: bytes) -> tuple[str, ...]:
        """Return what the QR codes in a picture or clip say."""
        return self._sandbox.codes(body)

    def pages(self, body: bytes) -> tuple[Picture, ...]:
        """Return the grey pictures that are read for letters."""
        return self._sandbox.pages(body)

    def _recalled(self, digest: bytes, body: bytes) -> Inspection:
        with self._lock:
            self._forget(MOST_BYTES)
            if digest in self._kept:
                return self._kept[digest].inspection
        found = self._sandbox.inspect(body, Effort.FIRST)
        size = EACH + len(found.preview) + sum(EACH + len(one.value) for one in found.fingerprints)
        with self._lock:
            if size <= MOST_BYTES:
                self._forget(MOST_BYTES - size)
                self._kept[digest] = _Kept(found, self._clock() + REMEMBERED, size)
                self._size += size
        return found

    def _forget(self, most: int) -> None:
        """Forget what is too old, and the oldest until the rest fits."""
        now = self._clock()
        while self._kept:
            digest, oldest = next(iter(self._kept.items()))
            if oldest.until > now and self._size <= most:
                return
            del self._kept[digest]
            self._size -= oldest.size


class _Together(Generic[T]):
    """Runs one call a key at a time; who comes meanwhile waits for its answer or error."""

    def __init__(self) -> None:
        self._running: dict[object, Future[T]] = {}
        self._lock = threading.Lock()

    def once(self, key: object, call: Callable[[], T]) -> T:
        with self._lock:
            running = self._running.get(key)
            if running is None:
                mine = self._running[key] = Future[T]()
        if running is not None:
            return running.result()
        try:
            mine.set_result(call())
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._running[key]
        return mine.result()


def _digest(headers: Mapping[str, Secret]) -> bytes:
    """Return what tells headers apart without holding them."""
    told = sorted((name.lower(), value.reveal()) for name, value in headers.items())
    return sha256(repr(told).encode("utf-8", "surrogatepass")).digest()
