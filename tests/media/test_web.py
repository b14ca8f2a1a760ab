"""What sources may do on the net: questions, endless answers, websockets, and servers that misbehave."""
# ruff: noqa: SIM117, PT012  # a server, what is asked of it, and what comes of that stand in this order

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from scripted_web import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    Script,
    Talk,
    frame,
    next_frame,
    says,
    scripted,
    shake_hands,
    socket_says,
)

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.web import GuardedWeb
from jikimi.model.errors import BadMedia, Blocked, Gone, JikimiError, Misconfigured, TryLater, Unauthorized
from jikimi.model.ports import Limits, Web
from jikimi.model.post import Secret

pytestmark = pytest.mark.asyncio
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
LONG, SHORT = timedelta(seconds=20), timedelta(seconds=0.3)
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
LIMITS = Limits(max_bytes=100_000, deadline=LONG)
TOKEN = {"Authorization": Secret("Bearer sesame")}


class NoPages:
    def fetch(self, *_: object) -> object:
        raise AssertionError("no page was asked for")


def web_to(*scripts: Script, open_within: timedelta = LONG, grace: timedelta = LONG) -> Web:
    doors = frozenset(("127.0.0.1", int(script.address.split(":")[1])) for script in scripts)
    return GuardedWeb(
        NoPages(),  # type: ignore[arg-type]
        AddressPolicy(doors),
        "jikimi-test",
        lambda: NOW,
        open_within=open_within,
        grace=grace,
    )


@asynccontextmanager
async def visited(talk: Talk, **wishes: timedelta) -> AsyncIterator[tuple[Web, str, Script]]:
    """Serve a script, and insist that whoever visited it has left, with nothing still running."""
    async with asyncio.timeout(30), scripted(talk) as script:
        yield web_to(script, **wishes), script.address, script
        if script.heads:
            await script.left.wait()
        left = [task for task in asyncio.all_tasks() if "aiohttp" in repr(task.get_coro())]
        assert left == []


# ---- endless answers


async def read_lines(
    talk: Talk, *, silence: timedelta = LONG, longest: int = 1000, open_within: timedelta = LONG
) -> tuple[list[bytes], JikimiError]:
    """Read to the bitter end: the lines, and how it ended."""
    lines: list[bytes] = []
    async with visited(talk, open_within=open_within) as (web, address, _):
        try:
            async with web.lines(f"http://{address}/", {}, silence=silence, longest=longest) as stream:
                async for line in stream:
                    lines.append(line)  # noqa: PERF401 - what came before the error is wanted
        except JikimiError as error:
            return lines, error
    raise AssertionError("an endless answer ended without a word")


EVENTS = b': hello\n\nevent: update\nid: 7\ndata: {"a": 1}\n\n'
RECORDS = b"".join(
    json.dumps({"id": number, "text": "\u00e9\ud55c"}).encode() + b"\r\n" for number in range(3)
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    "body", [EVENTS, EVENTS.replace(b"\n", b"\r\n"), RECORDS], ids=["LF", "CRLF", "JSON"]
)
async def test_lines_come_whole_however_they_were_cut(body: bytes, size: int) -> None:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    lines, error = await read_lines(says(STREAM, *pieces))
    assert lines == body.replace(b"\r\n", b"\n").split(b"\n")[:-1]
    assert isinstance(error, TryLater)
    assert "ended the stream" in str(error)


async def test_lines_come_out_of_chunks_as_well() -> None:
    head = STREAM.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n")
    lines, _ = await read_lines(says(head, b"3\r\na\nb\r\n", b"2\r\nc\n\r\n", b"0\r\n\r\n"))
    assert lines == [b"a", b"bc"]


async def test_half_a_line_at_the_end_is_no_line() -> None:
    assert (await read_lines(says(STREAM, b"whole\nhal")))[0] == [b"whole"]


async def test_a_line_is_given_as_soon_as_it_is_there() -> None:
    async with visited(says(STREAM, b"first\n", is_over=False)) as (web, address, _):
        async with web.lines(f"http://{address}/", {}, silence=LONG) as stream:
            assert await anext(stream) == b"first"


