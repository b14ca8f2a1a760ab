"""A Jetstream and a firehose that do what a test says, and a directory of accounts: all on loopback.

No Jetstream server can be installed from a package registry; this one speaks as its documentation says:
JSON text messages; `cursor` is in microseconds, inclusive; a too old one begins at the oldest, silently.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import libipld
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

POST = "app.bsky.feed.post"
AUTHOR = "did:plc:" + "a2" * 12


def cid_of(body: bytes, codec: int = 0x55) -> bytes:
    return bytes([1, codec, 0x12, 0x20]) + sha256(body).digest()


def text_of(cid: bytes) -> str:
    return str(libipld.encode_cid(cid))


def record(text: str = "a harmless post", embed: Any = None, **more: Any) -> dict[str, Any]:
    fields = {"$type": POST, "text": text, "createdAt": "2020-01-01T00:00:00Z", **more}
    return {**fields, "embed": embed} if embed else fields


def pictures(*bodies: bytes, alt: str = "") -> dict[str, Any]:
    """An embed as JSON has it; the firehose's servers turn the links into CIDs."""
    images = [{"image": blob(body), "alt": alt} for body in bodies]
    return {"$type": "app.bsky.embed.images", "images": images}


def blob(body: bytes, mime: str = "image/jpeg") -> dict[str, Any]:
    link = {"$link": text_of(cid_of(body))}
    return {"$type": "blob", "ref": link, "mimeType": mime, "size": len(body)}


def document(did: str, server: str) -> bytes:
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": server}
    return json.dumps({"id": did, "service": [service]}).encode()


