"""Submits one body to a platform's own interface; tells "nothing was sent" from "it may have been taken"."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from jikimi.media.addresses import AddressPolicy, WebAddress, read_address
from jikimi.media.body import take_body
from jikimi.media.connections import Resolve, open_session, system_lookups
from jikimi.media.fetch import ASKED, GRACE, errors_named_by_what_to_do, for_the_wire
from jikimi.model.errors import BadMedia, InDoubt, TryLater
from jikimi.model.ports import Answered, Limits
from jikimi.model.post import Secret


@dataclass(frozen=True, slots=True)
class GuardedSubmitter:
    """The port Submitter over aiohttp.

    Each submission has a connection of its own: one that a server closes while idle would make the next
    submission doubtful.
    """

    policy: AddressPolicy
    user_agent: str
    resolve: Resolve | None = None
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    def submit(self, url: str, body: bytes, limits: Limits, headers: Mapping[str, Secret]) -> Answered:
        """Send one body with POST, from any thread; see the port."""
        address = read_address(url)
        self.policy.check(address)
        parcel = _Parcel(body)
        try:
            return asyncio.run(self._bounded(address, parcel, limits, for_the_wire(headers)))
        except (TryLater, BadMedia) as error:
            if parcel.is_begun:
                raise InDoubt(
                    f"In doubt: {address.host} has the request but gave no whole answer. Look there whether "
                    "it was taken before it is sent again."
                ) from error
            raise TryLater(f"{address.host} could not be reached.") from error

    async def _bounded(
        self, address: WebAddress, parcel: "_Parcel", limits: Limits, headers: dict[str, str]
    ) -> Answered:
        try:
            async with asyncio.timeout(limits.deadline.total_seconds()):
                return await self._send(address, parcel, limits, headers)
        except TimeoutError as error:
            raise TryLater(f"No whole answer within {limits.deadline.total_seconds():g} seconds.") from error

    async def _send(
        self, address: WebAddress, parcel: "_Parcel", limits: Limits, headers: dict[str, str]
    ) -> Answered:
        sized = headers | ASKED | {"Content-Length": str(len(parcel.body))}
        with ThreadPoolExecutor(1, thread_name_prefix="lookup") as threads:
            resolve = self.resolve or system_lookups(threads)
            async with open_session(self.policy, resolve, self.user_agent, self.tls) as session:
                with errors_named_by_what_to_do(address.host):
                    async with session.post(
                        address.url, data=parcel.chunks(), headers=sized, allow_redirects=False
                    ) as answer:
                        taken = await take_body(answer, limits, GRACE.total_seconds())
                        named = tuple((name.lower(), value) for name, value in answer.headers.items())
                        return Answered(answer.status, named, taken)


class _Parcel:
    """A body that remembers whether the wire has asked for it: before that, no server can act on it."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.is_begun = False

    async def chunks(self) -> AsyncIterator[bytes]:
        self.is_begun = True
        yield self.body
