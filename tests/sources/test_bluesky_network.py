"""Watching Bluesky's own servers, as `tests/atproto/start` starts them; skipped by name without them."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from killing import HERE, end, rows, wait_until
from loopback_site import now
from surroundings import around, web_to

from bluesky_peer import Account, Network, account, network
from jikimi.media.addresses import AddressPolicy, parse_allowed
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.ports import Limits, Web
from jikimi.model.post import Event, Post
from jikimi.model.source import Options
from jikimi.sources.bluesky import Bluesky

sys.path.append(str(Path(__file__).parents[1] / "atproto"))

from scripted_network import Jetstream, relay

NETWORK = network()
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(NETWORK is None, reason="no Bluesky network: JIKIMI_TEST_ATPROTO is unset"),
]
PICTURE = encode_jpeg(draw(8))
POSTS, KILLS = 60, 5


@asynccontextmanager
async def opened(found: Network, *others: str) -> AsyncIterator[Web]:
    addresses = ",".join([found.allow, *(f"127.0.0.1:{url.rpartition(':')[2]}" for url in others)])
    policy = AddressPolicy(allowed=parse_allowed(addresses))
    with GuardedFetcher(policy, user_agent="jikimi-test", clock=now) as fetcher:
        yield web_to(found.server, found.directory, *others, fetcher=fetcher)


async def read(source: Bluesky, cursor: str, number: int, author: Account, named: str = "") -> list[Post]:
    """Return the author's next posts, whatever other tests put up; only those of a name, if one is given."""
    posts: list[Post] = []
    stream = source.stream(cursor)
    async with asyncio.timeout(30):
        while len(posts) < number:
            event: Event = await anext(stream)
            post = event.post
            is_wanted = post and f"/{author.did}/" in post.id and named in ("", post.id)
            posts += [post] if post and is_wanted else []
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    return posts


def sign_up() -> tuple[Network, Account]:
    assert NETWORK is not None
    return NETWORK, account(NETWORK)


@pytest.mark.asyncio
async def test_a_picture_is_fetched_from_its_authors_server_as_it_was_uploaded() -> None:
    found, author = await asyncio.to_thread(sign_up)
    async with opened(found) as web:
        source = Bluesky(Options(Bluesky.manifest, found.options), around(web))
        anchor = await source.anchor()
        before = now()
        picture = await asyncio.to_thread(author.upload, PICTURE)
        uri = await asyncio.to_thread(author.post, "a harmless post", picture)
        (post,) = await read(source, anchor, 1, author)
        (medium,) = post.media
        fetched = await web.fetch_async(medium.url, Limits())
    assert fetched.body == PICTURE
    assert (medium.sha256, medium.size) == (sha256(PICTURE).hexdigest(), len(PICTURE))
    assert (post.id, post.text, post.author) == (uri, "a harmless post", author.did)
    # Not what the author's program wrote, which says January here.
    assert post.published_at
    assert before - timedelta(seconds=2) <= post.published_at <= now()


@pytest.mark.asyncio
async def test_a_changed_post_is_a_new_one_and_its_deletion_names_both() -> None:
    found, author = await asyncio.to_thread(sign_up)
    async with opened(found) as web:
        source = Bluesky(Options(Bluesky.manifest, found.options), around(web))
        anchor = await source.anchor()
        uri = await asyncio.to_thread(author.post, "one thing")
        version = await asyncio.to_thread(author.change, uri, "another thing")
        await asyncio.to_thread(author.delete, uri)
        posts = await read(source, anchor, 4, author)
    assert [(post.id, post.text) for post in posts[:2]] == [
        (uri, "one thing"),
        (f"{uri}#{version}", "another thing"),
    ]
    assert [(post.id, post.is_deleted) for post in posts[2:]] == [(f"{uri}#{version}", True), (uri, True)]


@pytest.mark.asyncio
async def test_a_quiet_server_is_anchored_so_that_the_very_next_post_is_read() -> None:
    found, author = await asyncio.to_thread(sign_up)
    async with opened(found) as web:
        source = Bluesky(Options(Bluesky.manifest, found.options), around(web))
        await asyncio.to_thread(author.post, "before")
        await source.anchor()  # the server tells of a post a moment after it took it: now it has
        anchor = await source.anchor()
        await asyncio.to_thread(author.post, "after")
        assert [post.text for post in await read(source, anchor, 1, author)] == ["after"]


@pytest.mark.asyncio
async def test_retold_as_a_jetstream_a_post_of_the_network_is_the_same() -> None:
    found, author = await asyncio.to_thread(sign_up)
    stream = Jetstream()
    async with stream.opened() as url, opened(found, url) as web:
        telling = asyncio.create_task(relay(found.firehose, stream))
        options = {"mode": "jetstream", "host": url, "directory": found.directory}
        by_jetstream = Bluesky(Options(Bluesky.manifest, options), around(web))
        by_firehose = Bluesky(Options(Bluesky.manifest, found.options), around(web))
        anchor, retold_since = await by_firehose.anchor(), await by_jetstream.anchor()
        picture = await asyncio.to_thread(author.upload, PICTURE)
        await asyncio.to_thread(author.post, "a harmless post", picture)
        (told,) = await read(by_firehose, anchor, 1, author)
        (retold,) = await read(by_jetstream, retold_since, 1, author, told.id)
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
    assert (retold.text, retold.media) == (told.text, told.media)


@pytest.mark.slow
def test_killed_five_times_while_posts_keep_coming_nothing_is_lost(tmp_path: Path) -> None:
    _, author = sign_up()
    picture = author.upload(PICTURE)
    file, sent = tmp_path / "ledger.sqlite3", set[str]()

    def start() -> subprocess.Popen[bytes]:
        worker = subprocess.Popen([sys.executable, HERE / "bluesky_drill_worker.py", file])
        opened.callback(end, worker)
        return worker

    with ExitStack() as opened:
        worker = start()
        wait_until(lambda: bool(rows(file, "SELECT cursor FROM position")))  # anchored; nothing read yet
        end(worker)
        sent.add(author.post("while it was down", picture))
        worker, kills = start(), 1
        for number in range(POSTS):
            sent.add(author.post(f"drill {number}", picture))
            if number % (POSTS // KILLS) == 5 and kills < KILLS:
                wait_until(lambda: bool(sent & set(rows(file, "SELECT id FROM post"))))
                end(worker)
                worker, kills = start(), kills + 1
        wait_until(lambda: sent <= set(rows(file, "SELECT id FROM post")))
    assert kills == KILLS
