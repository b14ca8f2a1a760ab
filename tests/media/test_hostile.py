"""Every way out of a source meets hostile addresses, names and servers: each is refused, none is reached."""
# a server, what is asked of it, and what comes of that stand in this order

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.asyncresolver
import dns.message
import dns.rrset
import pytest
from dns.exception import DNSException
from dns.resolver import NoAnswer
from scripted_web import Talk, says, scripted

from jikimi.media.addresses import AddressPolicy
from jikimi.media.connections import Resolve
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.web import GuardedWeb
from jikimi.model.errors import BadMedia, Blocked, JikimiError, Misconfigured, TryLater
from jikimi.model.ports import Limits, Web
from jikimi.model.post import Secret

pytestmark = pytest.mark.asyncio
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Serve = Callable[..., str]
WAYS = ("fetch", "post", "lines", "socket")
SOON = timedelta(seconds=1)
SMALL = Limits(max_bytes=10_000, deadline=SOON, max_redirects=3)
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
PAGES = {"http": "ws", "https": "wss"}

ADDRESSES = {
    "loopback": "http://127.0.0.1/", "loopback, other": "http://127.0.0.2:{port}/",
    "loopback, IPv6": "http://[::1]:{port}/", "loopback, mapped": "http://[::ffff:127.0.0.1]:{port}/",
    "loopback, decimal": "http://2130706433:{port}/", "loopback, hexadecimal": "http://0x7f000001:{port}/",
    "loopback, octal": "http://0177.0.0.1:{port}/", "loopback, short": "http://127.1:{port}/",
    "loopback, zero": "http://0:{port}/", "unspecified": "http://0.0.0.0:{port}/",
    "metadata": "http://169.254.169.254/latest/", "metadata, IPv6": "http://[fd00:ec2::254]/",
    "metadata, decimal": "http://2852039166/", "metadata, mapped": "http://[::ffff:a9fe:a9fe]/",
    "shared": "http://100.64.0.1/", "private": "http://10.0.0.1/", "private with TLS": "https://10.0.0.1/",
    "NAT64": "http://[64:ff9b::7f00:1]:{port}/", "NAT64 of private": "http://[64:ff9b::a00:1]/",
    "6to4": "http://[2002:7f00:1::]/", "unique local": "http://[fc00::1]/",
    "link-local": "http://[fe80::1]/", "zone": "http://[fe80::1%25lo]:{port}/",
    "multicast": "http://224.0.0.1/", "file": "file:///etc/passwd", "gopher": "gopher://127.0.0.1:{port}/_x",
    "data": "data:text/plain,x", "ftp": "ftp://127.0.0.1:{port}/", "dict": "dict://127.0.0.1:{port}/x",
    "user": "http://site.example@127.0.0.1:{port}/", "user and password": "http://a:b@127.0.0.1:{port}/",
    "ssh": "http://1.1.1.1:22/", "mail": "http://site.example:25/", "redis": "http://127.0.0.1:6379/",
    "port zero": "http://127.0.0.1:0/", "port too large": "http://127.0.0.1:99999/",
    "fullwidth": "http://１２７.０.０.１:{port}/", "ideographic dots": "http://127。0。0。1:{port}/",
    "circled": "http://①②⑦.⓪.⓪.①:{port}/", "escaped": "http://127%2e0.0.1:{port}/",
    "line break": "http://127.0.0.1:{port}/\r\nX: y", "line break in the host": "http://a\r\n.example/",
    "backslash": "http://site.example\\@127.0.0.1:{port}/", "null": "http://127.0.0.1:{port}\0.example/",
}  # fmt: skip

NAMES: dict[str, tuple[tuple[str, str], ...]] = {
    "IPv4 inside": (("A", "127.0.0.2"),),
    "metadata": (("A", "169.254.169.254"),),
    "private": (("A", "10.0.0.1"), ("A", "192.168.0.1")),
    "IPv6 only, loopback": (("AAAA", "::1"),),
    "IPv6 only, unique local": (("AAAA", "fd00::1"),),
    "IPv6 only, mapped": (("AAAA", "::ffff:127.0.0.1"),),
    "IPv6 only, NAT64": (("AAAA", "64:ff9b::7f00:1"),),
    "IPv6 only, 6to4": (("AAAA", "2002:7f00:1::"),),
    "both inside": (("A", "127.0.0.2"), ("AAAA", "::1")),
    "public address, odd port": (("A", "1.1.1.1"),),
    "one alias": (("CNAME", "inner.example."), ("A", "127.0.0.2")),
    "alias of alias": (("CNAME", "b.example."), ("CNAME", "c.example."), ("A", "10.0.0.1")),
    "alias to IPv6": (("CNAME", "b.example."), ("AAAA", "::1")),
}


