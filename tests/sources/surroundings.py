"""What a source is given in tests: a web that visits named loopback ports only, and nothing else."""

import re
from dataclasses import replace

from loopback_site import NoFetcher, now

from jikimi.app.sources import NoBounds, NoDeliveries, NoPlayers, NoSearches
from jikimi.media.addresses import AddressPolicy
from jikimi.media.web import GuardedWeb
from jikimi.model.ports import Clock, Fetcher, Surroundings, Web


def web_to(*addresses: str, fetcher: Fetcher | None = None, clock: Clock = now) -> Web:
    """Return a web that may visit these loopback servers; pages come through `fetcher`."""
    ports = frozenset(("127.0.0.1", int(port)) for port in re.findall(r":([0-9]+)", " ".join(addresses)))
    return GuardedWeb(fetcher or NoFetcher(), AddressPolicy(allowed=ports), "jikimi-test", clock)


def around(
    web: Web | None = None, watch: str = "watch", clock: Clock = now, **others: object
) -> Surroundings:
    """Return surroundings; `others` replaces searches, deliveries, players or allowance."""
    web = web or web_to()
    made = Surroundings(watch, clock, web, web, NoSearches(), NoDeliveries(), NoPlayers(), NoBounds())
    return replace(made, **others)  # type: ignore[arg-type]  # by name, in tests
