"""Finds the file behind a player page: asks yt-dlp, in a warm process of its own behind our own proxy."""

import asyncio
import contextlib
import importlib.util
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import msgspec

from jikimi.media.addresses import AddressPolicy, read_address
from jikimi.media.connections import Resolve, system_lookups
from jikimi.media.egress import EgressProxy
from jikimi.media.players_process import Found
from jikimi.model.errors import JikimiError, Misconfigured, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Clock
from jikimi.model.post import MediaRef, Secret

INSTALL = "Option players: yt-dlp is not installed. Type: pip install 'jikimi[players]'"
PATIENCE = timedelta(seconds=25)
START = timedelta(seconds=60)
MOST_BYTES = 100 * 2**20  # of pages, in one life of the process
LIFE = 100  # pages
LONGEST_ANSWER = 2**18
LONGEST_TURN = timedelta(seconds=5)  # less than yt-dlp waits for an answer

Turn = Callable[[str], Awaitable[None]]


async def no_turn(host: str) -> None:
    """Let a host be asked at once."""


def are_installed() -> bool:
    """Tell whether yt-dlp is there; it is an extra of its own."""
    return importlib.util.find_spec("yt_dlp") is not None


class YtDlpPlayers:
    """The port Players (see model/ports.py). Nothing is started before the first page.

    One page is resolved at a time. A page that takes longer than `patience` costs the process its life, and
    has no media; so has one whose answer is too long. After a hundred pages the process is renewed.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        user_agent: str,
        clock: Clock,
        *,
        resolve: Resolve | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._policy = policy
        self._agent = user_agent
        self._clock = clock
        self._patience = patience.total_seconds()
        self._lookups = ThreadPoolExecutor(4, thread_name_prefix="lookup")
        self._resolve_name = resolve or system_lookups(self._lookups)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._held: _Held | None = None
        self._turn = asyncio.Lock()
        self._errand = _Errand(no_turn)

    def check(self) -> None:
        """Raise Misconfigured with what to type where yt-dlp is missing."""
        if not are_installed():
            raise Misconfigured(INSTALL)

    async def resolve(self, url: str, turn: Turn = no_turn) -> tuple[MediaRef, ...]:
        """Return the media of a page, () when none are known.

        `turn` is waited for before every connection to a host, on a loop of ours. What it raises is raised
        here, once yt-dlp gave up; TryLater where a turn takes longer than yt-dlp has patience.
        """
        self.check()
        try:
            self._policy.check(read_address(url))
        except JikimiError:
            return ()
        return await asyncio.wrap_future(self._submit(url, turn))

    @property
    def missing_walls(self) -> tuple[str, ...]:
        """Return which locks the running process could not close on this machine."""
        return () if self._held is None else self._held.missing

    def close(self) -> None:
        """End the process. Twice is fine."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            asyncio.run_coroutine_threadsafe(self._end(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()
            loop.close()
        self._lookups.shutdown(wait=False, cancel_futures=True)

    def _submit(self, url: str, turn: Turn) -> Future[tuple[MediaRef, ...]]:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="players", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(self._ask(url, turn), self._loop)

    async def _ask(self, url: str, turn: Turn) -> tuple[MediaRef, ...]:
        async with self._turn:
            if self._held is not None and self._held.is_spent:
                await self._end()
            self._errand = errand = _Errand(turn)
            found: tuple[MediaRef, ...] = ()
            try:
                if self._held is None:
                    self._held = await self._start()
                found = await self._held.ask(url, self._patience)
            except (TimeoutError, OSError, ValueError, msgspec.MsgspecError):
                await self._end()  # hung, dead, or it says what it should not
            except asyncio.CancelledError:
                await self._end()  # else its answer would be taken for that of the next page
                raise
            if errand.refusal is not None:
                raise errand.refusal
            return found

    async def _take_turn(self, host: str) -> None:
        await self._errand.turn(host)

    async def _start(self) -> "_Held":
        proxy = EgressProxy(
            self._policy, self._resolve_name, clock=self._clock, most_bytes=MOST_BYTES, turn=self._take_turn
        )
        await proxy.__aenter__()
        try:
            return await _Held.start(proxy, self._agent)
        except BaseException:
            await proxy.__aexit__()
            raise

    async def _end(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            await held.end()


class _Errand:
    """For whom one page is asked for: its turns, and why one was refused."""

    def __init__(self, turn: Turn) -> None:
        self.refusal: JikimiError | None = None
        self._turn = turn

    async def turn(self, host: str) -> None:
        try:
            async with asyncio.timeout(LONGEST_TURN.total_seconds()):
                await self._turn(host)
        except TimeoutError:
            self.refusal = TryLater(f"{host} asked for rest. The page is asked for again later.")
            raise self.refusal from None
        except JikimiError as error:
            self.refusal = error
            raise


class _Held:
    """A running process and its proxy."""

    def __init__(
        self, process: asyncio.subprocess.Process, proxy: EgressProxy, missing: tuple[str, ...]
    ) -> None:
        self.missing = missing
        self._process = process
        self._proxy = proxy
        self._asked = 0

    @classmethod
    async def start(cls, proxy: EgressProxy, agent: str) -> "_Held":
        """Start the process and wait until it is warm and shut in."""
        port = proxy.address.rpartition(":")[2]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "jikimi.media.players_process",
            port,
            agent,
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
            cwd="/",
            start_new_session=True,
            limit=LONGEST_ANSWER,
        )
        held = cls(process, proxy, ())
        try:
            held.missing = msgspec.json.decode(await held.line(START.total_seconds()), type=tuple[str, ...])
        except BaseException:
            await held.kill()
            raise
        return held

    @property
    def is_spent(self) -> bool:
        return self._asked >= LIFE or self._proxy.is_over or self._process.returncode is not None

    async def ask(self, url: str, patience: float) -> tuple[MediaRef, ...]:
        """Ask for one page."""
        self._asked += 1
        if self._process.stdin is None or not url.isprintable():
            return ()
        self._process.stdin.write(url.encode() + b"\n")
        await self._process.stdin.drain()
        files = msgspec.json.decode(await self.line(patience), type=list[Found])
        return tuple(_reference(file) for file in files)

    async def line(self, patience: float) -> bytes:
        """Read one line; ValueError for one that is too long, ConnectionError when the process ended."""
        if self._process.stdout is None:
            raise ConnectionError("no pipe")
        async with asyncio.timeout(patience):
            line = await self._process.stdout.readline()
        if not line:
            raise ConnectionError("the process ended")
        return line

    async def end(self) -> None:
        """End process and proxy."""
        await self.kill()
        await self._proxy.__aexit__()

    async def kill(self) -> None:
        """Kill the process and wait for its end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def _reference(file: Found) -> MediaRef:
    headers = {"Referer": Secret(file.referer)} if file.referer else {}
    return MediaRef(Kind(file.kind), file.url, headers, mime=file.mime or None)


def _environment() -> dict[str, str]:
    return {
        "PATH": "",
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
