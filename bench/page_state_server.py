"""Serves small sites on loopback, each with a copy in one known state, and that state written on it."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from aiohttp import web

from jikimi.media.specimen import draw, encode_jpeg, encode_png

LOOPBACK = "127.0.0.1"
ABROAD = "abroad"
"""What the second vantage point calls itself; the server answers it as a visitor from another country."""

ORIGINAL = draw(1)
COPY = encode_jpeg(ORIGINAL, 88)
SMALL = encode_jpeg(np.asarray(cv2.resize(ORIGINAL, (240, 160), interpolation=cv2.INTER_AREA), np.uint8), 80)
AGAIN = encode_jpeg(np.asarray(cv2.resize(ORIGINAL, (900, 600), interpolation=cv2.INTER_AREA), np.uint8), 75)
STRANGER = encode_jpeg(draw(77, 640, 480), 85)
LOGO = encode_png(draw(91, 120, 40))


def board(words: str, size: tuple[int, int] = (480, 320), shade: int = 226) -> bytes:
    """Return a plain board with words, as operators show in place of a picture."""
    pixels = np.full((size[1], size[0], 3), shade, np.uint8)
    cv2.putText(pixels, words, (24, size[1] // 2), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (90, 90, 90), 2)
    return encode_png(pixels)


DELETED = board("image removed")
NO_HOTLINK = board("no hotlinking", (400, 260), 200)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one address answers. `is_silent` breaks the connection off before a word."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    is_silent: bool = False


Answer = Reply | Callable[[web.Request], Reply]


@dataclass(frozen=True, slots=True)
class State:
    """One site in one state. `label` is what a careful person would say of the copy, from what is served.

    `answers` and `elsewhere` (from abroad) go by path and query; those of the host for pictures begin with
    "cdn:". `otherwise` and `cdn_otherwise` answer every other address. `{site}` and `{cdn}` in bodies and
    headers become the two origins. `was_gone`: two looks a day apart found it gone before.
    """

    name: str
    label: str
    why: str
    post: str
    media: str
    answers: Mapping[str, Answer]
    otherwise: Answer = Reply(404, b"<html><body><h1>404 Not Found</h1></body></html>")
    cdn_otherwise: Answer = Reply(404, b"not found", (("Content-Type", "text/plain"),))
    elsewhere: Mapping[str, Answer] | None = None
    was_gone: bool = False


def picture(body: bytes, status: int = 200) -> Reply:
    """Return an answer that is a picture."""
    kind = "image/png" if body.startswith(b"\x89PNG") else "image/jpeg"
    return Reply(status, body, (("Content-Type", kind),))


def page(text: str, status: int = 200, *headers: tuple[str, str]) -> Reply:
    """Return an answer that is a page."""
    kind = ("Content-Type", "text/html; charset=utf-8")
    return Reply(
        status, text.encode(), headers if any(n == "Content-Type" for n, _ in headers) else (kind, *headers)
    )


def to(address: str, status: int = 302) -> Reply:
    """Return a redirect."""
    return Reply(status, b"", (("Location", address),))


SILENT = Reply(is_silent=True)


@dataclass
class StateServer:
    """All states at once, told apart by the name of the host: `s7.test` and `c7.test` are state 7's."""

    states: tuple[State, ...]
    port: int = 0
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="states", daemon=True)
        self._runner: web.AppRunner | None = None

    def start(self) -> None:
        """Serve on a free port."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result()

    def stop(self) -> None:
        """End the server and its thread."""
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def addresses(self, number: int) -> tuple[str, str]:
        """Return the addresses of a state's post and medium."""
        state = self.states[number]
        return self._place(number, state.post), self._place(number, state.media)

    def _place(self, number: int, target: str) -> str:
        kind, path = ("c", target.removeprefix("cdn:")) if target.startswith("cdn:") else ("s", target)
        return f"http://{kind}{number}.test:{self.port}{path}"

    async def _serve(self) -> None:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        host = request.host.split(":")[0]
        self.asked.append(f"{host}{request.raw_path}")
        if host == LOOPBACK and len(self.states) == 1:  # who has no name for it, as a browser here
            host = "s0.test"
        if not host.removesuffix(".test")[1:].isdigit():
            return self._blocking_host(request)
        number = int(host.removesuffix(".test")[1:])
        state = self.states[number]
        is_abroad = ABROAD in request.headers.get("User-Agent", "")
        answers = state.answers if not is_abroad or state.elsewhere is None else state.elsewhere
        is_cdn = host.startswith("c")
        target = ("cdn:" if is_cdn else "") + request.raw_path
        answer = answers.get(target, state.cdn_otherwise if is_cdn else state.otherwise)
        return self._written(answer if isinstance(answer, Reply) else answer(request), number, request)

    def _written(self, reply: Reply, number: int, request: web.Request) -> web.Response:
        if reply.is_silent:
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
        origins = {
            "{site}": self._place(number, ""),
            "{cdn}": self._place(number, "cdn:"),
            "{port}": str(self.port),
        }
        body = reply.body
        for name, origin in origins.items():
            body = body.replace(name.encode(), origin.encode())
        response = web.Response(status=reply.status, body=body)
        for name, value in reply.headers:
            for hole, origin in origins.items():
                value = value.replace(hole, origin)  # noqa: PLW2901  # filled in, hole by hole
            response.headers[name] = value
        return response

    def _blocking_host(self, _request: web.Request) -> web.Response:
        text = (
            "<html><head><title>불법·유해 정보(사이트)에 대한 차단 안내</title></head><body>"
            "귀하가 접속하려고 하는 정보(사이트)에서 "
            "불법·유해 내용이 제공되고 있어 해당 정보(사이트)에 대한 접속이 차단되었음을 "
            "알려드립니다.</body></html>"
        )
        return web.Response(text=text, content_type="text/html")
