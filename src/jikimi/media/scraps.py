"""Room for a browser's temporary files: in memory, and emptied even if whoever used it was killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # memory, so that the browser's scraps never reach a disk
ROOM_WANTED: Final = 512 * 2**20
PREFIX: Final = "jikimi-browser-"


def scrap_folder() -> Path:
    """Return where the browser may put its temporary files: in memory if there is room, else on disk."""
    if (
        IN_MEMORY.is_dir()
        and os.access(IN_MEMORY, os.W_OK)
        and shutil.disk_usage(IN_MEMORY).free > ROOM_WANTED
    ):
        return IN_MEMORY
    return Path(tempfile.gettempdir())


@contextmanager
def scraps(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield an empty folder and a descriptor that says "in use" for as long as any process holds it open.

    What was left behind by houses that were killed goes first: it holds pages, and nobody else would remove
    it. Raises OSError where nothing can be written.
    """
    _sweep(folder)
    room, lock = _claim(folder)
    try:
        yield room, lock
    finally:
        shutil.rmtree(room, ignore_errors=True)
        os.close(lock)


def _claim(folder: Path) -> tuple[Path, int]:
    while True:
        room = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        with suppress(FileNotFoundError):  # swept by another before it was locked
            lock = os.open(room, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_SH)
            if room.is_dir():
                return room, lock
            os.close(lock)


def _sweep(folder: Path) -> None:
    """Remove our own folders that no living process holds."""
    for left in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):  # in use, somebody else's, or gone already
            lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(lock).st_uid == os.geteuid():
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(lock)
