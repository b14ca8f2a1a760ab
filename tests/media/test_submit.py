"""Submitting to an interface tells "nothing was sent" from "it may have been taken", and keeps all walls."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.submit import GuardedSubmitter
from jikimi.model.errors import Blocked, InDoubt, Misconfigured, TryLater
from jikimi.model.ports import Limits
from jikimi.model.post import Secret

QUICK = Limits(max_bytes=1000, deadline=timedelta(seconds=1))
TOKEN = {"Authorization": Secret("Bearer hunter2"), "Content-Type": Secret("application/json")}


@contextmanager
def answering(talk: Callable[[socket.socket], None]) -> Iterator[tuple[int, GuardedSubmitter]]:
    """Run a server that talks as told to each who comes."""
    door = socket.create_server(("127.0.0.1", 0))
    door.settimeout(10)
    ending = threading.Event()

    def serve() -> None:
        while not ending.is_set():
            try:
                line, _ = door.accept()
            except OSError:
                return
            with line:
                line.settimeout(5)
                if not ending.is_set():
                    talk(line)

    thread = threading.Thread(target=serve)
    thread.start()
    port = door.getsockname()[1]
    policy = AddressPolicy(frozenset({("127.0.0.1", port)}))
    try:
        yield port, GuardedSubmitter(policy, "Jikimi/test")
    finally:
        ending.set()
        with socket.create_connection(("127.0.0.1", port)):
            pass
        thread.join(10)
        door.close()


def whole_request(line: socket.socket, taken: list[bytes]) -> None:
    request = b""
    while not request.endswith(b"{}"):
        more = line.recv(4096)
        if not more:
            return
        request += more
    taken.append(request)


def test_one_body_arrives_whole_with_its_headers_and_the_answer_comes_back() -> None:
    taken: list[bytes] = []

    def talk(line: socket.socket) -> None:
        whole_request(line, taken)
        line.sendall(b"HTTP/1.1 202 Accepted\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok")

    with answering(talk) as (port, submitter):
        answer = submitter.submit(f"http://127.0.0.1:{port}/v1?a=b", b"{}", QUICK, TOKEN)
    assert (answer.status, answer.body, dict(answer.headers)["x-a"]) == (202, b"ok", "b")
    (request,) = taken
    assert request.startswith(b"POST /v1?a=b HTTP/1.1\r\n")
    head = request.lower()
    for line in (b"content-length: 2", b"authorization: bearer hunter2", b"content-type: application/json"):
        assert line in head
    assert b"chunked" not in head


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429, 500, 503])
def test_every_status_is_an_answer_and_no_redirect_is_followed(status: int) -> None:
    taken: list[bytes] = []

    def talk(line: socket.socket) -> None:
        whole_request(line, taken)
        line.sendall(f"HTTP/1.1 {status} X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n".encode())

    with answering(talk) as (port, submitter):
        assert submitter.submit(f"http://127.0.0.1:{port}/", b"{}", QUICK, TOKEN).status == status
    assert len(taken) == 1


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", b"no http at all\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000],
    ids=["closed", "half", "garbage", "too large"],
)  # fmt: skip
def test_no_whole_answer_to_a_whole_request_is_in_doubt(answer: bytes) -> None:
    taken: list[bytes] = []

    def talk(line: socket.socket) -> None:
        whole_request(line, taken)
        line.sendall(answer)

    with answering(talk) as (port, submitter), pytest.raises(InDoubt) as caught:
        submitter.submit(f"http://127.0.0.1:{port}/secret-path", b"{}", QUICK, TOKEN)
    assert len(taken) == 1
    assert "hunter2" not in str(caught.value)
    assert "secret-path" not in str(caught.value)


def test_silence_after_the_request_is_in_doubt() -> None:
    ending = threading.Event()

    def talk(line: socket.socket) -> None:
        whole_request(line, [])
        ending.wait(5)

    with answering(talk) as (port, submitter):
        with pytest.raises(InDoubt):
            submitter.submit(f"http://127.0.0.1:{port}/", b"{}", QUICK, TOKEN)
        ending.set()


def test_a_closed_door_is_tried_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    submitter = GuardedSubmitter(AddressPolicy(frozenset({("127.0.0.1", port)})), "Jikimi/test")
    with pytest.raises(TryLater):
        submitter.submit(f"http://127.0.0.1:{port}/", b"{}", QUICK, TOKEN)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://10.0.0.1/", "file:///etc/hosts", "http://[::1]/"]
)
def test_addresses_that_are_not_public_are_refused(url: str) -> None:
    with pytest.raises(Blocked):
        GuardedSubmitter(AddressPolicy(), "Jikimi/test").submit(url, b"{}", QUICK, TOKEN)


def test_a_name_that_leads_inside_is_refused_and_nothing_is_sent() -> None:
    async def inside(_host: str, _port: int) -> list[str]:
        return ["10.0.0.7"]

    submitter = GuardedSubmitter(AddressPolicy(), "Jikimi/test", resolve=inside)
    with pytest.raises(Blocked):
        submitter.submit("http://api.example/", b"{}", QUICK, TOKEN)


def test_a_header_that_breaks_out_of_its_line_is_refused() -> None:
    submitter = GuardedSubmitter(AddressPolicy(frozenset({("127.0.0.1", 9)})), "Jikimi/test")
    with pytest.raises(Misconfigured):
        submitter.submit("http://127.0.0.1:9/", b"{}", QUICK, {"X-A": Secret("a\r\nX-B: c")})
