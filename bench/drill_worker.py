"""Watches a source into an SQLite file until it is killed: the process that kill drills kill.

python drill_worker.py SOURCE OPTIONS-AS-JSON PORT FILE
"""

import asyncio
import json
import random
import sqlite3
import sys
from collections.abc import Sequence

from jikimi.app.engine import utc_now
from jikimi.app.sources import NoBounds, NoDeliveries, NoPlayers, NoSearches, build_source
from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.web import GuardedWeb
from jikimi.model.ports import Surroundings
from jikimi.model.post import Position, Post, Watch
from jikimi.model.source import Gap
from jikimi.sources.runner import run_watch

TABLES = """
CREATE TABLE IF NOT EXISTS post (id TEXT, PRIMARY KEY (id));
CREATE TABLE IF NOT EXISTS arrival (id TEXT);
CREATE TABLE IF NOT EXISTS position (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT);
"""


class Ledger:
    """A sink that keeps posts and cursor in one transaction."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(TABLES)

    def position(self) -> Position | None:
        """Return what was stored last."""
        row = self._connection.execute("SELECT cursor FROM position").fetchone()
        return Position("drill", row[0], utc_now()) if row else None

    async def __call__(self, posts: Sequence[Post], position: Position, gaps: Sequence[Gap] = ()) -> None:
        """Store all or nothing. A hole that was filled is no gap."""
        assert all(gap.is_filled for gap in gaps)  # a drill
        names = [(post.id,) for post in posts]
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT OR IGNORE INTO post VALUES (?)", names)
        self._connection.executemany("INSERT INTO arrival VALUES (?)", names)
        self._connection.execute("INSERT OR REPLACE INTO position VALUES (1, ?)", (position.cursor,))
        self._connection.execute("COMMIT")


async def main(name: str, options: str, port: str, file: str) -> None:
    ledger = Ledger(file)
    policy = AddressPolicy(allowed=frozenset({("127.0.0.1", int(port))}))
    watch = Watch("drill", name, json.loads(options), "", "bench", utc_now())
    with GuardedFetcher(policy, user_agent="jikimi-bench", clock=utc_now) as fetcher:
        web = GuardedWeb(fetcher, policy, "jikimi-bench", utc_now)
        around = Surroundings(
            "drill", utc_now, web, web, NoSearches(), NoDeliveries(), NoPlayers(), NoBounds()
        )
        await run_watch(
            build_source(watch, around), ledger, watch="drill", position=ledger.position(), clock=utc_now,
            stop=asyncio.Event(), random=random.Random(),
        )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
