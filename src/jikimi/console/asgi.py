"""Makes one ASGI application of the console and a house, and keeps large bodies out of memory and disk."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.signals import request_finished
from django.db import connection

from jikimi.console.apps import ConsoleConfig
from jikimi.model.errors import Misconfigured
from jikimi.model.ports import House

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SMALL = 2**20
TAKES_FILES = re.compile(r"/cases/[0-9a-f]{32}/references")
HANDING_IN = "/api/v1/posts"


def application(house: House) -> App:
    """Return the console of this house. Django must be started; call it once a process."""
    config = apps.get_app_config("console")
    if not isinstance(config, ConsoleConfig):
        raise Misconfigured("Django was started without the console. Start it with start_django(settings).")
    config.house = house
    request_finished.connect(_hang_up, dispatch_uid="jikimi.console")
    return _bounded(cast("App", get_asgi_application()))


def _hang_up(**_: object) -> None:
    """Close the request's own connection: under ASGI each request has its own thread, and leaves it."""
    connection.close()


def _bounded(inner: App) -> App:
    """Answer the server's life cycle, and refuse bodies that Django would spool to a temporary file."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await _answer(inner, scope, receive, send)

    return app


async def _answer(inner: App, scope: Scope, receive: Receive, send: Send) -> None:
    headers = dict(scope["headers"])
    most = settings.FILE_UPLOAD_MAX_MEMORY_SIZE if _takes_files(scope["path"], headers) else SMALL
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or int(announced) > most:
        await _refuse(send, scope["path"])
        return
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return message if taken <= most else {"type": "http.disconnect"}  # Django lets go of what it holds

    await inner(scope, counted, send)
    if taken > most:
        await _refuse(send, scope["path"])


def _takes_files(path: str, headers: dict[bytes, bytes]) -> bool:
    """Tell whether large bodies may come here; from partners only with what looks like a token."""
    return bool(TAKES_FILES.fullmatch(path)) or (
        path == HANDING_IN and headers.get(b"authorization", b"").startswith(b"Bearer jikimi_")
    )


async def _refuse(send: Send, path: str) -> None:
    if path == HANDING_IN:
        kind, body = b"application/json", '{"error":"Too large. Send it in several posts."}'
    else:
        kind = b"text/plain; charset=utf-8"
        body = "너무 큽니다. 파일을 나누어 올려 주세요. / Too large. Add the files in several steps.\n"
    headers = [(b"content-type", kind), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
