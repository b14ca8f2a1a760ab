"""Watches a website into an SQLite file until it is killed: the process that the kill drill kills.

python drill_site.py ADDRESS FILE
"""

import asyncio
import random
import re
import sys
from pathlib import Path

from loopback_site import now
from surroundings import around, web_to

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from drill_worker import Ledger
from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.model.source import Options
from jikimi.sources.runner import run_watch
from jikimi.sources.website import Website


async def main(address: str, file: str) -> None:
    ports = frozenset(("127.0.0.1", int(port)) for port in re.findall(r":([0-9]+)", address))
    ledger = Ledger(file)
    with GuardedFetcher(AddressPolicy(allowed=ports), user_agent="jikimi-test", clock=now) as fetcher:
        given = Options(Website.manifest, {"url": address, "interval": "1"})
        source = Website(given, around(web_to(fetcher=fetcher), "drill", now))
        await run_watch(
            source, ledger, watch="drill", position=ledger.position(), clock=now, stop=asyncio.Event(),
            random=random.Random(),
        )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
