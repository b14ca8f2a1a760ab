"""Reading preview pages of Telegram channels: whatever a page shows is read, whatever it hides is said."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from scripted_preview import ScriptedPreview, photo, words
from surroundings import around, web_to

from jikimi.model.errors import Blocked, Gone, Misconfigured, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Web
from jikimi.model.post import Event, Post
from jikimi.model.source import Options
from jikimi.sources import telegram_preview
from jikimi.sources.telegram_preview import TelegramPreview

pytestmark = pytest.mark.asyncio
Scripted = tuple[ScriptedPreview, Web]
STILL = (
    "<i class=tgme_widget_message_video_thumb style=\"background-image:url('https://cdn.test/s.jpg')\"></i>"
)


@pytest_asyncio.fixture
async def scripted() -> AsyncIterator[Scripted]:
    server = ScriptedPreview()
    async with server.opened() as fetcher:
        yield server, web_to(fetcher=fetcher)


def watching(scripted: Scripted, channels: str = "street") -> TelegramPreview:
    server, web = scripted
    typed = {"channels": channels, "site": server.url}
    return TelegramPreview(Options(TelegramPreview.manifest, typed), around(web))


async def read(source: TelegramPreview, cursor: str) -> list[Event]:
    return [event async for event in source.stream(cursor)]


def posts(events: list[Event]) -> list[Post]:
    return [event.post for event in events if event.post]


async def one(scripted: Scripted, body: str) -> Post:
    server, _ = scripted
    server.say(words("first"))
    anchor = await watching(scripted).anchor()
    server.say(body)
    (post,) = posts(await read(watching(scripted), anchor))
    return post


async def test_an_album_is_one_post_with_its_pictures_in_order(scripted: Scripted) -> None:
    urls = [f"https://cdn.test/{number}.jpg" for number in range(4)]
    post = await one(scripted, "".join(map(photo, urls)) + words("four"))
    assert [ref.url for ref in post.media] == urls
    assert (post.text, post.author, post.url) == ("four", "street", "https://t.me/street/102")
    assert post.published_at is not None


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ('<video src="https://cdn.test/a.mp4?token=1"></video>', [Kind.VIDEO]),
        ('<audio src="//cdn.test/a.ogg"></audio>', [Kind.AUDIO]),
        (
            f"{STILL}<video src='https://cdn.test/a.mp4'></video>",
            [Kind.VIDEO],
        ),
        (
            STILL,
            [Kind.IMAGE],
        ),
        (
            "<i class='link_preview_image' style='background-image:url(https://cdn.test/s.jpg)'></i>",
            [Kind.IMAGE],
        ),
        ("<i class=other style=\"background-image:url('https://cdn.test/s.jpg')\"></i>", []),
        ("<a class=tgme_widget_message_photo_wrap style=\"background-image:url('javascript:x')\"></a>", []),
    ],
)
async def test_every_kind_of_medium_is_told(scripted: Scripted, body: str, kinds: list[Kind]) -> None:
    post = await one(scripted, body)
    assert [ref.kind for ref in post.media] == kinds


async def test_words_keep_their_lines_and_hidden_links_and_invitations_stay_in_them(
    scripted: Scripted,
) -> None:
    body = words("one<br/>two <b>three</b> t.me/+Invitation <a href='https://t.me/joinchat/x'>here</a>")
    server, _ = scripted
    post = await one(scripted, body + "<div>not words</div>")
    assert post.text == "one\ntwo three t.me/+Invitation here\nhttps://t.me/joinchat/x"
    assert {path.partition("?")[0] for path in server.asked} == {"/s/street"}  # and nobody went there


async def test_a_long_absence_is_read_back_page_by_page_in_order(scripted: Scripted) -> None:
    server, _ = scripted
    server.say(words("first"))
    anchor = await watching(scripted).anchor()
    said = [server.say(words("more")) for _ in range(70)]
    events = await read(watching(scripted), anchor)
    assert [post.id for post in posts(events)] == said
    assert {event.cursor for event in events[:-1]} == {anchor}
    assert events[-1].filled


async def test_more_than_is_read_back_is_a_gap(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    server, _ = scripted
    monkeypatch.setattr(telegram_preview, "MOST_PAGES", 2)
    server.say(words("first"))
    anchor = await watching(scripted).anchor()
    said = [server.say(words("more")) for _ in range(90)]
    events: list[Event] = []
    with pytest.raises(Gone, match="Shorten the interval"):  # noqa: PT012 - what came before it counts
        async for event in watching(scripted).stream(anchor):
            events.append(event)  # noqa: PERF401 - as above
    assert [post.id for post in posts(events)] == said[-60:]


async def test_a_message_between_others_that_is_gone_leaves_a_tombstone_once(scripted: Scripted) -> None:
    server, _ = scripted
    kept = [server.say(words("words")) for _ in range(3)]
    anchor = await watching(scripted).anchor()
    server.take_down(kept[1])
    events = await read(watching(scripted), anchor)
    assert [(post.id, post.is_deleted) for post in posts(events)] == [(kept[1], True)]
    assert not posts(await read(watching(scripted), events[-1].cursor))


async def test_messages_that_only_left_the_page_are_not_called_deleted(scripted: Scripted) -> None:
    server, _ = scripted
    for _ in range(20):
        server.say(words("words"))
    anchor = await watching(scripted).anchor()
    server.say(words("one more"))
    assert not [post for post in posts(await read(watching(scripted), anchor)) if post.is_deleted]


async def test_notes_of_the_service_are_no_posts(scripted: Scripted) -> None:
    server, _ = scripted
    server.say(words("first"))
    anchor = await watching(scripted).anchor()
    server.say(words("pinned"), service="service_message")
    events = await read(watching(scripted), anchor)
    assert not posts(events)
    assert not sum(event.skipped for event in events)


async def test_a_channel_without_a_preview_is_named(scripted: Scripted) -> None:
    with pytest.raises(Blocked, match="@hidden"):
        await watching(scripted, "hidden").anchor()
    with pytest.raises(Blocked, match="@hidden"):
        await read(watching(scripted, "hidden"), "{}")


async def test_a_channel_that_closed_is_named_once_and_the_others_are_read_on(scripted: Scripted) -> None:
    server, _ = scripted
    source = watching(scripted, "hidden,street")
    with pytest.raises(Gone, match="@hidden"):
        await read(source, '{"street":{"last":1}}')
    said = server.say(words("words"))
    assert [post.id for post in posts(await read(source, '{"street":{"last":1}}'))] == [said]


async def test_a_page_of_another_form_is_no_empty_channel(scripted: Scripted) -> None:
    server, _ = scripted
    server.extra = '<div class="tgme_widget_message">no name</div>'
    with pytest.raises(TryLater, match="form"):
        await watching(scripted).anchor()


@pytest.mark.parametrize("typed", ["", "t.me/+Invitation", "https://t.me/joinchat/x", "a b", "@ab", "../x"])
async def test_only_public_names_are_taken(scripted: Scripted, typed: str) -> None:
    with pytest.raises(Misconfigured, match="Option channels: type"):
        watching(scripted, typed)


async def test_names_are_taken_as_people_write_them(scripted: Scripted) -> None:
    source = watching(scripted, "@Street, https://t.me/s/street, t.me/street")
    assert await source.anchor() == '{"street":{"last":0,"shown":[]}}'


async def test_a_hole_in_one_channel_is_told_though_another_ended_the_look(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = scripted
    monkeypatch.setattr(telegram_preview, "MOST_PAGES", 2)
    server.channels["square"] = []
    server.say(words("first"))
    source = watching(scripted, "street,square")
    cursor = await source.anchor()
    said = [server.say(words("more")) for _ in range(90)]
    server.refused.add("square")
    with pytest.raises(TryLater):  # noqa: PT012 - what came before it counts
        async for event in source.stream(cursor):
            cursor = event.cursor
    assert f'"last":{said[-1].partition("/")[2]}' in cursor
    server.refused.clear()
    with pytest.raises(Gone, match="Channel street had more"):
        await read(source, cursor)
    assert not posts(await read(source, cursor))
