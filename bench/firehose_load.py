"""The load of `./run bench firehose`, a process of its own: a Jetstream-shaped websocket and a media server.

`GET /rate?posts=45&media=7.5` sets how many posts a second there are and how many of them show pictures;
`GET /late` says how far it fell behind. What was published is written down, a line of JSON a post.
"""

import argparse
import asyncio
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TextIO

from aiohttp import WSMsgType, web

PICTURES_A_POST = ((1, 85), (2, 8), (3, 4), (4, 3))
"""How many pictures a post with pictures shows, and how many of a hundred do: 1.25 on the average."""

COPIES = 0.02
"""So large a share of the pictures is an edit of a reference."""

WORDS = (
    "river",
    "paper",
    "morning",
    "quiet",
    "market",
    "bread",
    "lamp",
    "winter",
    "garden",
    "music",
    "story",
)
TICK = 0.02
COMMENT = b"\xff\xfe"  # a JPEG marker: what follows is for people (ITU-T T.81, B.2.4.5)
HANG_UP_AFTER = 20.0


@dataclass
class Firehose:
    """Everything published so far; readers stand anywhere in it."""

    strangers: list[str]
    copies: list[str]
    journal: TextIO
    bodies: dict[str, bytes]
    posts_a_second: float = 0.0
    media_a_second: float = 0.0
    late: float = 0.0
    moments: list[int] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    dice: Random = field(default_factory=lambda: Random(11))
    served: int = 0

    async def publish_for_ever(self) -> None:
        """Publish at the rate that was asked for; what is late is made up for at once."""
        due = time.monotonic()
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            if not self.posts_a_second:
                due = now
                continue
            self.late = max(self.late, now - due - TICK)
            while due <= now:
                self.publish()
                due += 1 / self.posts_a_second
            self.journal.flush()

    def publish(self) -> None:
        """Add one post."""
        number = len(self.messages)
        shows = self.dice.random() < self.media_a_second / self.posts_a_second
        weights = [share for _, share in PICTURES_A_POST]
        count = self.dice.choices([count for count, _ in PICTURES_A_POST], weights)[0] if shows else 0
        names = [
            self.dice.choice(self.copies if self.dice.random() < COPIES else self.strangers)
            for _ in range(count)
        ]
        moment = max(time.time_ns() // 1000, self.moments[-1] + 1 if self.moments else 0)
        self.moments.append(moment)
        self.messages.append(message(number, moment, names, " ".join(self.dice.choices(WORDS, k=18))))
        self.journal.write(json.dumps({"id": number, "at": moment, "media": names}) + "\n")

    async def subscribe(self, request: web.Request) -> web.WebSocketResponse:
        """Send everything after the cursor, then what comes: as Jetstream does."""
        socket = web.WebSocketResponse(heartbeat=HANG_UP_AFTER)
        await socket.prepare(request)
        cursor = int(request.query.get("cursor", "0"))
        place = next((n for n, moment in enumerate(self.moments) if moment >= cursor), len(self.moments))
        hearing = asyncio.create_task(_hear(socket))
        try:
            while not hearing.done():
                while place < len(self.messages):
                    await socket.send_str(self.messages[place])
                    place += 1
                await asyncio.sleep(TICK)
        except ConnectionError:
            pass
        finally:
            hearing.cancel()
        return socket

    async def blob(self, request: web.Request) -> web.Response:
        """Serve a picture, with a comment inside that nobody else gets: no two are the same bytes."""
        name, _, tail = request.match_info["cid"].partition(".")
        body, note = self.bodies[name], f"copy {tail}".encode()
        self.served += 1
        comment = COMMENT + (len(note) + 2).to_bytes(2, "big") + note
        return web.Response(body=body[:2] + comment + body[2:], content_type="image/jpeg")

    async def set_rate(self, request: web.Request) -> web.Response:
        """Change how much there is."""
        self.posts_a_second = float(request.query["posts"])
        self.media_a_second = float(request.query["media"])
        self.late = 0.0
        return web.Response()

    async def tell_late(self, _: web.Request) -> web.Response:
        """Say how far, in seconds, publishing ever fell behind since the rate was set."""
        return web.json_response({"late": self.late, "served": self.served})


def message(number: int, moment: int, names: list[str], text: str) -> str:
    """Return one post as Jetstream sends it."""
    seconds, rest = divmod(moment, 1_000_000)
    created = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:06d}Z"
    record: dict[str, Any] = {
        "$type": "app.bsky.feed.post",
        "createdAt": created,
        "langs": ["en"],
        "text": text,
    }
    if names:
        images = [
            {
                "alt": "",
                "image": {
                    "$type": "blob",
                    "ref": {"$link": f"{name}.{number}-{part}"},
                    "mimeType": "image/jpeg",
                },
            }
            for part, name in enumerate(names)
        ]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    commit = {
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": str(number),
        "record": record,
    }
    did = f"did:plc:specimen{number % 5000:04d}"
    return json.dumps({"did": did, "time_us": moment, "kind": "commit", "commit": commit})


async def _hear(socket: web.WebSocketResponse) -> None:
    async for said in socket:
        if said.type in (WSMsgType.CLOSE, WSMsgType.ERROR):
            return


async def serve(bodies: dict[str, bytes], journal: Path, port_file: Path) -> None:
    """Serve on a free port of loopback, which is written into a file, until we are ended."""
    with journal.open("w") as lines:
        firehose = Firehose(
            strangers=[name for name in bodies if name.startswith("stranger")],
            copies=[name for name in bodies if name.startswith("copy")],
            journal=lines,
            bodies=bodies,
        )
        app = web.Application()
        app.router.add_get("/subscribe", firehose.subscribe)
        app.router.add_get("/blob/{did}/{cid}", firehose.blob)
        app.router.add_get("/rate", firehose.set_rate)
        app.router.add_get("/late", firehose.tell_late)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        listener = web.TCPSite(runner, "127.0.0.1", 0)
        await listener.start()
        port_file.write_text(str(runner.addresses[0][1]))  # noqa: ASYNC240  # before anybody asks
        await firehose.publish_for_ever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pool", type=Path)
    parser.add_argument("journal", type=Path)
    parser.add_argument("port_file", type=Path)
    asked = parser.parse_args()
    pictures = {file.stem: file.read_bytes() for file in sorted(asked.pool.glob("*.jpg"))}
    asyncio.run(serve(pictures, asked.journal, asked.port_file))