async def test_silence_ends_a_stream() -> None:
    lines, error = await read_lines(says(STREAM, b"one\n", is_over=False), silence=SHORT)
    assert lines == [b"one"]
    assert isinstance(error, TryLater)
    assert "has sent nothing for 0.3 seconds" in str(error)


async def test_a_heartbeat_of_single_letters_is_no_silence() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM)
        for _ in range(8):
            writer.write(b":")
            await writer.drain()
            await asyncio.sleep(0.1)
        writer.write(b"\n")
        writer.write_eof()

    assert (await read_lines(drip, silence=timedelta(seconds=0.4)))[0] == [b":" * 8]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("size", [1, 999, 2000])
async def test_a_line_may_be_as_long_as_agreed_and_no_longer(size: int, end: bytes) -> None:
    def cut(length: int) -> list[bytes]:
        body = b"x" * length + end
        return [body[at : at + size] for at in range(0, len(body), size)]

    assert (await read_lines(says(STREAM, *cut(1000))))[0] == [b"x" * 1000]
    lines, error = await read_lines(says(STREAM, *cut(1001)))
    assert lines == []
    assert isinstance(error, BadMedia)


async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(STREAM)
    while True:
        writer.write(b"x" * 10_000)
        await writer.drain()


async def test_a_line_without_end_is_not_kept() -> None:
    _, error = await read_lines(flood)
    assert isinstance(error, BadMedia)
    assert "more than 1000 bytes" in str(error)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
async def test_a_compressed_stream_is_refused_before_it_unfolds(encoding: str) -> None:
    bomb = gzip.compress(bytes(10**6))
    head = STREAM.replace(b"\r\n\r\n", f"\r\nContent-Encoding: {encoding}\r\n\r\n".encode())
    assert isinstance((await read_lines(says(head, bomb)))[1], BadMedia)


async def test_what_nobody_takes_waits_at_the_other_side() -> None:
    sent, is_stuck = 0, asyncio.Event()

    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(STREAM)
        while sent < 1000:
            writer.write(b"%03d" % sent + b"x" * 60_000 + b"\n")
            sent += 1
            try:
                await asyncio.wait_for(writer.drain(), 0.3)
            except TimeoutError:
                is_stuck.set()
                await writer.drain()

    async with visited(pour) as (web, address, _):
        async with web.lines(f"http://{address}/", {}, silence=LONG) as stream:
            assert (await anext(stream))[:3] == b"000"
            await is_stuck.wait()
            assert sent < 500  # 30 MB; what the sockets of both sides hold
            for number in range(1, 1000):
                assert (await anext(stream))[:3] == b"%03d" % number


async def test_a_reader_that_is_cancelled_leaves_nothing_behind() -> None:
    async with visited(says(STREAM, b"one\n", is_over=False)) as (web, address, _):
        is_reading = asyncio.Event()

        async def read() -> None:
            async with web.lines(f"http://{address}/", {}, silence=LONG) as stream:
                async for _ in stream:
                    is_reading.set()

        reader = asyncio.create_task(read())
        await is_reading.wait()
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader


@pytest.mark.parametrize("error", [OSError("a disk"), TimeoutError(), ValueError()])
async def test_what_goes_wrong_at_the_reader_is_not_called_the_servers_fault(error: Exception) -> None:
    async with visited(says(STREAM, b"one\n", is_over=False)) as (web, address, _):
        with pytest.raises(type(error)) as caught:
            async with web.lines(f"http://{address}/", {}, silence=LONG) as stream:
                await anext(stream)
                raise error
        assert caught.value is error


# ---- refusals, the same for all three


def refusal(status: int, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} No", *headers, "Content-Length: 0", "", ""]).encode()


async def ask(web: Web, way: str, address: str, path: str = "/") -> None:
    match way:
        case "post":
            await web.post_async(f"http://{address}{path}", b"question", LIMITS, TOKEN)
        case "lines":
            async with web.lines(f"http://{address}{path}", TOKEN, silence=LONG) as stream:
                await anext(stream)
        case _:
            async with web.socket(f"ws://{address}{path}", TOKEN, silence=LONG) as socket:
                await socket.receive()


WAYS = pytest.mark.parametrize("way", ["post", "lines", "socket"])


