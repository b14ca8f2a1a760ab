"""The browser's only way out: public addresses, named ports, bounded bytes, one request a connection."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.egress import ERRANDS, EgressProxy

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Serve = Callable[..., str]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def through(
    policy: AddressPolicy,
    visit: Callable[[EgressProxy], Awaitable[object]],
    names: dict[str, list[str]] | None = None,
    most_bytes: int = 100_000,
    idle: timedelta = timedelta(seconds=20),
) -> EgressProxy:
    async def resolve(host: str, port: int) -> list[str]:
        del port
        if names is None:
            return [host]
        if host not in names:
            raise OSError("no such name")
        return [names[host].pop(0)] if len(names[host]) > 1 else list(names[host])

    async def run() -> EgressProxy:
        async with EgressProxy(policy, resolve, clock=lambda: NOW, most_bytes=most_bytes, idle=idle) as proxy:
            await visit(proxy)
            return proxy

    return asyncio.run(run())


async def raw(proxy: EgressProxy, request: bytes) -> bytes:
    host, port = proxy.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    try:
        return await reader.read()
    finally:
        writer.close()


def get(url: str) -> Callable[[EgressProxy], Awaitable[tuple[int, str, str]]]:
    async def visit(proxy: EgressProxy) -> tuple[int, str, str]:
        async with aiohttp.ClientSession() as session, session.get(url, proxy=proxy.address) as answer:
            said = await answer.text()
            answers.append((answer.status, said, answer.headers.get("X-Jikimi-Refused", "")))
            return answers[-1]

    answers: list[tuple[int, str, str]] = []
    visit.answers = answers  # type: ignore[attr-defined]  # what a test looks at
    return visit


def test_a_permitted_page_passes_and_the_visit_is_noted(policy: AddressPolicy, serve: Serve) -> None:
    url = serve(OK)
    visit = get(url)
    proxy = through(policy, visit)
    assert visit.answers == [(200, "hello", "")]
    (noted,) = proxy.visits
    assert (noted.host, noted.address, noted.answers, noted.refusal) == (
        "127.0.0.1",
        "127.0.0.1",
        ("127.0.0.1",),
        "",
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://user:password@127.0.0.1/",
    ],
)
def test_what_is_not_public_is_refused_before_anything_is_sent(policy: AddressPolicy, url: str) -> None:
    async def visit(proxy: EgressProxy) -> None:
        request = f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        said = await raw(proxy, request)
        assert said.startswith(b"HTTP/1.1 403")
        assert f"X-Jikimi-Refused: {proxy.mark}".encode() in said

    through(policy, visit)


@pytest.mark.parametrize("target", ["127.0.0.1:22", "127.0.0.1:443", "example.invalid:25", "[::1]:443"])
def test_a_tunnel_to_another_port_or_inside_is_refused(policy: AddressPolicy, target: str) -> None:
    async def visit(proxy: EgressProxy) -> None:
        said = await raw(proxy, f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        assert said.startswith((b"HTTP/1.1 403", b"HTTP/1.1 502"))

    through(policy, visit, names={})


def test_a_name_that_turns_to_an_inside_address_gains_nothing(policy: AddressPolicy, serve: Serve) -> None:
    port = serve(OK).split(":")[2].partition("/")[0]
    visit = get(f"http://rebinding.example:{port}/")
    proxy = through(policy, visit, names={"rebinding.example": ["127.0.0.2"]})
    assert visit.answers[0][0] == 403
    assert "not public" in proxy.visits[0].refusal
    assert proxy.visits[0].answers == ("127.0.0.2",)


def test_a_name_is_asked_once_and_its_checked_address_is_used(policy: AddressPolicy, serve: Serve) -> None:
    url = serve(OK)
    port, path = url.split(":")[2].split("/")
    names = {"board.example": ["127.0.0.1", "127.0.0.2"]}
    visit = get(f"http://board.example:{port}/{path}")
    proxy = through(policy, visit, names=names)
    assert visit.answers[0][:2] == (200, "hello")
    assert names["board.example"] == ["127.0.0.2"]
    assert proxy.visits[0].address == "127.0.0.1"


@pytest.mark.parametrize("host", ERRANDS)
def test_the_browsers_own_errands_are_not_run(policy: AddressPolicy, host: str) -> None:
    async def visit(proxy: EgressProxy) -> None:
        said = await raw(proxy, f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())
        assert said.startswith(b"HTTP/1.1 403")

    assert "errand" in through(policy, visit, names={}).visits[0].refusal


def test_a_tunnel_carries_both_ways(policy: AddressPolicy, serve: Serve) -> None:
    url = serve(OK)
    door, path = url.removeprefix("http://").split("/")

    async def visit(proxy: EgressProxy) -> None:
        host, port = proxy.address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"CONNECT {door} HTTP/1.1\r\nHost: {door}\r\n\r\n".encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.write(f"GET /{path} HTTP/1.1\r\nHost: {door}\r\n\r\n".encode())
        assert (await reader.read()).endswith(b"hello")
        writer.close()

    through(policy, visit)


def test_a_page_is_cut_off_at_its_bytes_and_nothing_more_is_opened(
    policy: AddressPolicy, serve: Serve
) -> None:
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000
    url, other = serve(large), serve(OK)

    async def visit(proxy: EgressProxy) -> None:
        said = await raw(proxy, f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert len(said) <= 100_200
        assert proxy.is_over
        assert (await raw(proxy, f"GET {other} HTTP/1.1\r\nHost: x\r\n\r\n".encode())).startswith(
            b"HTTP/1.1 403"
        )

    through(policy, visit)


def test_a_silent_server_is_left(policy: AddressPolicy, serve: Serve) -> None:
    async def silent(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1")
        await writer.drain()
        await asyncio.Event().wait()

    url = serve(silent)

    async def visit(proxy: EgressProxy) -> None:
        async with asyncio.timeout(10):
            said = await raw(proxy, f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert said.endswith(b"\r\n\r\n1")

    through(policy, visit, idle=timedelta(milliseconds=100))


def test_hop_headers_stay_here_and_each_connection_carries_one_request(
    policy: AddressPolicy, serve: Serve, seen: list[tuple[str, str, dict[str, str]]]
) -> None:
    url = serve(OK)

    async def visit(proxy: EgressProxy) -> None:
        request = (
            f"GET {url} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: secret\r\nConnection: keep-alive\r\n\r\n"
        )
        said = await raw(proxy, (request + request).encode())
        assert said.count(b"HTTP/1.1 200") == 1
        assert b"Connection: close" in said

    through(policy, visit)
    (one,) = seen
    assert "proxy-authorization" not in one[2]
    assert one[2]["connection"] == "close"


@pytest.mark.parametrize(
    "request_",
    [b"", b"nonsense\r\n\r\n", b"GET / HTTP/2\r\n\r\n", b"GET file:///etc/passwd HTTP/1.1\r\n\r\n"],
)
def test_what_no_browser_sends_ends_the_connection_only(policy: AddressPolicy, request_: bytes) -> None:
    async def visit(proxy: EgressProxy) -> None:
        host, port = proxy.address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request_)
        writer.write_eof()
        said = await reader.read()
        assert said == b"" or said.startswith(b"HTTP/1.1 403")
        writer.close()

    assert through(policy, visit).visits == []
