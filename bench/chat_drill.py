"""Kills a watch on a real chat server while posts keep coming, and counts what was lost or came twice."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from matrix_peer import Homeserver, image
from nostr_peer import Relay, publish, signed_event

WORKER = Path(__file__).with_name("drill_worker.py")


@dataclass(frozen=True, slots=True)
class Chat:
    """A real server to watch, with what to type for it; `say` posts something and returns its id."""

    source: str
    options: Mapping[str, str]
    port: int
    say: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of a drill, in posts."""

    kills: int
    sent: int
    lost: int
    twice: int
    is_in_order: bool


def relay_chat(relay: Relay) -> Chat:
    """Return a relay to post notes to."""

    def say() -> str:
        return publish(relay.url, [signed_event(f"drill {token_hex(8)}")])[0]

    return Chat("nostr", {"relay": relay.url}, int(relay.url.rpartition(":")[2]), say)


def room_chat(server: Homeserver, limit: int) -> Chat:
    """Return a room of its own on a homeserver; `limit` is how much of it one answer holds."""
    author, watcher = server.register(), server.register()
    room = server.open_room(author, watcher)
    options = {"server": server.url, "token": watcher.token, "rooms": room, "limit": str(limit)}

    def say() -> str:
        return server.send(room, author, image(f"mxc://localhost/{token_hex(8)}"))

    return Chat("matrix", options, int(server.url.rpartition(":")[2]), say)


class Drill:
    """One watch that is killed and started again; its ledger outlives it."""

    def __init__(self, chat: Chat, folder: Path) -> None:
        self.chat = chat
        self.sent: list[str] = []
        self.kills = 0
        self._file = folder / f"ledger-{token_hex(4)}.sqlite3"
        self._worker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the watch."""
        options = json.dumps(dict(self.chat.options))
        arguments = [self.chat.source, options, str(self.chat.port), str(self._file)]
        self._worker = subprocess.Popen([sys.executable, str(WORKER), *arguments])

    def kill(self) -> None:
        """SIGKILL the watch."""
        self.end()
        self.kills += 1

    def end(self) -> None:
        """End the watch however it is."""
        if self._worker is not None:
            self._worker.kill()
            self._worker.wait()

    def say(self, number: int) -> None:
        """Post so many times."""
        for _ in range(number):
            self.sent.append(self.chat.say())

    def rows(self, query: str) -> list[str]:
        """Ask the ledger; [] before there is one."""
        try:
            with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)) as connection:
                return [str(row[0]) for row in connection.execute(query)]
        except sqlite3.OperationalError:
            return []

    @property
    def seen(self) -> list[str]:
        """Return the ids that arrived, in order, each as often as it came."""
        return self.rows("SELECT id FROM arrival ORDER BY rowid")

    @property
    def is_anchored(self) -> bool:
        """Tell whether a first position is stored."""
        return bool(self.rows("SELECT cursor FROM position"))

    def wait(self, holds: Callable[[], bool], patience: float = 60.0) -> bool:
        """Return whether something became true in time."""
        deadline = time.monotonic() + patience
        while not holds():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def tally(self) -> Tally:
        """Wait until everything arrived, or patience ends, and count."""
        self.wait(lambda: set(self.sent) <= set(self.seen))
        ours = [name for name in self.seen if name in set(self.sent)]
        first = list(dict.fromkeys(ours))
        return Tally(
            self.kills,
            len(self.sent),
            len(set(self.sent) - set(ours)),
            len(ours) - len(first),
            first == self.sent,
        )


@contextmanager
def drill(chat: Chat, folder: Path) -> Iterator[Drill]:
    """Start a watch and wait for its anchor; end it afterwards."""
    opened = Drill(chat, folder)
    opened.start()
    try:
        if not opened.wait(lambda: opened.is_anchored):
            raise RuntimeError(f"the watch on {chat.source} did not start")
        yield opened
    finally:
        opened.end()


def killed_while_posts_come(chat: Chat, folder: Path, kills: int = 5, posts: int = 120) -> Tally:
    """Kill at the anchor, before any post was read, and then again and again between posts."""
    with drill(chat, folder) as run:
        run.kill()
        run.start()
        for turn in range(kills - 1):
            run.say(posts // kills)
            run.wait(lambda: bool(set(run.sent) & set(run.seen)))
            run.say(turn)  # so that kills fall before, between and after writes
            run.kill()
            run.start()
        run.say(posts - len(run.sent))
        return run.tally()


def killed_before_its_first_post(chat: Chat, folder: Path, posts: int = 30) -> Tally:
    """Kill at the anchor, post while the watch is down, and start again."""
    with drill(chat, folder) as run:
        run.kill()
        run.say(posts)
        run.start()
        return run.tally()


def posts_while_down(chat: Chat, folder: Path, posts: int = 30) -> Tally:
    """Post once, kill the watch when it has read that, post while it is down, and start again."""
    with drill(chat, folder) as run:
        run.say(1)
        run.wait(lambda: set(run.sent) <= set(run.seen))
        run.kill()
        run.say(posts)
        run.start()
        return run.tally()