@WAYS
@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Unauthorized), (403, Blocked), (451, Blocked), (429, TryLater), (500, TryLater), (503, TryLater)],
)
async def test_a_refusal_is_named_by_what_to_do(way: str, status: int, error: type[JikimiError]) -> None:
    async with visited(says(refusal(status, "Retry-After: 90"))) as (web, address, _):
        with pytest.raises(error) as caught:
            await ask(web, way, address)
    if isinstance(caught.value, TryLater):
        assert caught.value.after == timedelta(seconds=90)


@WAYS
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 90000000", 3600),
        ("Retry-After: Mon, 30 Nov 2026 12:02:00 GMT", 120),
        ("Retry-After: Mon, 30 Nov 2026 11:00:00 GMT", 0),
        ("Retry-After: soon", 60),
        ("Retry-After: -5", 60),
        ("X-A: b", 60),
    ],
)
async def test_the_server_says_when_to_come_back(way: str, header: str, seconds: int) -> None:
    async with visited(says(refusal(429, header))) as (web, address, _):
        with pytest.raises(TryLater) as caught:
            await ask(web, way, address)
    assert caught.value.after == timedelta(seconds=seconds)


@pytest.mark.parametrize(("way", "error"), [("post", Gone), ("lines", Gone), ("socket", TryLater)])
async def test_what_is_not_there_is_gone_but_a_websocket_may_come_back(
    way: str, error: type[JikimiError]
) -> None:
    async with visited(says(refusal(404))) as (web, address, _):
        with pytest.raises(error):
            await ask(web, way, address)


@WAYS
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed_and_no_secret_travels_on(way: str, status: int) -> None:
    async with scripted(says(b"")) as elsewhere:
        talk = says(refusal(status, f"Location: http://{elsewhere.address}/"))
        async with scripted(talk) as script:
            with pytest.raises(Blocked, match="another address"):
                await ask(web_to(script, elsewhere), way, script.address)
        assert elsewhere.heads == []


@WAYS
async def test_a_redirect_to_itself_is_not_followed_either(way: str) -> None:
    async with visited(says(refusal(302, "Location: /again"))) as (web, address, script):
        with pytest.raises(Blocked):
            await ask(web, way, address)
        assert len(script.heads) == 1


@WAYS
async def test_the_secret_and_our_name_arrive(way: str) -> None:
    async with visited(says(refusal(503))) as (web, address, script):
        with pytest.raises(TryLater):
            await ask(web, way, address)
        assert "Authorization: Bearer sesame\r\n" in script.heads[0]
        assert "User-Agent: jikimi-test\r\n" in script.heads[0]


@WAYS
async def test_nothing_is_remembered_from_one_call_to_the_next(way: str) -> None:
    async with visited(says(refusal(503, "Set-Cookie: a=b", "Connection: keep-alive"))) as (
        web,
        address,
        script,
    ):
        for path in ("/first", "/second"):
            with pytest.raises(TryLater):
                await ask(web, way, address, path)
        assert len(script.heads) == 2
        assert not any("cookie" in head.lower() for head in script.heads)


@WAYS
@pytest.mark.parametrize(
    "headers",
    [{"X\r\nY": Secret("a")}, {"A": Secret("b\r\nC: d")}, {"Host": Secret("x")}, {"A": Secret("\0")}],
    ids=["name", "value", "host", "null"],
)
async def test_a_header_that_would_break_the_request_never_leaves(
    way: str, headers: dict[str, Secret]
) -> None:
    async with visited(says(b"")) as (web, address, script):
        with pytest.raises(Misconfigured):
            match way:
                case "post":
                    await web.post_async(f"http://{address}/", b"", LIMITS, headers)
                case "lines":
                    async with web.lines(f"http://{address}/", headers, silence=LONG):
                        pass
                case _:
                    async with web.socket(f"ws://{address}/", headers, silence=LONG):
                        pass
        assert script.heads == []


async def drip_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def interim(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100)
        await writer.drain()