class Names(asyncio.DatagramProtocol):
    """A name server on loopback: `zone` gives the records by how often a name's addresses were asked for."""

    def __init__(self, zone: Callable[[int], Sequence[tuple[str, str]]]) -> None:
        self.zone = zone
        self.asked = 0

    def connection_made(self, transport: Any) -> None:
        self.door = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        kind = query.question[0].rdtype.name
        records = self.zone(self.asked)
        self.asked += kind == "A"
        answer, name = dns.message.make_response(query), query.question[0].name.to_text()
        for one, value in records:
            if one in {kind, "CNAME"}:
                answer.answer.append(dns.rrset.from_text(name, 0, "IN", one, value))
            name = value if one == "CNAME" else name
        self.door.sendto(answer.to_wire(), addr)

    async def resolve(self, host: str, _port: int) -> list[str]:
        """Ask over the wire. Implements Resolve; IPv6 first, so that both are of one count."""
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port, resolver.cache = ["127.0.0.1"], self.port, None
        found: list[str] = []
        for kind in ("AAAA", "A"):
            try:
                found += [record.to_text() for record in await resolver.resolve(host, kind, lifetime=5)]
            except NoAnswer:
                continue
            except DNSException as error:
                raise OSError("no answer") from error
        return found


@asynccontextmanager
async def names(zone: Callable[[int], Sequence[tuple[str, str]]]) -> AsyncIterator[Names]:
    door, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Names(zone), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        door.close()


@asynccontextmanager
async def way_out(policy: AddressPolicy, resolve: Resolve | None = None) -> AsyncIterator[Web]:
    with GuardedFetcher(
        policy, user_agent="test", clock=lambda: NOW, resolve=resolve, grace=timedelta(seconds=0.2)
    ) as pages:
        yield GuardedWeb(
            pages, policy, "test", lambda: NOW, resolve=resolve, open_within=SOON,
            grace=timedelta(seconds=0.2),
        )  # fmt: skip


async def go(web: Web, way: str, url: str, headers: Mapping[str, Secret] | None = None) -> None:
    """Use one way out to the end, a few lines or messages of it."""
    if way == "fetch":
        await web.fetch_async(url, SMALL, headers)
    elif way == "post":
        await web.post_async(url, b"x", SMALL, headers or {})
    elif way == "lines":
        async with web.lines(url, headers or {}, silence=SOON, longest=1000) as lines:
            async for _ in lines:
                pass
    else:
        scheme, sign, rest = url.partition("://")
        async with web.socket(PAGES.get(scheme, scheme) + sign + rest, headers or {}, silence=SOON) as opened:
            await opened.receive()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("url", ADDRESSES.values(), ids=ADDRESSES.keys())
async def test_an_address_inside_or_in_disguise_is_refused(
    way: str, url: str, serve: Serve, servers: Any, seen: list[Any]
) -> None:
    del serve  # it insists that nothing reached the shut doors
    inside = servers.address("inside")[1]
    async with way_out(AddressPolicy(frozenset({("127.0.0.3", inside)}))) as web:
        with pytest.raises(Blocked):
            await go(web, way, url.replace("{port}", str(inside)))
    assert seen == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("records", NAMES.values(), ids=NAMES.keys())
async def test_a_name_that_leads_inside_is_refused(
    way: str,
    records: Sequence[tuple[str, str]],
    serve: Serve,
    servers: Any,
    policy: AddressPolicy,
    seen: list[Any],
) -> None:
    del serve
    async with names(lambda _: records) as server, way_out(policy, server.resolve) as web:
        with pytest.raises(Blocked, match="leads to an address that is not public"):
            await go(web, way, f"http://site.example:{servers.address('here')[1]}/")
        assert server.asked >= 1
    assert seen == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("second", ["127.0.0.2", "169.254.169.254", "10.0.0.1"])
