"""Connections that are kept open, and what happens when a server closes them just as they are used again."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.connections import CONNECTIONS_PER_HOST
from jikimi.media.fetch import GuardedFetcher
from jikimi.model.errors import TryLater
from jikimi.model.ports import Limits

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
LIMITS = Limits(max_bytes=1000, deadline=timedelta(seconds=20), max_redirects=3)


class Kept:
    """A server that answers the first question on a connection and hangs up at the second.

    The first `together` connections are answered only once all of them have asked, so that all are kept. Once
    `is_mute`, it hangs up at every question.
    """

    def __init__(self, together: int) -> None:
        self.is_mute = False
        self.questions: list[int] = []
        self._all_here = threading.Barrier(together)
        self._together = together
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        self.port = int(self._listening.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}/"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                self.questions.append(0)
                talk = threading.Thread(target=self._talk, args=(line, len(self.questions) - 1))
                self._threads.append(talk)
                talk.start()

    def _talk(self, line: socket.socket, number: int) -> None:
        with closing(line), suppress(OSError):
            while _question(line):
                self.questions[number] += 1
                if self.is_mute or self.questions[number] > 1:
                    return
                if number < self._together:
                    self._all_here.wait(20)
                line.sendall(HELLO)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join()


def _question(line: socket.socket) -> bool:
    """Read one; False when the other end has hung up."""
    read = b""
    while not read.endswith(b"\r\n\r\n"):
        part = line.recv(4096)
        if not part:
            return False
        read += part
    return True


@pytest.fixture
def serve_kept() -> Iterator[Callable[[int], tuple[Kept, GuardedFetcher]]]:
    """Open a server and a fetcher that has this many connections to it open."""
    opened: list[tuple[Kept, GuardedFetcher]] = []

    def build(connections: int) -> tuple[Kept, GuardedFetcher]:
        server = Kept(connections)
        policy = AddressPolicy(frozenset({("127.0.0.1", server.port)}))
        fetcher = GuardedFetcher(policy, user_agent="jikimi-test", clock=lambda: datetime.now(UTC))
        opened.append((server, fetcher))
        with ThreadPoolExecutor(connections) as threads:
            asked = [threads.submit(fetcher.fetch, server.url, LIMITS) for _ in range(connections)]
        assert [one.result().body for one in asked] == [b"hello"] * connections
        assert server.questions == [1] * connections
        return server, fetcher

    yield build
    for server, fetcher in opened:
        fetcher.close()
        server.close()


@pytest.mark.parametrize("connections", range(1, CONNECTIONS_PER_HOST + 1))
def test_a_question_that_meets_closed_connections_is_asked_once_more_on_a_new_one(
    connections: int, serve_kept: Callable[[int], tuple[Kept, GuardedFetcher]]
) -> None:
    server, fetcher = serve_kept(connections)
    assert fetcher.fetch(server.url, LIMITS).body == b"hello"
    assert len(server.questions) == connections + 1


def test_many_questions_at_once_all_get_their_answer(
    serve_kept: Callable[[int], tuple[Kept, GuardedFetcher]],
) -> None:
    server, fetcher = serve_kept(CONNECTIONS_PER_HOST)
    with ThreadPoolExecutor(16) as threads:
        bodies = list(threads.map(lambda _: fetcher.fetch(server.url, LIMITS).body, range(64)))
    assert bodies == [b"hello"] * 64


def test_a_server_that_hangs_up_on_new_connections_too_is_not_asked_for_ever(
    serve_kept: Callable[[int], tuple[Kept, GuardedFetcher]],
) -> None:
    server, fetcher = serve_kept(CONNECTIONS_PER_HOST)
    server.is_mute = True
    with pytest.raises(TryLater, match="gives no answer"):
        fetcher.fetch(server.url, LIMITS)
    assert sum(server.questions) <= CONNECTIONS_PER_HOST + 4