@pytest.mark.parametrize("way", ["lines", "socket"])
@pytest.mark.parametrize(
    "talk", [says(b"", is_over=False), drip_headers, interim], ids=["mute", "drip", "interim"]
)
async def test_a_server_that_never_comes_to_the_point_is_left(way: str, talk: Talk) -> None:
    async with visited(talk, open_within=SHORT) as (web, address, _):
        with pytest.raises(TryLater, match="in time"):
            await ask(web, way, address)


@WAYS
@pytest.mark.parametrize(
    ("head", "error"),
    [
        (b"", TryLater),
        (b"220 mail.example ESMTP\r\n\r\n", TryLater),
        (b"<html>\r\n\r\n", TryLater),
        (b"HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", TryLater),
        (b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 40_000 + b"\r\n\r\n", BadMedia),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 500 + b"\r\n", TryLater),
        (b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", TryLater),
    ],
    ids=["hangs up", "mail", "HTTP 0.9", "101 without a key", "large header", "many headers", "odd length"],
)
async def test_what_is_no_proper_answer_is_named(way: str, head: bytes, error: type[JikimiError]) -> None:
    async with visited(says(head)) as (web, address, _):
        with pytest.raises(error):
            await ask(web, way, address)


# ---- questions


async def test_a_question_is_put_and_answered() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = await reader.readexactly(8)
        writer.write(b"HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 8\r\n\r\n" + body)

    async with visited(echo) as (web, address, script):
        answer = await web.post_async(f"http://{address}/ask?a=b", b"question", LIMITS, TOKEN)
        assert script.heads[0].startswith("POST /ask?a=b HTTP/1.1\r\n")
        assert "Accept-Encoding: identity\r\n" in script.heads[0]
    assert (answer.status, answer.body, answer.address) == (201, b"question", "127.0.0.1")
    assert ("x-a", "b") in answer.headers


async def test_a_refused_question_is_an_answer_where_any_is() -> None:
    anything = Limits(max_bytes=1000, deadline=LONG, is_any_status=True)
    async with visited(says(refusal(302, "Location: /x"))) as (web, address, script):
        assert (await web.post_async(f"http://{address}/", b"", anything, {})).status == 302
        assert len(script.heads) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(100_001),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(10**6)),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nx",
    ],
    ids=["announced", "sent", "bomb", "unasked encoding"],
)
async def test_an_answer_to_a_question_is_bounded(body: bytes) -> None:
    async with visited(says(body)) as (web, address, _):
        with pytest.raises(BadMedia):
            await web.post_async(f"http://{address}/", b"", LIMITS, {})


async def drip_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def test_a_dripping_answer_to_a_question_is_given_up() -> None:
    async with visited(drip_body, grace=SHORT) as (web, address, _):
        with pytest.raises(TryLater, match="sends less than"):
            await web.post_async(f"http://{address}/", b"", LIMITS, {})


@pytest.mark.parametrize(
    "talk", [says(b"", is_over=False), drip_headers, drip_body], ids=["mute", "head", "body"]
)
async def test_the_deadline_of_a_question_ends_everything(talk: Talk) -> None:
    async with visited(talk) as (web, address, _):
        with pytest.raises(TryLater, match=r"within 0\.3 seconds"):
            await web.post_async(f"http://{address}/", b"", Limits(deadline=SHORT), {})


# ---- websockets


async def test_messages_come_as_bytes_whole_and_in_order() -> None:
    parts = [frame(b"hal", is_last=False), frame(b"!", PING), frame(b"ves", 0)]
    talk = socket_says(frame("\ud55c".encode()), frame(b"\xff", BINARY), *parts, frame(b""))
    async with visited(talk) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=LONG) as socket:
            taken = [await socket.receive() for _ in range(4)]
    assert taken == ["\ud55c".encode(), b"\xff", b"halves", b""]


async def test_a_message_goes_out_as_text() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        kind, content = await next_frame(reader)
        writer.write(frame(b"%d " % kind + content))

    async with visited(echo) as (web, address, script):
        async with web.socket(f"ws://{address}/", TOKEN, silence=LONG) as socket:
            await socket.send("\ud55c")
            assert await socket.receive() == b"1 " + "\ud55c".encode()
        assert "permessage-deflate" not in script.heads[0]


