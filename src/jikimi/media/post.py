"""Sends a few bytes to a service an administrator named, such as a time authority; guarded as fetching is."""

import asyncio
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from jikimi.media.addresses import AddressPolicy, read_address
from jikimi.media.body import take_body
from jikimi.media.connections import Resolve, open_session, system_lookups
from jikimi.media.fetch import ASKED, GRACE, errors_named_by_what_to_do, fetched, for_the_wire
from jikimi.media.statuses import check_status
from jikimi.model.errors import Blocked, TryLater
from jikimi.model.ports import Clock, Fetched, Limits
from jikimi.model.post import Secret


@dataclass(frozen=True, slots=True)
class GuardedPoster:
    """The port `Poster`. One session a request: it is rare, and nothing is kept."""

    policy: AddressPolicy
    user_agent: str
    clock: Clock
    resolve: Resolve | None = None
    tls: ssl.SSLContext | None = None

    def post(self, url: str, body: bytes, limits: Limits, headers: Mapping[str, Secret]) -> Fetched:
        """Send a body and return the answer; see the port."""
        secrets = for_the_wire(headers)
        return asyncio.run(self._bounded(url, body, limits, secrets))

    async def _bounded(self, url: str, body: bytes, limits: Limits, headers: dict[str, str]) -> Fetched:
        try:
            async with asyncio.timeout(limits.deadline.total_seconds()):
                return await self._send(url, body, limits, headers)
        except TimeoutError as error:
            raise TryLater(f"No whole answer within {limits.deadline.total_seconds():g} seconds.") from error

    async def _send(self, url: str, body: bytes, limits: Limits, headers: dict[str, str]) -> Fetched:
        address = read_address(url)
        self.policy.check(address)
        with ThreadPoolExecutor(1, thread_name_prefix="lookup") as threads:
            resolve = self.resolve or system_lookups(threads)
            async with open_session(self.policy, resolve, self.user_agent, self.tls) as session:
                with errors_named_by_what_to_do(address.host):
                    async with session.post(
                        address.url, data=body, headers=headers | ASKED, allow_redirects=False
                    ) as answer:
                        if 300 <= answer.status < 400:  # noqa: PLR2004  # redirects
                            raise Blocked(f"{address.host} redirects. Enter the address it leads to.")
                        check_status(answer.status, answer.headers, address.host, self.clock())
                        taken = await take_body(answer, limits, GRACE.total_seconds())
                        return fetched(answer, [url], taken, self.clock())
