"""Surroundings for tests of sources, here and in other packages: servers on loopback, and nothing else."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from jikimi.app.engine import utc_now
from jikimi.app.sources import NoBounds, NoDeliveries, NoPlayers, NoSearches
from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.web import GuardedWeb
from jikimi.model.ports import Surroundings


@contextmanager
def loopback(*addresses: str, watch: str = "specimen") -> Iterator[Surroundings]:
    """Yield what a source is given, with a web that may visit these ports of 127.0.0.1 only."""
    ports = frozenset(("127.0.0.1", int(port)) for port in re.findall(r":([0-9]+)", " ".join(addresses)))
    policy = AddressPolicy(allowed=ports)
    with GuardedFetcher(policy, user_agent="jikimi-test", clock=utc_now) as fetcher:
        web = GuardedWeb(fetcher, policy, "jikimi-test", utc_now)
        yield Surroundings(watch, utc_now, web, web, NoSearches(), NoDeliveries(), NoPlayers(), NoBounds())
