"""Loopback servers that say exactly what a test wants, however wrong, and fetchers that may visit some."""

import asyncio
import socket
import ssl
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.model.ports import Fetched, Limits
from jikimi.model.post import Secret

sys.path.append(str(Path(__file__).parent))

Reply = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]
Seen = tuple[str, str, dict[str, str]]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DOORS = ("here", "elsewhere", "safe")  # may be visited; "inside" (127.0.0.2) and "shut" may not
QUICK = Limits(max_bytes=100_000, deadline=timedelta(seconds=20), minimum_rate=1024, max_redirects=3)


class Servers:
    """Five listeners on one loop in a thread; `replies` by path, `seen` requests as (door, path, headers)."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.replies: dict[str, Reply] = {}
        self.seen: list[Seen] = []
        self.names = count()
        self.sockets = {"shut": _listen("127.0.0.1", 0), "elsewhere": _listen("127.0.0.1", 0)}
        self.sockets["safe"] = _listen("127.0.0.1", 0)
        self.sockets["here"], self.sockets["inside"] = _listen_twice()
        self._answering: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._tls = tls
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def address(self, door: str) -> tuple[str, int]:
        host, port = self.sockets[door].getsockname()
        return str(host), int(port)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        opened = [
            await asyncio.start_server(
                self._answer(door), sock=sock, ssl=self._tls if door == "safe" else None
            )
            for door, sock in self.sockets.items()
        ]
        self._ready.set()
        await self._stop.wait()
        for server in opened:
            server.close()
        await asyncio.sleep(0)
        for task, writer in self._answering.items():
            task.cancel()
            writer.close()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def _answer(self, door: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._one_reply(door, reader, writer)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(answer(reader, writer))
            self._answering[task] = writer
            task.add_done_callback(self._answering.pop)

        return accept

    async def _one_reply(self, door: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = request[0].split(" ")[1]
        self.seen.append((door, path, dict(line.lower().split(": ", 1) for line in request[1:] if line)))
        reply = self.replies[path.partition("?")[0]]
        if isinstance(reply, bytes):
            writer.write(reply)
            await writer.drain()
            return
        talking, hung_up = asyncio.ensure_future(reply(writer)), asyncio.ensure_future(reader.read())
        await asyncio.wait({talking, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        for task in (talking, hung_up):
            task.cancel()
        await asyncio.gather(talking, hung_up, return_exceptions=True)


def _listen(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port))


def _listen_twice() -> tuple[socket.socket, socket.socket]:
    """Two loopback addresses, one port number: what a rebinding name switches between."""
    while True:
        first = _listen("127.0.0.1", 0)
        try:
            return first, _listen("127.0.0.2", first.getsockname()[1])
        except OSError:
            first.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that only those who are told so trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "loopback.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + signed.public_bytes(pem)
    )
    return path


@pytest.fixture(scope="session")
def servers(certificate: Path) -> Iterator[Servers]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    opened = Servers(tls)
    yield opened
    opened.close()


@pytest.fixture
def seen(servers: Servers) -> list[Seen]:
    """The requests that reached any server during this test."""
    servers.seen.clear()
    return servers.seen


@pytest.fixture
def serve(servers: Servers, seen: list[Seen]) -> Iterator[Callable[..., str]]:
    """`serve(reply, door="here")` puts a reply behind a fresh path and returns its URL.

    Whatever a test does, nothing may ever have reached the doors that are not open.
    """

    def put(reply: Reply, door: str = "here") -> str:
        path = f"/{next(servers.names)}"
        servers.replies[path] = reply
        host, port = servers.address(door)
        return f"{'https' if door == 'safe' else 'http'}://{host}:{port}{path}"

    yield put
    servers.replies.clear()
    assert [door for door, _, _ in seen if door not in DOORS] == []


@pytest.fixture(scope="session")
def policy(servers: Servers) -> AddressPolicy:
    return AddressPolicy(frozenset(servers.address(door) for door in DOORS))


@pytest.fixture
def open_fetcher(policy: AddressPolicy) -> Iterator[Callable[..., GuardedFetcher]]:
    """Open fetchers with special wishes; they are closed after the test."""
    opened: list[GuardedFetcher] = []

    def build(**wishes: object) -> GuardedFetcher:
        options = {"user_agent": "jikimi-test", "clock": lambda: NOW} | wishes
        opened.append(GuardedFetcher(policy, **options))  # type: ignore[arg-type]  # wishes are few
        return opened[-1]

    yield build
    for fetcher in opened:
        fetcher.close()


@pytest.fixture(scope="session")
def fetcher(policy: AddressPolicy, certificate: Path) -> Iterator[GuardedFetcher]:
    """One fetcher that trusts the test certificate."""
    with GuardedFetcher(
        policy,
        user_agent="jikimi-test",
        clock=lambda: NOW,
        tls=ssl.create_default_context(cafile=str(certificate)),
    ) as opened:
        yield opened


@pytest.fixture
def visit(fetcher: GuardedFetcher) -> Callable[..., Fetched]:
    """Fetch with small limits."""

    def fetch(url: str, limits: Limits = QUICK, headers: dict[str, Secret] | None = None) -> Fetched:
        return fetcher.fetch(url, limits, headers)

    return fetch
