"""A loopback server that talks as a test says, byte by byte, and websockets spoken by hand."""

import asyncio
import base64
import hashlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Script:
    """One server: its address, the heads of the requests it saw, and whether its visitors have left."""

    def __init__(self) -> None:
        self.address = ""
        self.heads: list[str] = []
        self.left = asyncio.Event()


@asynccontextmanager
async def scripted(talk: Talk) -> AsyncIterator[Script]:
    """Read a request's head, then let `talk` do as it likes until the visitor has left."""
    script = Script()
    opened: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened[asyncio.ensure_future(answer(reader, writer))] = writer

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            script.heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            reader.head = script.heads[-1]  # type: ignore[attr-defined]  # for the handshake
            await talk(reader, writer)
        with suppress(OSError):
            while await reader.read(2**16):
                pass
        script.left.set()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    script.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield script
    finally:
        server.close()
        for task, writer in opened.items():
            task.cancel()
            writer.close()
        await asyncio.gather(*opened, return_exceptions=True)


def says(*pieces: bytes, is_over: bool = True) -> Talk:
    """Write pieces one by one, then hang up or wait."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if is_over:
            writer.write_eof()

    return talk


async def shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *headers: str) -> None:
    """Agree to a websocket."""
    head: str = reader.head  # type: ignore[attr-defined]
    key = next(
        line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key")
    )
    accept = base64.b64encode(hashlib.sha1(key.encode() + GUID, usedforsecurity=False).digest()).decode()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    writer.write("\r\n".join([*lines, f"Sec-WebSocket-Accept: {accept}", *headers, "", ""]).encode())
    await writer.drain()


def frame(
    payload: bytes, kind: int = TEXT, *, is_last: bool = True, flags: int = 0, claims: int = -1
) -> bytes:
    """Return one frame of a server; `claims` is the length it says it has."""
    length = len(payload) if claims < 0 else claims
    head = bytes([(0x80 if is_last else 0) | flags | kind])
    if length < 126:
        return head + bytes([length]) + payload
    if length < 2**16:
        return head + b"\x7e" + struct.pack(">H", length) + payload
    return head + b"\x7f" + struct.pack(">Q", length) + payload


async def next_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return kind and content of a visitor's next (short) frame."""
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2))
    mask, content = await reader.readexactly(4), await reader.readexactly(length)
    return first & 0x0F, bytes(letter ^ mask[at % 4] for at, letter in enumerate(content))


def socket_says(*frames: bytes, is_over: bool = False) -> Talk:
    """Open a websocket, send frames, then hang up or wait."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        for one in frames:
            writer.write(one)
            await writer.drain()
        if is_over:
            writer.write_eof()

    return talk
