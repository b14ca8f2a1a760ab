"""Lets the story fetch files from folders a person opened, through the same door as the web."""

import asyncio
import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from jikimi.model.errors import BadMedia, Blocked, Gone, Misconfigured, TryLater
from jikimi.model.ports import Clock, Fetched, Fetcher, Limits
from jikimi.model.post import Secret

SCHEME = "folder://"


class FolderDoor:
    """A Fetcher that reads `folder://<root name>/<percent-encoded relative path>`; the rest is for `web`.

    Answers with status 200, no address and no headers. Only regular files inside the root: a link that
    leads outside, `..`, a folder or a pipe is Blocked, a missing file is Gone, one over the cap is BadMedia,
    a root that is away is TryLater, one nobody opened is Misconfigured. A redirect never leads here: web
    fetchers know no such scheme.
    """

    def __init__(self, roots: Mapping[str, Path], web: Fetcher, *, clock: Clock) -> None:
        self._roots = roots  # the mapping itself: folders are opened while the house runs
        self._web = web
        self._clock = clock

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        """Fetch one address, from any thread."""
        if not url.startswith(SCHEME):
            return self._web.fetch(url, limits, headers)
        return self._read(url, limits)

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        """Fetch one address, from any event loop."""
        if not url.startswith(SCHEME):
            return await self._web.fetch_async(url, limits, headers)
        return await asyncio.to_thread(self._read, url, limits)

    def _read(self, url: str, limits: Limits) -> Fetched:
        name, _, path = url.removeprefix(SCHEME).partition("/")
        root = self._roots.get(unquote(name))
        if root is None:
            raise Misconfigured("A folder that is not open was asked for. Add the folder's watch again.")
        try:
            real_root = root.resolve(strict=True)
        except (OSError, RuntimeError) as error:  # a disk that is not plugged in does not mean removed
            raise TryLater(f"Folder {name} is not there. Connect its disk again.") from error
        try:
            inside = _path_inside(real_root, path)
            body = _read_file(real_root, inside, limits.max_bytes)
        except FileNotFoundError as error:
            raise Gone(f"The file is no longer in folder {name}.") from error
        except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
            raise Blocked(f"A file in folder {name} cannot be read. Check its owner and rights.") from error
        return Fetched(url=url, hops=(url,), address="", status=200, headers=(), body=body, at=self._clock())


def _path_inside(root: Path, path: str) -> PurePosixPath:
    """Return the file's path below the root with all links followed; Blocked when it leaves the root."""
    parts = unquote(path, errors="surrogateescape").split("/")
    if "?" in path or "#" in path or "\0" in "".join(parts) or not {"", ".", ".."}.isdisjoint(parts):
        raise Blocked("A folder address names one file, without dots and queries.")
    real = root.joinpath(*parts).resolve(strict=True)
    if not real.is_relative_to(root):
        raise Blocked("A file in the folder is a link that leads outside. Copy the file into the folder.")
    return PurePosixPath(real.relative_to(root))


def _read_file(root: Path, inside: PurePosixPath, max_bytes: int) -> bytes:
    """Read a regular file step by step without following links, so that none can be slipped in meanwhile."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in inside.parts[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            folder, left = os.open(part, flags, dir_fd=folder), folder
            os.close(left)
        file = os.open(inside.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    with open(file, "rb") as opened:  # noqa: PTH123 - it is a descriptor, not a path
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise Blocked("A folder address must name a regular file.")
        body = opened.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise BadMedia(f"The file has more than {max_bytes} bytes, the most we take.")
    return body
