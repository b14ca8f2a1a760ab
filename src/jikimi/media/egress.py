"""A proxy on loopback for the browser: connects to checked public addresses only, and counts the bytes."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Self

from jikimi.media.addresses import AddressPolicy, WebAddress, read_address
from jikimi.media.connections import LONGEST_HEADER, CheckedResolver, Resolve, checked_sockets
from jikimi.model.capture import Visit
from jikimi.model.errors import Blocked, JikimiError, TryLater
from jikimi.model.ports import Clock

CHUNK = 64 * 2**10
MOST_VISITS = 2_000  # connections of one page; more are refused
CONNECT_SECONDS = 10.0
HEAD_SECONDS = 30.0
ERRANDS = (
    "update.googleapis.com",
    "clients1.google.com",
    "clients2.google.com",
    "clientservices.googleapis.com",
    "optimizationguide-pa.googleapis.com",
    "content-autofill.googleapis.com",
    "safebrowsing.googleapis.com",
    "edgedl.me.gvt1.com",
)
"""Where a browser goes on errands of its own, which no page asks for."""

_HOP = {"connection", "proxy-connection", "keep-alive", "te", "upgrade", "proxy-authorization"}


@dataclass(frozen=True, slots=True)
class _Head:
    """The first lines of a request: method, target and the header lines as they came."""

    method: str
    target: str
    lines: tuple[str, ...]

    def header(self, name: str) -> str:
        for line in self.lines:
            key, _, value = line.partition(":")
            if key.strip().lower() == name:
                return value.strip()
        return ""


class EgressProxy:
    """HTTP forward and CONNECT on 127.0.0.1, for one page. Use it as `async with EgressProxy(…) as proxy`.

    Names are asked once a connection and the checked address is connected to, so a name server that changes
    its mind (DNS rebinding) gains nothing. What is refused or fails is answered by us, marked by a header
    with a secret value (`mark`) that no site knows. After `most_bytes` in all, everything is cut off.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        resolve: Resolve,
        *,
        clock: Clock,
        most_bytes: int,
        idle: timedelta = timedelta(seconds=20),
        turn: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """`idle` is how long a connection may be silent before it is closed.

        `turn` is waited for before a host is connected to; what it raises refuses the connection.
        """
        self.visits: list[Visit] = []
        self.refused: list[str] = []  # why, of what the page asked for
        self.mark = token_hex(16)
        self.is_over = False
        self._policy = policy
        self._resolve = resolve
        self._clock = clock
        self._left = most_bytes
        self._idle = idle.total_seconds()
        self._turn = turn
        self._attended: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._is_closed = False

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=LONGEST_HEADER)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_closed = True
        self._server.close()
        for task, writer in self._attended.items():
            task.cancel()
            writer.close()  # a task that never began closes nothing itself
        await asyncio.gather(*self._attended, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def address(self) -> str:
        """Return what a browser is told: http://127.0.0.1:PORT."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_closed:
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._attend(reader, writer))
        self._attended[task] = writer
        task.add_done_callback(self._attended.pop)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # the browser went away, or sent what no browser sends
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await _read_head(reader)
        is_tunnel = head.method == "CONNECT"
        try:
            address = read_address(f"https://{head.target}" if is_tunnel else head.target)
            server = await self._open(address)
        except JikimiError as error:
            await self._refuse(writer, 403 if isinstance(error, Blocked) else 502, str(error))
            return
        try:
            if is_tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await self._both_ways((reader, writer), server)
            else:
                await self._forward(head, address, (reader, writer), server)
        finally:
            server[1].close()
            with contextlib.suppress(OSError):
                await server[1].wait_closed()

    async def _open(self, address: WebAddress) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the first permitted address that answers, else Blocked or TryLater; a visit is noted."""
        answers: list[str] = []

        async def ask(host: str, port: int) -> list[str]:
            answers.extend(await self._resolve(host, port))
            return answers

        refusal = "no address answered"
        try:
            self._check(address)
            if self._turn is not None:
                await self._turn(address.host)
            for found in await CheckedResolver(self._policy, ask).resolve(address.host, address.port):
                try:
                    opened = await self._connect(found["host"], address.port)
                except (OSError, TimeoutError):
                    continue
                self._note(address, answers, found["host"], "")
                return opened
        except OSError:
            refusal = "the name has no address"
        except Blocked as error:
            self._note(address, answers, "", str(error))
            if address.host not in ERRANDS:
                self.refused.append(str(error))
            raise
        self._note(address, answers, "", refusal)
        raise TryLater(f"{address.host} cannot be reached.")

    def _check(self, address: WebAddress) -> None:
        if self.is_over or len(self.visits) >= MOST_VISITS:
            raise Blocked("The page takes more than it may. Open it by hand.")
        if address.host in ERRANDS:
            raise Blocked("An errand of the browser's own; it is not part of the page.")
        self._policy.check(address)

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        make = checked_sockets(self._policy)
        own = make((family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port)))
        own.setblocking(False)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await asyncio.get_running_loop().sock_connect(own, (host, port))
                return await asyncio.open_connection(sock=own, limit=LONGEST_HEADER)
        except BaseException:
            own.close()
            raise

    def _note(self, address: WebAddress, answers: list[str], used: str, refusal: str) -> None:
        seen = tuple(dict.fromkeys(answers))
        if len(self.visits) < MOST_VISITS:
            self.visits.append(Visit(address.host, address.port, seen, used, refusal, self._clock()))

    async def _refuse(self, writer: asyncio.StreamWriter, status: int, reason: str) -> None:
        body = reason.encode()
        writer.write(
            f"HTTP/1.1 {status} Not visited\r\nX-Jikimi-Refused: {self.mark}\r\nConnection: close\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        await writer.drain()

    async def _forward(
        self,
        head: _Head,
        address: WebAddress,
        browser: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Pass one request on, in origin form, and its answer back; then the connection ends.

        One request a connection: the next one of the browser may be for another host.
        """
        kept = [line for line in head.lines if line.partition(":")[0].strip().lower() not in _HOP]
        lines = (f"{head.method} {address.target} HTTP/1.1", *kept, "Connection: close", "", "")
        server[1].write("\r\n".join(lines).encode("latin-1"))
        body = asyncio.create_task(self._pass_body(head, browser[0], server[1]))
        try:
            answer = await server[0].readuntil(b"\r\n\r\n")
            browser[1].write(_closing(answer))
            await self._pour(server[0], browser[1])
        finally:
            body.cancel()
            await asyncio.gather(body, return_exceptions=True)

    async def _pass_body(
        self, head: _Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        left = int(head.header("content-length") or 0)
        if head.header("transfer-encoding"):
            raise ValueError("browsers send bodies of a known length")
        while left > 0 and (chunk := await reader.read(min(CHUNK, left))):
            left -= len(chunk)
            writer.write(chunk)
            await writer.drain()

    async def _both_ways(
        self,
        browser: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        ways = [
            asyncio.create_task(self._pour(browser[0], server[1])),
            asyncio.create_task(self._pour(server[0], browser[1])),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(self._idle):
                chunk = await reader.read(CHUNK)
            self._left -= len(chunk)
            if not chunk:
                return
            if self._left < 0:
                self.is_over = True
                raise OSError(errno.EDQUOT, "the page takes more bytes than it may")
            writer.write(chunk)
            await writer.drain()


async def _read_head(reader: asyncio.StreamReader) -> _Head:
    async with asyncio.timeout(HEAD_SECONDS):
        raw = await reader.readuntil(b"\r\n\r\n")
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, version = first.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError("not HTTP/1")
    return _Head(method, target, tuple(lines))


def _closing(answer: bytes) -> bytes:
    """Return an answer's head with "Connection: close", so that the browser asks nothing more on it."""
    first, *lines = answer.decode("latin-1").rstrip("\r\n").split("\r\n")
    kept = [line for line in lines if line.partition(":")[0].strip().lower() not in _HOP]
    return "\r\n".join((first, *kept, "Connection: close", "", "")).encode("latin-1")