async def test_their_pings_are_answered() -> None:
    async def ping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        writer.write(frame(b"are you there", PING))
        kind, content = await next_frame(reader)
        writer.write(frame(b"%d " % kind + content))

    async with visited(ping) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=LONG) as socket:
            assert await socket.receive() == b"10 are you there"


async def test_a_mute_websocket_is_left_after_the_silence() -> None:
    async with visited(socket_says(frame(b"first"))) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=SHORT) as socket:
            assert await socket.receive() == b"first"
            with pytest.raises(TryLater, match=r"has sent nothing for 0\.3 seconds"):
                await socket.receive()


async def test_a_websocket_that_answers_pings_stays_open() -> None:
    async def answer_pings(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        for _ in range(4):
            kind, content = await next_frame(reader)
            assert kind == PING
            writer.write(frame(content, PONG))
        writer.write(frame(b"at last"))

    async with visited(answer_pings) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=SHORT) as socket:
            assert await socket.receive() == b"at last"


async def endless_fragments(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await shake_hands(reader, writer)
    writer.write(frame(b"", is_last=False))
    while True:
        writer.write(frame(b"", 0, is_last=False) * 10)
        await writer.drain()
        await asyncio.sleep(0.01)


async def drip_message(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await shake_hands(reader, writer)
    writer.write(frame(b"", claims=500))
    for _ in range(499):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("talk", [endless_fragments, drip_message])
async def test_a_message_that_never_ends_is_silence(talk: Talk) -> None:
    async with visited(talk) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=SHORT) as socket:
            with pytest.raises(TryLater, match="has sent nothing"):
                await socket.receive()


async def test_a_slow_taker_makes_the_other_side_wait_and_loses_neither_messages_nor_connection() -> None:
    sent, is_stuck = 0, asyncio.Event()

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await shake_hands(reader, writer)
        while sent < 1000:
            writer.write(frame(b"%03d" % sent + b"x" * 60_000))
            sent += 1
            try:
                await asyncio.wait_for(writer.drain(), 1)  # more than three times the silence
            except TimeoutError:
                is_stuck.set()
                await writer.drain()

    async with visited(pour) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=SHORT) as socket:
            assert (await socket.receive())[:3] == b"000"
            await is_stuck.wait()
            assert sent < 500
            for number in range(1, 1000):
                assert (await socket.receive())[:3] == b"%03d" % number


@pytest.mark.parametrize(
    "frames",
    [
        [frame(b"x" * 1001)],
        [frame(b"x", claims=2**62)],
        [frame(b"x", claims=2**64 - 1)],
        [frame(b"x" * 600, is_last=False), frame(b"x" * 600, 0)],
        [frame(b"x" * 600, is_last=False), *[frame(b"x" * 100, 0, is_last=False)] * 9],
    ],
    ids=["one frame", "announced", "announced beyond all numbers", "two frames", "without end"],
)
async def test_a_message_longer_than_agreed_is_refused(frames: list[bytes]) -> None:
    async with visited(socket_says(frame(b"x" * 1000), *frames)) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=LONG, longest=1000) as socket:
            assert len(await socket.receive()) == 1000
            with pytest.raises(BadMedia, match="more than 1000 bytes"):
                await socket.receive()


PACKER = zlib.compressobj(wbits=-15)
BOMB = PACKER.compress(bytes(10**7)) + PACKER.flush()


@pytest.mark.parametrize(
    "frames",
    [
        [frame(BOMB, flags=0x40)],
        [frame(b"x", flags=0x20)],
        [frame(b"x", 3)],
        [frame(b"x", 0)],
        [frame(b"x" * 126, PING)],
        [frame(b"x", PING, is_last=False)],
        [frame(b"\x00\x01", CLOSE)],
        [b"HTTP/1.1 200 OK\r\n\r\n"],
    ],
    ids=["bomb", "flags", "kind", "loose end", "long ping", "cut ping", "odd close", "no frame"],
)
async def test_a_websocket_that_breaks_its_rules_is_left(frames: list[bytes]) -> None:
    async with visited(socket_says(*frames)) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=LONG, longest=1000) as socket:
            with pytest.raises(TryLater, match="does not keep to the rules"):
                await socket.receive()