async def test_a_name_that_answers_differently_the_second_time_is_refused(
    way: str, second: str, serve: Serve, policy: AddressPolicy, seen: list[Any]
) -> None:
    url = serve(HELLO).replace("127.0.0.1", "site.example")

    def zone(asked: int) -> list[tuple[str, str]]:
        return [("A", second if asked else "127.0.0.1")]

    async with names(zone) as server, way_out(policy, server.resolve) as web:
        assert (await web.fetch_async(url, SMALL)).address == "127.0.0.1"
        assert server.asked == 1  # checked and connected to with one question, so there was no second answer
        with pytest.raises(Blocked, match="not public"):
            await go(web, way, url)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "mixed",
    [("127.0.0.2", "127.0.0.1"), ("10.0.0.1", "127.0.0.1", "169.254.169.254"), ("127.0.0.1", "100.64.0.1")],
)
async def test_of_mixed_answers_those_inside_are_refused_and_never_connected_to(
    mixed: Sequence[str], serve: Serve, policy: AddressPolicy
) -> None:
    url = serve(HELLO).replace("127.0.0.1", "site.example")
    zone = [("A", address) for address in mixed] + [("AAAA", "::1")]
    async with names(lambda _: zone) as server, way_out(policy, server.resolve) as web:
        assert (await web.fetch_async(url, SMALL)).address == "127.0.0.1"
        assert (await web.post_async(url, b"x", SMALL, {})).address == "127.0.0.1"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("url", ADDRESSES.values(), ids=ADDRESSES.keys())
async def test_a_redirect_inside_is_refused(
    way: str, url: str, serve: Serve, servers: Any, policy: AddressPolicy, seen: list[Any]
) -> None:
    target = url.replace("{port}", str(servers.address("inside")[1])).encode().replace(b"\0", b"%00")
    if b"\r\n" in target:
        target = (
            b"http://127.0.0.2/"  # a line break ends the header: what follows is one more of the server's
        )
    answer = b"HTTP/1.1 302 Go\r\nContent-Length: 0\r\nLocation: " + target + b"\r\n\r\n"
    async with way_out(policy) as web:
        with pytest.raises((Blocked, TryLater)) as refused:
            await go(web, way, serve(answer))
    assert refused.type is Blocked or not target.isascii()
    assert len(seen) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["X-A\r\nHost", "X A", "", "Host", "X-A:"])
async def test_a_header_name_that_breaks_out_is_refused(
    way: str, name: str, serve: Serve, policy: AddressPolicy
) -> None:
    async with way_out(policy) as web:
        with pytest.raises(Misconfigured):
            await go(web, way, serve(HELLO), {name: Secret("x")})


async def endless_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n" * 100)
        await writer.drain()


async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


BOMB = gzip.compress(bytes(1_000_000))
SERVERS: dict[str, Talk] = {
    "gzip bomb": says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", BOMB),
    "endless headers": endless_headers,
    "length that lies, more": says(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf"),
    "length without end": says(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 60 + b"\r\n\r\n"),
    "two lengths": says(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    "length and chunks": says(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "hangs up": says(),
    "hangs up in the head": says(b"HTTP/1.1 200 OK\r\nConte"),
    "HTTP/0.9": says(b"<html>hello</html>\r\n\r\n"),
    "mail server": says(b"220 mail.example ESMTP\r\n\r\n"),
    "TLS": says(b"\x15\x03\x01\x00\x02\x02\x50\r\n\r\n"),
    "drip": drip,
    "nothing": says(is_over=False),
}


# a stream of lines may be slow: one without end is refused by its length, as test_web.py says
MEETINGS = [(way, name) for name in SERVERS for way in WAYS if (way, name) != ("lines", "drip")]


@pytest.mark.parametrize(("way", "name"), MEETINGS)
async def test_a_server_that_lies_floods_or_drips_is_refused(way: str, name: str) -> None:
    talk = SERVERS[name]
    async with asyncio.timeout(20), scripted(talk) as script:
        policy = AddressPolicy(frozenset({("127.0.0.1", int(script.address.split(":")[1]))}))
        async with way_out(policy) as web:
            with pytest.raises(JikimiError) as refused:
                await go(web, way, f"http://{script.address}/")
            assert refused.type in {TryLater, BadMedia}
        if script.heads:
            await script.left.wait()
