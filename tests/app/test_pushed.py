"""The whole way of a push: a hub on loopback, the real service with its console, and a watch that is told."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import OperationalError
from sqlite3 import connect as open_file

import pytest

sys.path.append(str(Path(__file__).parents[1] / "sources"))

from hub import Hub, Mailbox
from loopback_site import Site

from jikimi.cli.demo.operator import free_port

pytestmark = [pytest.mark.server, pytest.mark.slow]
PATIENCE = 45  # seconds; reached only when something is lost


def count(file: Path, query: str) -> int:
    try:
        connection = open_file(f"file:{file}?mode=ro", uri=True)
        try:
            return int(connection.execute(query).fetchone()[0])
        finally:
            connection.close()
    except OperationalError:
        return 0  # not there yet


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - another process changes a file
            await asyncio.sleep(0.05)


@pytest.mark.asyncio
async def test_what_a_hub_delivers_is_a_post_long_before_the_next_look(tmp_path: Path) -> None:
    site, hub = Site(), Hub(Mailbox(lambda: datetime.now(UTC)))
    file, port = tmp_path / "data" / "jikimi.sqlite3", free_port()
    async with site.opened(), hub.opened() as address:

        def feed(*names: str) -> bytes:
            items = "".join(f"<item><guid>{name}</guid><link>/{name}</link></item>" for name in names)
            link = f'<atom:link rel="hub" href="{address}"/>'
            return f'<rss version="2.0"><channel>{link}{items}</channel></rss>'.encode()

        site.pages["/feed"] = ("application/rss+xml", feed("old"))
        environment = {
            **os.environ,
            "JIKIMI_DATA": str(tmp_path / "data"), "JIKIMI_LANGUAGE": "en", "JIKIMI_CENTRE": "Specimen",
            "JIKIMI_PORT": str(port), "JIKIMI_ADDRESS": f"http://127.0.0.1:{port}",
            "JIKIMI_ALLOW": f"127.0.0.1:{site.port},127.0.0.1:{hub.port}",
        }  # fmt: skip
        with (tmp_path / "log").open("wb") as log:
            service = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "jikimi", "serve",
                env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            await until(lambda: count(file, "SELECT count(*) FROM auth_user") > 0)
            options = [f"url={site.url('/feed')}", "interval=3600"]
            added = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "jikimi", "watch", "add", "website", "board", *options, "--by", "admin",
                env=environment,
            )  # fmt: skip
            assert await added.wait() == 0, (tmp_path / "log").read_text()
            await until(lambda: bool(hub.subscribers))
            site.pages["/new"] = ("text/html", b"<title>New</title><img src=/a.jpg>")
            looks = site.requests.count("/feed")
            await hub.publish(site.url("/feed"), feed("new"))
            await until(lambda: count(file, "SELECT posts FROM store_watchrow") == 1)
            assert site.requests.count("/feed") == looks
        finally:
            os.killpg(service.pid, signal.SIGTERM)
            await service.wait()
    assert service.returncode == 0, (tmp_path / "log").read_text()
