"""One open websocket: bounded messages, pings that must be answered, and an end that does not hang."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from aiohttp.http_websocket import WebSocketError

from jikimi.model.errors import BadMedia, Blocked, TryLater

POLICY_VIOLATION, TOO_BIG = 1008, 1009  # RFC 6455, 7.4.1
GOODBYE_WITHIN = timedelta(seconds=1)
SOON = timedelta(seconds=1)

Opened = aiohttp.ClientWebSocketResponse[bool]


@dataclass(frozen=True, slots=True)
class WebSocket:
    """The port `Socket`. Pings are sent while somebody waits for a message, and only then.

    While nobody takes messages, the other side's answers wait with them, so silence means nothing.
    """

    opened: Opened
    host: str
    silence: timedelta
    longest: int

    async def receive(self) -> bytes:
        """Return the next message; a whole one, or at least a pong, must come within `silence`."""
        is_asked = False
        while True:
            try:
                async with asyncio.timeout(self.silence.total_seconds() / 2):
                    message = await self.opened.receive()
            except TimeoutError as error:
                if is_asked:
                    raise TryLater(
                        f"{self.host} has sent nothing for {self.silence.total_seconds():g} seconds."
                    ) from error
                await self._send(b"", aiohttp.WSMsgType.PING)
                is_asked = True
                continue
            is_asked = False
            if message.type is aiohttp.WSMsgType.PING:
                await self._send(message.data, aiohttp.WSMsgType.PONG)
            elif message.type is not aiohttp.WSMsgType.PONG:
                return self._content(message.type, message.data)

    async def send(self, text: str) -> None:
        """Send a text message; TryLater if the other side does not take it within `silence`."""
        await self._send(text.encode(), aiohttp.WSMsgType.TEXT)

    def _content(self, kind: aiohttp.WSMsgType, content: object) -> bytes:
        if isinstance(content, bytes):
            return content
        if kind is aiohttp.WSMsgType.CLOSE and content == POLICY_VIOLATION:
            raise Blocked(f"{self.host} closed the connection: its rules exclude us.")
        if kind is aiohttp.WSMsgType.ERROR and isinstance(content, WebSocketError):
            if content.code == TOO_BIG:
                raise BadMedia(f"{self.host} sends a message of more than {self.longest} bytes.")
            raise TryLater(f"{self.host} does not keep to the rules of websockets.")
        raise TryLater(f"{self.host} closed the connection.", SOON)

    async def _send(self, content: bytes, kind: aiohttp.WSMsgType) -> None:
        try:
            async with asyncio.timeout(self.silence.total_seconds()):
                await self.opened.send_frame(content, kind)
        except TimeoutError as error:
            raise TryLater(f"{self.host} takes nothing from us.") from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise TryLater(f"{self.host} closed the connection.", SOON) from error


async def hang_up(opened: Opened) -> None:
    """Say goodbye, but do not wait for long: some never answer, and some never stop talking."""
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE_WITHIN.total_seconds()):
            await opened.close()