class Stream:
    """A websocket server: what is stored is sent to those who asked from before it, then what comes."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, str | bytes]] = []  # with the position of each
        self.asked: list[dict[str, list[str]]] = []
        self.status, self.retry_after = 200, 0
        self.is_heard = asyncio.Event()
        self._listening: set[ServerConnection] = set()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        async with serve(self._talk, "127.0.0.1", 0, process_request=self._greet) as server:
            yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    def answer(self, status: int, retry_after: int = 0) -> None:
        self.status, self.retry_after = status, retry_after

    async def send(self, position: int, message: str | bytes) -> None:
        self.messages.append((position, message))
        for connection in list(self._listening):
            with contextlib.suppress(ConnectionClosed):
                await connection.send(message)

    def greeting(self, cursor: int | None) -> list[str | bytes]:
        """Return what to send first; for `cursor`, what is stored from there on."""
        raise NotImplementedError

    def _greet(self, _: ServerConnection, __: Request) -> Response | None:
        if self.status == 200:
            return None
        headers = Headers({"Retry-After": str(self.retry_after), "Content-Length": "0"})
        return Response(self.status, "No", headers, b"")

    async def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        query = parse_qs(urlsplit(connection.request.path).query)
        self.asked.append(query)
        cursor = int(query["cursor"][0]) if "cursor" in query else None
        for message in self.greeting(cursor):
            await connection.send(message)
        self._listening.add(connection)
        self.is_heard.set()
        await connection.wait_closed()
        self._listening.discard(connection)


class Jetstream(Stream):
    """Speaks JSON. `commit` puts up, changes or deletes one record."""

    def greeting(self, cursor: int | None) -> list[str | bytes]:
        now = time.time_ns() // 1000
        if cursor is None or cursor > now:
            return []
        return [message for position, message in self.messages if position >= cursor]

    async def commit(self, operation: str, rkey: str, value: Any = None, did: str = AUTHOR) -> None:
        body = json.dumps(value).encode()
        commit = {"rev": "x", "operation": operation, "collection": POST, "rkey": rkey}
        if operation != "delete":
            commit |= {"record": value, "cid": text_of(cid_of(body, 0x71))}
        await self.tell({"did": did, "kind": "commit", "commit": commit})

    async def tell(self, message: dict[str, Any]) -> None:
        newest = self.messages[-1][0] if self.messages else 0
        position = max(newest + 1, time.time_ns() // 1000)
        await self.send(position, json.dumps({"time_us": position, **message}))


class Firehose(Stream):
    """Speaks DAG-CBOR. `begins` is its oldest number: with older cursors it warns, as a real one does."""

    def __init__(self) -> None:
        super().__init__()
        self.newest = 0
        self.begins = 1

    def greeting(self, cursor: int | None) -> list[str | bytes]:
        if cursor is None:
            return []
        if cursor > self.newest:
            return [frame(-1, "", {"error": "FutureCursor", "message": "Cursor in the future."})]
        kept = [pair for pair in self.messages if pair[0] >= self.begins]
        stored: list[str | bytes] = [message for position, message in kept if position > cursor]
        if cursor + 1 < self.begins:
            stored.insert(0, frame(1, "#info", {"name": "OutdatedCursor"}))
        return stored

    async def commit(self, action: str, rkey: str, value: Any = None, **more: Any) -> None:
        await self.commits([(action, rkey, value)], **more)

    async def commits(self, changes: list[tuple[str, str, Any]], **more: Any) -> None:
        """Send one commit with several changes; `more` replaces fields of the message."""
        blocks: list[tuple[bytes, bytes]] = []
        ops = []
        for action, rkey, value in changes:
            op: dict[str, Any] = {"action": action, "path": f"{POST}/{rkey}", "cid": None}
            if action == "delete":
                op |= {"prev": value} if value else {}
            else:
                body = libipld.encode_dag_cbor(with_links(value))
                op["cid"] = cid_of(body, 0x71)
                blocks.append((op["cid"], body))
            ops.append(op)
        fields = {"repo": AUTHOR, "ops": ops, "blocks": car(blocks), "rev": "x", "tooBig": False}
        await self.tell("#commit", {**fields, **more})

    async def tell(self, kind: str, body: dict[str, Any]) -> None:
        self.newest += 1
        moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        await self.send(self.newest, frame(1, kind, {"seq": self.newest, "time": moment, **body}))

    async def fail(self, error: str) -> None:
        """Send an error to all who listen. A real server hangs up behind it."""
        for connection in list(self._listening):
            await connection.send(frame(-1, "", {"error": error}))


def frame(op: int, kind: str, body: dict[str, Any]) -> bytes:
    header = {"op": op, "t": kind} if kind else {"op": op}
    return bytes(libipld.encode_dag_cbor(header) + libipld.encode_dag_cbor(body))


def with_links(value: Any) -> Any:
    """Turn {"$link": …} into the CID it names: libipld writes those bytes with the tag of CIDs."""
    if isinstance(value, dict) and set(value) == {"$link"}:
        return cid_from(value["$link"])
    if isinstance(value, dict):
        return {name: with_links(one) for name, one in value.items()}
    return [with_links(one) for one in value] if isinstance(value, list) else value


def cid_from(text: str) -> bytes:
    hashed = libipld.decode_cid(text)
    return bytes([1, hashed["codec"], 0x12, 0x20]) + bytes(hashed["hash"]["digest"])


def car(blocks: list[tuple[bytes, bytes]], root: bytes = b"") -> bytes:
    """Write a CARv1 file: a header, then each block behind its length and CID."""
    root = root or (blocks[0][0] if blocks else cid_of(b"", 0x71))
    header = libipld.encode_dag_cbor({"version": 1, "roots": [root]})
    parts = [varint(len(header)) + header]
    parts += [varint(len(cid) + len(body)) + cid + body for cid, body in blocks]
    return b"".join(parts)


def varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


async def relay(firehose: str, into: Jetstream) -> None:
    """Retell a real server's firehose as a Jetstream does, until cancelled. Starts at its beginning."""
    from websockets.asyncio.client import connect

    url = f"{firehose}/xrpc/com.atproto.sync.subscribeRepos?cursor=0"
    async with connect(url, proxy=None, max_size=2**23) as wire:
        async for raw in wire:
            header, body = libipld.decode_dag_cbor_multi(raw)
            if header.get("t") != "#commit":
                continue
            blocks = libipld.decode_car(body["blocks"])[1]
            for op in body["ops"]:
                collection, _, rkey = op["path"].partition("/")
                if collection == POST:
                    value = as_json(blocks.get(op["cid"]))
                    await into.commit(op["action"], rkey, value, body["repo"])
            await asyncio.sleep(0)


def as_json(value: Any) -> Any:
    """Write CIDs as the network's JSON does; posts hold no other bytes."""
    if isinstance(value, bytes):
        return {"$link": text_of(value)}
    if isinstance(value, dict):
        return {name: as_json(one) for name, one in value.items()}
    return [as_json(one) for one in value] if isinstance(value, list) else value
