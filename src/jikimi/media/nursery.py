"""The house's end of the zygote: starts it, asks it for readers, and has them buried."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from jikimi.media.lockdown import Posture
from jikimi.media.wire import (
    BURY,
    FORK,
    REPLY,
    REQUEST,
    Answer,
    Order,
    frame,
    pack_order,
    receive,
    receive_exactly,
    send,
    unpack_answer,
    unpack_posture,
)
from jikimi.model.errors import Misconfigured, TryLater

_START_SECONDS = 120.0
_REPLY_SECONDS = 30.0
_END_SECONDS = 5.0
_LARGEST_POSTURE = 4096
_ROOM_TO_SEND = 2**20
_LARGEST_COMPLAINT = 200


@dataclass(slots=True)
class Reader:
    """One locked-down process, its line, which locks it said hold, and how much it has done."""

    zygote: "Zygote"
    pid: int
    line: socket.socket
    posture: Posture
    files: int = 0
    busy_seconds: float = 0.0

    def ask(self, question: bytes, largest: int, seconds: float) -> Answer:
        """Put one packed question; the answer is at most `largest` bytes and takes at most `seconds`.

        Raises TimeoutError, ConnectionError when the process died, ValueError or msgspec.MsgspecError
        when what it says is not an answer. After an error the reader must be buried.
        """
        started = time.monotonic()
        send(self.line, question, started + seconds)
        answer = unpack_answer(receive(self.line, largest, started + seconds))
        self.files += 1
        self.busy_seconds += time.monotonic() - started
        return answer

    def bury(self) -> int | None:
        """End the process; return its wait status, None if the zygote had gone (and took it along)."""
        status = self.zygote.bury(self.pid)
        self.line.close()  # only now: a reader that hears us hang up ends in peace, whatever it did before
        return status


class Zygote:
    """A running zygote. One thread at a time talks to it; raises OSError once it is gone."""

    def __init__(self, order: Order) -> None:
        """Start it with nothing of our environment but the import path.

        Raises Misconfigured if it cannot, TryLater if it was killed meanwhile.
        """
        self._lock = threading.Lock()
        self._line, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = _launch(theirs.fileno())
        except OSError as error:
            self._line.close()
            raise Misconfigured(_did_not_start(f"Python cannot be run ({error.strerror})")) from error
        try:
            send(self._line, frame(pack_order(order)), time.monotonic() + _START_SECONDS)
            receive_exactly(self._line, REPLY.size, time.monotonic() + _START_SECONDS)
        except OSError as error:
            complaint = self._complaint(is_late=isinstance(error, TimeoutError))
            status = self._process.returncode
            self.close()
            if status < 0 and not isinstance(error, TimeoutError):
                name = signal.Signals(-status).name
                raise TryLater(
                    f"the sandbox was killed while it started ({name}); the file is read again. If this "
                    "stays, look for what ends processes here: most likely a lack of memory."
                ) from error
            raise Misconfigured(_did_not_start(complaint)) from error

    @property
    def pid(self) -> int:
        """Return the zygote's process id."""
        return self._process.pid

    def fork(self) -> Reader:
        """Return a new reader that has locked itself down. Raises OSError when that fails."""
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM_TO_SEND)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM_TO_SEND)
        try:
            with theirs:
                pid = self._request(FORK, 0, [theirs.fileno()])
            words = receive(ours, _LARGEST_POSTURE, time.monotonic() + _REPLY_SECONDS)
        except OSError:
            ours.close()
            raise
        return Reader(self, pid, ours, unpack_posture(words))

    def bury(self, pid: int) -> int | None:
        """End this reader; return its wait status, None if the zygote itself is gone."""
        try:
            return self._request(BURY, pid, [])
        except OSError:
            return None

    def close(self) -> None:
        """Hang up. The zygote ends, and the kernel ends its readers with it."""
        with self._lock:
            self._line.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _request(self, letter: bytes, pid: int, descriptors: list[int]) -> int:
        """Put one request and return the reply."""
        with self._lock:
            self._line.settimeout(_REPLY_SECONDS)
            socket.send_fds(self._line, [REQUEST.pack(letter, pid)], descriptors)
            reply = receive_exactly(self._line, REPLY.size, time.monotonic() + _REPLY_SECONDS)
        (number,) = REPLY.unpack(reply)
        return int(number)

    def _complaint(self, *, is_late: bool) -> str:
        """Return the last line a dying zygote wrote."""
        try:
            _, written = self._process.communicate(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            _, written = self._process.communicate()
        lines = written.decode("utf-8", "replace").split("\n")
        spoken = [line.strip() for line in lines if line.strip()]
        silence = "it said nothing in two minutes" if is_late else "it ended without a word"
        return spoken[-1][:_LARGEST_COMPLAINT] if spoken else silence


def _launch(descriptor: int) -> subprocess.Popen[bytes]:
    """Start the zygote's interpreter with one open descriptor and an empty environment."""
    return subprocess.Popen(  # noqa: S603  (our own interpreter and module)
        [sys.executable, "-P", "-s", "-m", "jikimi.media.zygote", str(descriptor)],
        env=_environment(),
        pass_fds=[descriptor],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the house, which then closes the sandbox
    )


def _did_not_start(why: str) -> str:
    """Return the message for an operator whose sandbox does not start."""
    return f"the sandbox did not start: {why}; repair the installation and run `jikimi selfcheck`"


def _environment() -> dict[str, str]:
    """Return all a zygote gets to know of its surroundings: where to import from, and to stay single."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
        "MALLOC_MMAP_THRESHOLD_": str(4 * 2**20),  # what a big picture took goes back to the kernel at once
        "MALLOC_TRIM_THRESHOLD_": str(16 * 2**20),
    }
