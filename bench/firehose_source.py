"""A source for `./run bench firehose`: reads Jetstream-shaped events, as a package of somebody else would."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec

from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Surroundings
from jikimi.model.post import Event, MediaRef, Post
from jikimi.model.source import Manifest, Option, Options, Tested

SILENCE = timedelta(seconds=40)


class Ref(msgspec.Struct):
    """Names a blob."""

    link: str = msgspec.field(name="$link")


class Blob(msgspec.Struct):
    """A picture of a post."""

    ref: Ref
    mimeType: str = ""  # noqa: N815  # the field's name on the wire


class Image(msgspec.Struct):
    """What an embed lists."""

    image: Blob


class Embed(msgspec.Struct):
    """What a post shows."""

    images: list[Image] = []


class Record(msgspec.Struct):
    """A post as its author wrote it."""

    text: str
    createdAt: datetime  # noqa: N815  # as above
    embed: Embed | None = None


class Commit(msgspec.Struct):
    """One change."""

    rkey: str
    record: Record


class Line(msgspec.Struct):
    """One event of the stream."""

    did: str
    time_us: int
    commit: Commit


LINE = msgspec.json.Decoder(Line)


class Firehose:
    """A pushing Source (see model/ports.py). The cursor is the time of the last event in microseconds."""

    manifest = Manifest(
        name="firehose",
        title="The firehose of a measurement",
        is_push=True,
        auth="none",
        cost="none",
        terms="",
        tested=Tested.ITSELF,
        tested_on="./run bench firehose",
        options=(
            Option("stream", "the websocket's address", is_needed=True),
            Option("blobs", "where pictures are", is_needed=True),
        ),
    )
    interval = timedelta(seconds=1)

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._stream, self._blobs = options.text("stream"), options.text("blobs")
        self._around = around

    async def anchor(self) -> str:
        """Return now, in microseconds."""
        return str(int(self._around.clock().timestamp() * 1_000_000))

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield posts as they come."""
        url = f"{self._stream}?cursor={cursor}"
        async with self._around.web.socket(url, {}, silence=SILENCE) as socket:
            yield Event(cursor)
            while True:
                line = LINE.decode(await socket.receive())
                yield Event(str(line.time_us), self._post(line))

    def _post(self, line: Line) -> Post:
        record = line.commit.record
        images = record.embed.images if record.embed else []
        media = tuple(
            MediaRef(Kind.IMAGE, f"{self._blobs}/{quote(line.did)}/{one.image.ref.link}", mime="image/jpeg")
            for one in images
        )
        url = f"https://firehose.example/{line.did}/{line.commit.rkey}"
        return Post(
            self._around.watch,
            line.commit.rkey,
            url,
            line.did,
            record.text,
            record.createdAt,
            self._around.clock(),
            media,
        )
