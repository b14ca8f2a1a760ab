"""Watches a real Bluesky network into an SQLite file until it is killed.

python bluesky_drill_worker.py FILE, with JIKIMI_TEST_ATPROTO set.
"""

import asyncio
import random
import sys
from pathlib import Path

from loopback_site import now
from surroundings import around, web_to

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from bluesky_peer import network
from drill_worker import Ledger
from jikimi.media.addresses import AddressPolicy, parse_allowed
from jikimi.media.fetch import GuardedFetcher
from jikimi.model.source import Options
from jikimi.sources.bluesky import Bluesky
from jikimi.sources.runner import run_watch


async def main(file: str) -> None:
    ledger, found = Ledger(file), network()
    assert found is not None
    policy = AddressPolicy(allowed=parse_allowed(found.allow))
    with GuardedFetcher(policy, user_agent="jikimi-test", clock=now) as fetcher:
        web = web_to(found.server, found.directory, fetcher=fetcher)
        source = Bluesky(Options(Bluesky.manifest, found.options), around(web, "drill", now))
        await run_watch(
            source, ledger, watch="drill", position=ledger.position(), clock=now, stop=asyncio.Event(),
            random=random.Random(),
        )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
