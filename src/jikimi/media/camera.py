"""Captures a page with the Chromium of this machine, in a process of its own that cannot outlive its time."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from jikimi.media.addresses import AddressPolicy, read_address
from jikimi.media.browser_order import Order, Taken, read_answer, write
from jikimi.media.family import kill_descendants
from jikimi.media.scraps import IN_MEMORY, scrap_folder, scraps
from jikimi.model.capture import Capture
from jikimi.model.errors import Busy, TryLater

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
FROM_PLAYWRIGHT: Final = (
    "chromium-*/chrome-linux*/chrome",
    "chromium_headless_shell-*/chrome-headless-shell-linux*/chrome-headless-shell",
    "chromium_headless_shell-*/chrome-linux*/headless_shell",
)
HOW_TO_INSTALL: Final = "apt-get install chromium (or: playwright install chromium)"
MOST_ANSWER: Final = 64 * 2**20
MOST_BYTES: Final = 80 * 2**20
MOST_BODY: Final = 5 * 2**20
AT_ONCE: Final = max(1, os.cpu_count() or 1)
"""Pages that are looked at at the same time: a browser keeps a core busy."""

TURN_SECONDS: Final = 10.0  # a worker's thread waits so long for its turn; then it does something else
GRACE: Final = 10.0  # seconds beyond its deadline: to start, and before it is ended from outside

_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class ChromiumCamera:
    """The port `Camera`, with a browser. One process a page; Playwright drives it.

    `is_boxed` tells whether Chromium's own sandbox is on; it does not start as root with it.
    """

    program: Path
    policy: AddressPolicy
    user_agent: str
    deadline: timedelta = timedelta(seconds=40)
    locale: str = "ko-KR"
    most_bytes: int = MOST_BYTES
    switches: tuple[str, ...] = ()
    is_boxed: bool = True

    def capture(self, url: str, *, is_covered: bool) -> Capture:
        """Look at one page; see the port."""
        read_address(url)
        if not _turns.acquire(timeout=TURN_SECONDS):
            raise Busy("The browser is busy with other pages.", timedelta(seconds=5))
        try:
            return self._capture(url, is_covered=is_covered)
        except OSError as error:
            raise TryLater("The browser cannot be started. Check disk, memory and processes.") from error
        finally:
            _turns.release()

    def _capture(self, url: str, *, is_covered: bool) -> Capture:
        folder = scrap_folder()
        with scraps(folder) as (own, lock):
            order = Order(
                url=url,
                program=str(self.program),
                user_agent=self.user_agent,
                allowed=tuple(sorted(self.policy.allowed)),
                is_covered=is_covered,
                is_boxed=self.is_boxed,
                seconds=self.deadline.total_seconds(),
                most_bytes=self.most_bytes,
                most_body=MOST_BODY,
                locale=self.locale,
                switches=self.switches,
                notes=_notes(folder, is_boxed=self.is_boxed),
            )
            return _ask(order, own, lock)


def find_chromium() -> Path | None:
    """Return the machine's Chromium, or the one that Playwright installed; None where there is neither."""
    for name in PROGRAMS:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    cache = Path.home() / ".cache" / "ms-playwright"
    installed = [path for pattern in FROM_PLAYWRIGHT for path in sorted(cache.glob(pattern))]
    return installed[-1] if installed else None


def _notes(folder: Path, *, is_boxed: bool) -> tuple[str, ...]:
    notes = []
    if not is_boxed:
        notes.append(
            "The browser ran without its own sandbox (--no-sandbox), because the service runs as root."
        )
    if folder != IN_MEMORY:
        notes.append("The browser's temporary files lay on a disk until the capture ended.")
    return tuple(notes)


def _ask(order: Order, scraps: Path, lock: int) -> Capture:
    """Start the process, wait for its answer, and leave nothing of it behind; it holds `lock`, too."""
    asked, room = _memory(write(order)), os.memfd_create("jikimi")
    given = (str(asked), str(room), str(os.getpid()), str(scraps))
    try:
        with subprocess.Popen(  # noqa: S603  # our own module and numbers
            [sys.executable, "-m", "jikimi.media.browser_process", *given],
            pass_fds=(asked, room, lock),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(scraps, sys.path),
            start_new_session=True,
        ) as process:
            try:
                process.wait(order.seconds + GRACE)
            except subprocess.TimeoutExpired as error:
                raise TryLater("The browser's process hung and was ended.") from error
            finally:
                _end(process)
        size = os.fstat(room).st_size
        if size > MOST_ANSWER:
            raise TryLater("The browser's process says too much.")
        answer = read_answer(os.pread(room, size, 0))
    finally:
        os.close(asked)
        os.close(room)
    if isinstance(answer, Taken):
        return answer.capture
    raise answer.error()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process and all it adopted, browser first, so that no orphan is left."""
    if process.poll() is None:
        kill_descendants(process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(scraps: Path, paths: Sequence[str]) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(scraps),
        "TMPDIR": str(scraps),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _memory(content: bytes) -> int:
    descriptor = os.memfd_create("jikimi")
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
