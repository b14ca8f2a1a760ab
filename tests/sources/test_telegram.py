"""Watching Telegram with an account: albums, edits, deletions, refusals, and that nothing is ever joined."""

import asyncio
import importlib.util
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from scripted_telegram import NAMES, File, Message, errors, picture
from scripted_telegram import Telegram as Library
from surroundings import around

from jikimi.app.sources import NoBounds
from jikimi.model.errors import Blocked, Gone, JikimiError, Misconfigured, TryLater, Unauthorized
from jikimi.model.fingerprint import Kind
from jikimi.model.post import Event, Post
from jikimi.model.source import Options
from jikimi.sources.telegram import Telegram
from jikimi.sources.telegram_client import TelegramFiles, account_of

pytestmark = pytest.mark.asyncio
TYPED = {"channels": "street", "api_id": "7", "api_hash": "hush-hash", "session": "hush", "interval": "60"}
HARMLESS = {
    "connect", "disconnect", "is_user_authorized", "add_event_handler", "get_entity", "get_peer_id",
    "get_messages", "iter_messages", "iter_download",
}  # fmt: skip


def watching(library: Library | None, **typed: str) -> Telegram:
    return Telegram(Options(Telegram.manifest, TYPED | typed), around(watch="street watch"), library)


def stream_of(source: Telegram, cursor: str) -> AsyncGenerator[Event, None]:
    return cast("AsyncGenerator[Event, None]", source.stream(cursor))


async def read(source: Telegram, cursor: str) -> list[Event]:
    """Read until the source says that it has caught up."""
    events: list[Event] = []
    stream = stream_of(source, cursor)
    async with asyncio.timeout(30):
        async for event in stream:
            events.append(event)
            if event.post is None:
                break
    await stream.aclose()
    return events


def posts(events: list[Event]) -> list[Post]:
    return [event.post for event in events if event.post]


async def test_an_album_is_one_post_with_several_media() -> None:
    library = Library()
    library.messages = [
        picture(5, grouped_id=9, raw_text="words"),
        picture(6, grouped_id=9),
        picture(7, grouped_id=10),
        picture(8),
    ]
    events = await read(watching(library), '{"street":4}')
    assert [(post.id, len(post.media)) for post in posts(events)] == [
        ("street/5", 2),
        ("street/7", 1),
        ("street/8", 1),
    ]
    assert [event.cursor for event in events] == [
        '{"street":6}', '{"street":7}', '{"street":8}', '{"street":8}',
    ]  # fmt: skip
    first = posts(events)[0]
    assert first.media[1].url == "telegram://street%20watch/street/6"
    assert (first.text, first.url, first.media[0].size) == ("words", "https://t.me/street/5", 9)


async def test_files_are_told_by_their_type_and_notes_of_the_service_are_no_posts() -> None:
    library = Library()
    library.messages = [
        Message(5, action=object()),
        Message(6, file=File("video/mp4", 5)),
        Message(7, file=File("audio/ogg", 5)),
        Message(8, file=File("application/octet-stream", 5, "a.png")),
        Message(9, file=File("application/pdf", 5, "a.pdf")),
    ]
    found = posts(await read(watching(library), '{"street":4}'))
    assert [[ref.kind for ref in post.media] for post in found] == [
        [Kind.VIDEO], [Kind.AUDIO], [Kind.IMAGE], [],
    ]  # fmt: skip


async def test_an_invitation_stays_in_the_words_and_nothing_is_ever_joined() -> None:
    library = Library()
    hidden = [SimpleNamespace(url="https://t.me/joinchat/hidden"), SimpleNamespace()]
    library.messages = [Message(5, raw_text="come to t.me/+Invitation", entities=hidden)]
    source = watching(library)
    await source.anchor()
    (post,) = posts(await read(source, '{"street":4}'))
    assert post.text == "come to t.me/+Invitation\nhttps://t.me/joinchat/hidden"
    assert set(library.calls) <= HARMLESS


async def test_an_edit_is_a_post_of_its_own_and_a_counter_is_none() -> None:
    library = Library()
    stream = stream_of(watching(library), '{"street":100}')
    async with asyncio.timeout(30):
        await anext(stream)
        later = datetime(2026, 12, 1, tzinfo=UTC)
        counted = picture(7, edit_date=later, edit_hide=True)
        await library.push("MessageEdited", message=counted)
        await library.push("MessageEdited", message=picture(8, edit_date=later, raw_text="new"))
        event = await anext(stream)
    assert event.post
    assert (event.post.id, event.post.text) == (f"street/8@{int(later.timestamp())}", "new")
    assert event.post.media
    await stream.aclose()


