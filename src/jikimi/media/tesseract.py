"""Has letters read by Tesseract, a program of its own, which sees clean grey pixels and nothing else."""

import contextlib
import fcntl
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from jikimi.model.errors import BadMedia, TryLater
from jikimi.model.fingerprint import Picture

WANTED: Final = ("kor", "eng")
"""Languages, the first one first. Those that are not installed are left out."""

PACKAGES: Final = "tesseract-ocr tesseract-ocr-kor"
MOST_BYTES: Final = 2**18
"""Of what the program says; a page of a book has a fiftieth of it."""

MOST_MEMORY: Final = 2**30
NICE: Final = 10
SPARSE: Final = ("--psm", "11")
"""Text in no particular order, which is how pictures carry it."""

IN_LINES: Final = ("--psm", "3")
LIGHT: Final = 235
"""Grey level from which something is light ink: writing that is laid over a picture is mostly white."""

_LIGHT_INK: Final = bytes(0 if grey >= LIGHT else 255 for grey in range(256))  # black on white
_ENVIRONMENT: Final = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8", "PATH": os.defpath}


class Tesseract:
    """The port `Scribe`. One process a picture: no shell, bare environment, bounded time and memory.

    Pixels and words travel in memory files, so that nothing is written to a disk and nobody waits for a pipe.
    """

    def __init__(self, program: Path, *, timeout: timedelta = timedelta(seconds=20)) -> None:
        """`program` is the path of `tesseract` itself."""
        self._program = program
        self._seconds = timeout.total_seconds()

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Return which of the languages we want are installed; () also where the program does not work."""
        try:
            there = self._run(["--list-langs"], b"").split()
        except BadMedia:
            return ()
        return tuple(language for language in WANTED if language in there)

    def read(self, picture: Picture) -> str:
        """Return what is written in a picture, then what is in light ink there, read for itself.

        Raises BadMedia where the program hangs, fails or says too much, TryLater where somebody killed it.
        """
        if not self.languages:
            raise BadMedia("the program that reads letters does not work; run `jikimi selfcheck`")
        header = f"P5\n{picture.width} {picture.height}\n255\n".encode("ascii")
        asked = ["-", "-", "-l", "+".join(self.languages)]
        said = self._run([*asked, *SPARSE], header + picture.luma)
        return said + self._run([*asked, *IN_LINES], header + picture.luma.translate(_LIGHT_INK))

    def _run(self, arguments: Sequence[str], given: bytes) -> str:
        """Run the program on these bytes and return what it says."""
        asked, answer = _memory(given), _room(MOST_BYTES)
        try:
            status = self._wait(arguments, asked, answer)
            if status == -signal.SIGKILL:  # its own bounds end it otherwise
                raise TryLater(
                    "the program that reads letters was ended from outside; the picture is read again"
                )
            if status:
                raise BadMedia(f"the program that reads letters failed (status {status})")
            said = os.lseek(answer, 0, os.SEEK_CUR)  # the program wrote through the same descriptor
            return os.pread(answer, said, 0).decode("utf-8", "replace")
        finally:
            os.close(asked)
            os.close(answer)

    def _wait(self, arguments: Sequence[str], asked: int, answer: int) -> int:
        try:
            process = subprocess.Popen(  # noqa: S603  (a program of the machine's own, with arguments of ours)
                [self._program, *arguments],
                stdin=asked,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                start_new_session=True,
            )
        except OSError as error:
            raise BadMedia("the program that reads letters cannot be started") from error
        try:
            _limit(process.pid, int(self._seconds) + 1)
            return process.wait(self._seconds)
        except subprocess.TimeoutExpired as error:
            raise BadMedia(f"reading letters took longer than {self._seconds:g} s") from error
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def installed_scribe() -> Tesseract | None:
    """Return the machine's own Tesseract, None where there is none."""
    found = shutil.which("tesseract")
    return None if found is None else Tesseract(Path(found))


def _memory(content: bytes) -> int:
    """Return the descriptor of a file in memory, to be read from its beginning."""
    descriptor = os.memfd_create("jikimi")
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _room(most: int) -> int:
    """Return the descriptor of a file in memory that nobody can make longer, whoever writes to it."""
    descriptor = os.memfd_create("jikimi", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, most)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
    return descriptor


def _limit(pid: int, cpu_seconds: int) -> None:
    """Bound what a process that has just begun may take. One that has ended already needs no bounds."""
    bounds = {
        resource.RLIMIT_AS: MOST_MEMORY,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_CORE: 0,
    }
    with contextlib.suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, pid, NICE)
        for which, most in bounds.items():
            resource.prlimit(pid, which, (most, most))
