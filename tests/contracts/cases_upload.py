"""What a partner hands in, in a test's hands: the deliveries of a house without the house."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from source_cases import SourceCase
from surroundings import around

from jikimi.model.post import Secret
from jikimi.model.source import Delivery, Options
from jikimi.sources.upload import Upload

NUMBERS = count(1)


@dataclass
class Kept:
    """The port Deliveries in memory."""

    callback: str = ""
    secret: Secret = field(default_factory=lambda: Secret("hush-hush"))
    kept: list[Delivery] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, body: bytes) -> None:
        number = self.kept[-1].number + 1 if self.kept else next(NUMBERS)
        self.kept.append(
            Delivery(number, "specimen", "application/json", body, at=datetime(2026, 3, 2, tzinfo=UTC))
        )
        self.came.set()

    async def expect(self, topic: str, *, is_wanted: bool) -> None:
        raise NotImplementedError

    async def newest(self) -> int:
        return self.kept[-1].number if self.kept else 0

    async def after(self, number: int, wait: timedelta = timedelta(0)) -> tuple[Delivery, ...]:
        while True:
            self.came.clear()
            found = tuple(one for one in self.kept if one.number > number)[:20]
            if found or not wait:
                return found
            await self.came.wait()

    async def forget(self, number: int) -> None:
        last = self.kept[-1:]  # numbers are never used again
        self.kept = [one for one in self.kept if one.number > number] or last


def handed(name: str, *, is_deleted: bool = False) -> bytes:
    url = f"https://board.invalid/{name}"
    media = [{"kind": "image", "url": f"{url}.jpg"}]
    return json.dumps({"id": name, "url": url, "media": media, "is_deleted": is_deleted}).encode()


@asynccontextmanager
async def upload(_: Path) -> AsyncIterator[SourceCase]:
    kept = Kept()

    async def put_up(number: int) -> list[str]:
        names = [f"post-{next(NUMBERS)}" for _ in range(number)]
        for name in names:
            kept.put(handed(name))
        return names

    async def delete(post: str) -> None:
        kept.put(handed(post, is_deleted=True))

    async def garble() -> None:
        kept.put(b'{"id": 7}')

    def make() -> Upload:
        return Upload(Options(Upload.manifest, {}), around(watch="specimen", deliveries=kept))

    yield SourceCase(make, put_up, delete, garble=garble)
