"""Opens connections to checked addresses only, whatever a name, a redirect or a name server says."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any

from aiohttp import (
    AddrInfoType,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    TraceConfig,
    TraceConnectionCreateEndParams,
    TraceConnectionReuseconnParams,
    TraceRequestRedirectParams,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection

from jikimi.media.addresses import ALLOW, AddressPolicy
from jikimi.model.errors import Blocked

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Returns the IP addresses of a host, asked with the port; raises OSError when there is no answer."""

LONGEST_HEADER = 16 * 2**10  # bytes; policy headers of large sites exceed 8 KiB
MOST_HEADERS = 128
REDIRECTS = {301, 302, 303, 307, 308}
CONNECTIONS = 64
CONNECTIONS_PER_HOST = 4


def system_lookups(threads: Executor) -> Resolve:
    """Return a resolver that asks the operating system, on threads of its own: it cannot be interrupted."""

    async def resolve(host: str, port: int) -> list[str]:
        def ask() -> list[str]:
            found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
            return [str(address[0]) for _, _, _, _, address in found]

        return await asyncio.get_running_loop().run_in_executor(threads, ask)

    return resolve


class CheckedResolver(AbstractResolver):
    """Hands the connector only addresses that may be visited; these exact ones are connected to.

    So a name that answers differently the second time (DNS rebinding) gains nothing.
    """

    def __init__(self, policy: AddressPolicy, resolve: Resolve) -> None:
        self._policy = policy
        self._resolve = resolve

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the permitted addresses; OSError if there are none at all, Blocked if all are refused."""
        found = dict.fromkeys(await self._resolve(host, port))
        if not found:
            raise OSError(errno.EADDRNOTAVAIL, "the name has no address")
        permitted = [address for address in found if self._policy.permits(address, port)]
        if not permitted:
            raise Blocked(f"{host} leads to an address that is not public, so it was not visited. {ALLOW}")
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in permitted]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=own,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address, own in zip(permitted, families, strict=True)
            if family in {socket.AF_UNSPEC, own}
        ]

    async def close(self) -> None:
        """Nothing is held."""


def checked_sockets(policy: AddressPolicy) -> Callable[[AddrInfoType], socket.socket]:
    """Return the maker of sockets: the last wall, at the address that is about to be connected to."""

    def make(info: AddrInfoType) -> socket.socket:
        family, kind, proto, _, address = info
        if not policy.permits(str(address[0]), int(address[1])):
            raise PermissionError(errno.EACCES, "the address is not public")
        return socket.socket(family, kind, proto)

    return make


class Answer(ClientResponse):
    """An answer that remembers which IP address it came from."""

    address = ""

    async def start(self, connection: Connection) -> ClientResponse:
        """Note the other end before the connection goes back to the pool."""
        peer = None if connection.transport is None else connection.transport.get_extra_info("peername")
        self.address = "" if peer is None else str(peer[0])
        return await super().start(connection)


class Line:
    """Which connection a request went out on last: given as `trace_request_ctx`, read afterwards."""

    is_kept = False
    """Whether it was one that earlier requests had left open."""


def _noting_lines() -> TraceConfig:
    async def kept(_session: ClientSession, trace: Any, _params: TraceConnectionReuseconnParams) -> None:
        if isinstance(trace.trace_request_ctx, Line):
            trace.trace_request_ctx.is_kept = True

    async def new(_session: ClientSession, trace: Any, _params: TraceConnectionCreateEndParams) -> None:
        if isinstance(trace.trace_request_ctx, Line):
            trace.trace_request_ctx.is_kept = False

    noting = TraceConfig()
    noting.on_connection_reuseconn.append(kept)
    noting.on_connection_create_end.append(new)
    return noting


async def _refuse_redirect(_session: ClientSession, _: object, redirect: TraceRequestRedirectParams) -> None:
    """Stop where aiohttp would go on by itself, as it does when it opens a websocket."""
    redirect.response.close()
    host = redirect.url.raw_host
    raise Blocked(f"{host} sends us to another address. Type that one if you trust it.")


def _no_redirects() -> TraceConfig:
    trace = TraceConfig()
    trace.on_request_redirect.append(_refuse_redirect)
    return trace


def open_session(
    policy: AddressPolicy,
    resolve: Resolve,
    user_agent: str,
    tls: ssl.SSLContext | None,
    *,
    keeps_connections: bool = True,
) -> ClientSession:
    """Return a session without cookies, proxies, redirects or time limits; certificates are checked.

    To be called and closed inside the event loop that uses it. `tls` holds other roots of trust than the
    system's. Without `keeps_connections` every request has a new one.
    """
    connector = TCPConnector(
        resolver=CheckedResolver(policy, resolve),
        use_dns_cache=False,
        socket_factory=checked_sockets(policy),
        ssl=True if tls is None else tls,
        limit=CONNECTIONS,
        limit_per_host=CONNECTIONS_PER_HOST,
        force_close=not keeps_connections,
    )
    return ClientSession(
        connector=connector,
        response_class=Answer,
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        trace_configs=[_no_redirects(), _noting_lines()],
        auto_decompress=False,
        timeout=ClientTimeout(total=None, sock_connect=None),
        headers={"User-Agent": user_agent, "Accept": "*/*"},
        max_line_size=LONGEST_HEADER,
        max_field_size=LONGEST_HEADER,
        max_headers=MOST_HEADERS,
    )
