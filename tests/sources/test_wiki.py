"""A real MediaWiki: what is put up there is seen, and nothing is lost when the watch is killed."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from killing import HERE, end, rows, wait_until
from loopback_site import now
from surroundings import around, web_to

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.ports import Limits
from jikimi.model.post import Post
from jikimi.model.source import Options
from jikimi.sources.website import Website
from wiki_peer import Wiki, is_installed, start_wiki

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not is_installed(), reason="MediaWiki is not installed (apt-get install mediawiki)"),
]
POSTS, KILLS = 40, 5


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Wiki]:
    started = start_wiki(tmp_path / "wiki")
    yield started
    started.stop()


@pytest.mark.asyncio
async def test_a_picture_that_is_put_up_is_a_post_and_so_is_the_page_that_shows_it(wiki: Wiki) -> None:
    port = int(wiki.url.rpartition(":")[2])
    policy = AddressPolicy(allowed=frozenset({("127.0.0.1", port)}))
    picture = encode_jpeg(draw(3, 200, 150))
    with GuardedFetcher(policy, user_agent="jikimi-test", clock=now) as fetcher:
        given = Options(Website.manifest, {"url": wiki.feed})
        source = Website(given, around(web_to(fetcher=fetcher), "wiki"))
        anchor = await source.anchor()
        address = wiki.upload("Willow.jpg", picture)
        wiki.edit("Garden", "[[File:Willow.jpg]] A garden with a willow.")
        posts = [event.post async for event in source.stream(anchor) if event.post]
        by_title: dict[str, Post] = {post.text.partition("\n")[0]: post for post in posts}
        assert set(by_title) == {"File:Willow.jpg", "Garden"}
        for post in by_title.values():
            found = {ref.url.partition("?")[0] for ref in post.media}
            assert address in found
            assert post.published_at is not None
        assert "willow" in by_title["Garden"].text
        assert (await fetcher.fetch_async(address, Limits())).body == picture


@pytest.mark.slow
def test_killed_five_times_while_pictures_are_put_up_nothing_is_lost(wiki: Wiki, tmp_path: Path) -> None:
    file, sent = tmp_path / "ledger.sqlite3", set[str]()

    def start() -> subprocess.Popen[bytes]:
        worker = subprocess.Popen([sys.executable, HERE / "drill_site.py", wiki.feed, file])
        opened.callback(end, worker)
        return worker

    def seen() -> set[str]:
        titles = (re.search(r"title=File:([^&]+)", name) for name in rows(file, "SELECT id FROM post"))
        return {title[1] for title in titles if title}

    with ExitStack() as opened:
        worker = start()
        wait_until(lambda: bool(rows(file, "SELECT cursor FROM position")))  # anchored; nothing read yet
        end(worker)
        worker, kills = start(), 1
        for number in range(POSTS):
            wiki.upload(f"Drill{number}.jpg", encode_jpeg(draw(number, 64, 48)))
            sent.add(f"Drill{number}.jpg")
            if number % (POSTS // KILLS) == 5 and kills < KILLS:
                wait_until(lambda: bool(sent & seen()))
                end(worker)
                worker, kills = start(), kills + 1
        wait_until(lambda: sent <= seen())
    assert kills == KILLS