async def test_compression_that_was_not_offered_opens_no_door_for_bombs() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer, "Sec-WebSocket-Extensions: permessage-deflate")
        writer.write(frame(BOMB, flags=0x40))

    async with visited(talk) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=LONG) as socket:
            with pytest.raises(TryLater, match="does not keep to the rules"):
                await socket.receive()


@pytest.mark.parametrize(
    ("code", "error"),
    [(1000, TryLater), (1001, TryLater), (1008, Blocked), (1011, TryLater), (4000, TryLater)],
)
async def test_a_goodbye_says_what_to_do(code: int, error: type[JikimiError]) -> None:
    async with visited(socket_says(frame(code.to_bytes(2), CLOSE))) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=LONG) as socket:
            with pytest.raises(error):
                await socket.receive()
            with pytest.raises(TryLater):
                await socket.send("anybody there?")


async def test_a_connection_that_breaks_is_tried_later() -> None:
    async with visited(socket_says(frame(b"one"), is_over=True)) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=LONG) as socket:
            assert await socket.receive() == b"one"
            with pytest.raises(TryLater, match="closed the connection"):
                await socket.receive()


async def talk_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await shake_hands(reader, writer)
    while True:
        writer.write(frame(b"and another thing"))
        await writer.drain()
        await asyncio.sleep(0.01)


async def test_whoever_talks_on_when_we_leave_is_left_talking() -> None:
    async with visited(talk_on) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=LONG) as socket:
            await socket.receive()


async def test_whoever_takes_nothing_from_us_is_left() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.wait_for(is_given_up.wait(), 20)
        writer.transport.resume_reading()  # type: ignore[attr-defined]

    is_given_up = asyncio.Event()
    async with visited(deaf) as (web, address, _):
        async with web.socket(f"ws://{address}/", {}, silence=SHORT) as socket:
            with pytest.raises(TryLater, match="takes nothing"):
                for _ in range(1000):
                    await socket.send("x" * 2**20)
            is_given_up.set()


async def test_a_watcher_that_is_cancelled_leaves_nothing_behind() -> None:
    async with visited(socket_says(frame(b"one"))) as (web, address, _):
        is_watching = asyncio.Event()

        async def watch() -> None:
            async with web.socket(f"ws://{address}/", {}, silence=LONG) as socket:
                await socket.receive()
                is_watching.set()
                await socket.receive()

        watcher = asyncio.create_task(watch())
        await is_watching.wait()
        watcher.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watcher


@pytest.mark.parametrize("error", [OSError("a disk"), TimeoutError(), ValueError()])
async def test_what_goes_wrong_at_the_watcher_is_not_called_the_servers_fault(error: Exception) -> None:
    async with visited(socket_says(frame(b"one"))) as (web, address, _):
        with pytest.raises(type(error)) as caught:
            async with web.socket(f"ws://{address}/", {}, silence=LONG):
                raise error
        assert caught.value is error


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "ws:/127.0.0.1/",
        "wss",
        "ftp://127.0.0.1/",
        "ws://me@127.0.0.1/",
        "ws://127.1/",
        "ws://",
    ],
)
async def test_only_plain_websocket_addresses_are_opened(url: str) -> None:
    with pytest.raises(Blocked):
        async with web_to().socket(url, {}, silence=LONG):
            pass


async def test_two_hundred_questions_keep_no_threads_and_no_sockets() -> None:
    async def yes(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with visited(yes) as (web, address, script):
        for _ in range(200):
            assert (await web.post_async(f"http://{address}/", b"", LIMITS, {})).body == b"ok"
        assert len(script.heads) == 200


async def test_pages_go_through_the_fetcher() -> None:
    page = says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    async with scripted(page) as script:
        policy = AddressPolicy(frozenset({("127.0.0.1", int(script.address.split(":")[1]))}))
        with GuardedFetcher(policy, user_agent="test", clock=lambda: NOW) as fetcher:
            web = GuardedWeb(fetcher, policy, "test", lambda: NOW)
            assert (await web.fetch_async(f"http://{script.address}/", LIMITS)).body == b"ok"
            assert (await asyncio.to_thread(web.fetch, f"http://{script.address}/", LIMITS)).body == b"ok"
