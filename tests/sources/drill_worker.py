"""Watches a relay into an SQLite file until it is killed: the process that the kill drill kills.

python drill_worker.py RELAY FILE
"""

import asyncio
import random
import sqlite3
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from loopback_site import NoFetcher

from jikimi.model.post import Position, Post
from jikimi.sources.nostr import Nostr
from jikimi.sources.runner import run_watch

TABLES = """
CREATE TABLE IF NOT EXISTS post (id TEXT, PRIMARY KEY (id));
CREATE TABLE IF NOT EXISTS arrival (id TEXT);
CREATE TABLE IF NOT EXISTS position (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT);
"""


def now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """A sink that keeps posts and cursor in one transaction."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(TABLES)

    def position(self) -> Position | None:
        row = self._connection.execute("SELECT cursor FROM position").fetchone()
        return Position("drill", row[0], now()) if row else None

    async def __call__(self, posts: Sequence[Post], position: Position) -> None:
        names = [(post.id,) for post in posts]
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT OR IGNORE INTO post VALUES (?)", names)
        self._connection.executemany("INSERT INTO arrival VALUES (?)", names)
        self._connection.execute("INSERT OR REPLACE INTO position VALUES (1, ?)", (position.cursor,))
        self._connection.execute("COMMIT")


async def main(relay: str, file: str) -> None:
    ledger = Ledger(file)
    source = Nostr({"relay": relay}, NoFetcher(), now, "drill")
    await run_watch(
        source, ledger, watch="drill", position=ledger.position(), clock=now, stop=asyncio.Event(),
        random=random.Random(),
    )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