async def test_what_is_pushed_is_read_from_the_channel_in_order() -> None:
    library = Library()
    stream = stream_of(watching(library), '{"street":100}')
    async with asyncio.timeout(30):
        await anext(stream)
        said = [await library.say() for _ in range(3)]
        events = [await anext(stream) for _ in said]
    assert [post.id for post in posts(events)] == said
    await stream.aclose()


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (errors.FloodWaitError(321), TryLater),
        (errors.UnauthorizedError(), Unauthorized),
        (errors.AuthKeyError(), Unauthorized),
        (errors.ForbiddenError(), Blocked),
        (errors.ChannelPrivateError(), Blocked),
        (errors.RPCError(), TryLater),
        (ConnectionError(), TryLater),
    ],
)
async def test_a_refusal_says_what_to_do(failure: Exception, error: type[JikimiError]) -> None:
    library = Library()

    source = watching(library)
    library.names = cast("dict[str, SimpleNamespace]", Refusing(failure))
    with pytest.raises(error) as caught:
        await source.anchor()
    if isinstance(failure, errors.FloodWaitError) and isinstance(caught.value, TryLater):
        assert caught.value.after == timedelta(seconds=321)
    assert "hush" not in f"{caught.value} {source!r}"


class Refusing(dict[str, SimpleNamespace]):
    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    def __contains__(self, _: object) -> bool:
        raise self._failure


async def test_a_session_that_ended_is_said() -> None:
    library = Library()
    library.is_signed_in = False
    with pytest.raises(Unauthorized, match="Sign in again"):
        await watching(library).anchor()


async def test_a_name_of_a_person_is_no_channel() -> None:
    with pytest.raises(Blocked, match="@mina"):
        await watching(Library(), channels="mina").anchor()


async def test_a_channel_that_closed_is_named_once_and_the_others_are_read_on() -> None:
    library = Library()
    library.messages = [picture(5)]
    source = watching(library, channels="street,closed")
    events: list[Event] = []
    with pytest.raises(Gone, match="@closed"):  # noqa: PT012 - what came before it counts
        async for event in source.stream('{"street":4}'):
            events.append(event)  # noqa: PERF401 - as above
    assert [post.id for post in posts(events)] == ["street/5"]
    assert not posts(await read(source, events[-1].cursor))


async def test_a_file_of_a_channel_that_bears_its_name_no_more_is_gone() -> None:
    account = account_of(Options(Telegram.manifest, TYPED))
    with pytest.raises(Gone):
        _ = [piece async for piece in TelegramFiles(account, NoBounds(), Library()).pieces("closed", 5)]


async def test_a_channel_that_was_typed_since_begins_now() -> None:
    library = Library()
    library.messages = [picture(5), picture(6)]
    source = watching(library)
    events = await read(source, "{}")
    assert (posts(events), events[-1].cursor) == ([], '{"street":6}')
    library.messages.append(picture(7))
    assert [post.id for post in posts(await read(source, events[-1].cursor))] == ["street/7"]


@pytest.mark.parametrize(
    ("option", "value"), [("api_id", "x"), ("session", "broken"), ("channels", "t.me/+a")]
)
async def test_a_wrong_option_is_named(option: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=f"Option {option}: type"):
        await watching(Library(), **{option: value}).anchor()


async def test_without_telethon_it_says_what_to_type() -> None:
    if importlib.util.find_spec("telethon"):
        pytest.skip("Telethon is installed")
    with pytest.raises(Misconfigured, match=r"pip install 'jikimi\[telegram\]'"):
        await watching(None).anchor()


async def test_the_stand_in_has_no_name_that_telethon_lacks() -> None:
    telethon = pytest.importorskip("telethon", reason="Telethon is not installed")
    assert all(hasattr(telethon.errors, name) for name in NAMES)
    assert all(hasattr(telethon.TelegramClient, name) for name in {*HARMLESS, "_call"})


async def test_a_file_comes_piece_by_piece_and_one_that_is_gone_is_gone() -> None:
    library = Library()
    library.messages = [picture(5), Message(6)]
    files = TelegramFiles(account_of(Options(Telegram.manifest, TYPED)), NoBounds(), library)
    assert [piece async for piece in files.pieces("street", 5)] == [b"one", b"two"]
    for number in (6, 7):
        with pytest.raises(Gone):
            [piece async for piece in files.pieces("street", number)]
    assert "hush" not in repr(files)
