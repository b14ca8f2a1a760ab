"""Watches a folder: every file that somebody puts there is a post with one medium."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from jikimi.model.errors import Gone, Misconfigured, NeedsHuman, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Surroundings
from jikimi.model.post import Event, MediaRef, Post
from jikimi.model.source import Manifest, Option, Options, Tested
from jikimi.sources.folder_sidecar import is_sidecar, sidecar_of
from jikimi.sources.kinds import kind_of_name
from jikimi.sources.reminders import Reminders
from jikimi.sources.seen import Seen

DEEPEST = 64
MOST_FILES = 20_000
MOST_AT_ONCE = 500  # the rest waits for the next look
UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".swp", "~")
EMPTY = "="
SHORTEST_INTERVAL = timedelta(seconds=0.1)


class Folder:
    """A polled Source (see model/ports.py) for files that people or programs lay into a folder.

    A file is read once two looks found the same size and time; changed later, it is a new post.
    Subfolders count; hidden and unfinished files, links and empty files do not. Nothing is modified.
    `name.json`, laid down before `name.jpg`, may say where that was posted; see `Sidecar`.
    The cursor is the set of files read that are still there.
    """

    manifest = Manifest(
        name="folder",
        title="A folder in which people or programs lay files",
        is_push=False,
        auth="none",
        cost="none",
        terms="",
        tested=Tested.ITSELF,
        tested_on="a folder",
        misses="files that are gone again within two looks",
        schemes=("folder",),
        options=(
            Option("path", "the folder's whole path, such as /srv/incoming", is_needed=True),
            Option("existing", "yes to read the files that are there at the start, too", default="no"),
            Option("interval", "the pause between two looks in seconds, at least 0.1", default="1"),
        ),
    )

    def __init__(self, options: Options, around: Surroundings) -> None:
        self._path = _checked_path(options.text("path"))
        self._reads_existing = options.one_of("existing", "yes", "no") == "yes"
        self._interval = options.seconds("interval", SHORTEST_INTERVAL)
        self._clock = around.clock
        self._watch = around.watch
        self._last: dict[str, str] = {}
        self._reminders = Reminders()

    def __repr__(self) -> str:
        return f"Folder({self._watch})"

    @property
    def interval(self) -> timedelta:
        """Return the pause between two looks."""
        return self._interval

    async def anchor(self) -> str:
        """Return a cursor that knows the files there now, or none of them with `existing=yes`."""
        found, _ = await asyncio.to_thread(self._look)
        return _cursor(Seen() if self._reads_existing else Seen.of(file.version for file in found))

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        """Yield the files that are new and finished, oldest first, each with the cursor behind it."""
        seen = _read_cursor(cursor)
        found, closed = await asyncio.to_thread(self._look)
        seen = seen.trimmed((file.version for file in found), 0)
        finished = [file for file in found if self._last.get(file.path) == file.version]
        self._last = {file.path: file.version for file in found}
        fresh = [file for file in finished if file.version not in seen]
        for file in sorted(fresh, key=lambda file: file.modified_at)[:MOST_AT_ONCE]:
            seen = seen.plus(file.version)
            post, skipped = await asyncio.to_thread(self._post, file)
            yield Event(_cursor(seen), post, skipped)
        yield Event(_cursor(seen))
        if due := self._reminders.due(closed, self._clock()):
            raise Gone(f"{len(due)} folders within the watched one cannot be read. Check their rights.")

    def _post(self, file: "_File") -> tuple[Post, int]:
        """Return the post of a file, and how many sidecars could not be read."""
        url = f"folder://{quote(self._watch, safe='')}/{file.path}"
        ref = MediaRef(kind_of_name(file.path) or Kind.IMAGE, url, size=file.size)
        said, is_read = sidecar_of(str(self._path), file.path)
        now, seen = self._clock(), said.url or url
        post = Post(self._watch, file.version, seen, said.author, said.text, said.moment, now, (ref,))
        return post, 0 if is_read else 1

    def _look(self) -> tuple[list["_File"], list[str]]:
        """Return the files, and the folders that are closed to us or nested too deeply."""
        closed: list[str] = []
        try:
            found = list(_files(str(self._path), "", closed))
        except FileNotFoundError as error:
            raise TryLater("The watched folder is not there. Is its disk mounted?") from error
        except (PermissionError, NotADirectoryError) as error:
            raise NeedsHuman("The watched folder cannot be read. Check its path and rights.") from error
        if len(found) > MOST_FILES:
            raise NeedsHuman(f"The watched folder has more than {MOST_FILES} files. Move old ones away.")
        return found, closed


@dataclass(frozen=True, slots=True)
class _File:
    """A file as found: its percent-encoded path below the folder, its bytes, its time in nanoseconds."""

    path: str
    size: int
    modified_at: int

    @property
    def version(self) -> str:
        """Name the file as it is now; the name of its post."""
        return f"{self.path}@{self.modified_at}-{self.size}"


def _files(folder: str, below: str, closed: list[str]) -> Iterator[_File]:
    """Walk a folder without following links. What vanishes meanwhile was not there."""
    with os.scandir(folder) as entries:
        for entry in entries:
            path = below + quote(os.fsencode(entry.name), safe="")
            if (
                entry.name.startswith(".")
                or entry.name.lower().endswith(UNFINISHED)
                or is_sidecar(entry.name)
            ):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _subfolder(entry.path, f"{path}/", closed)
            else:
                yield from _file(entry, path)


def _subfolder(folder: str, below: str, closed: list[str]) -> Iterator[_File]:
    if below.count("/") > DEEPEST:
        closed.append(below)
        return
    try:
        yield from _files(folder, below, closed)
    except (FileNotFoundError, NotADirectoryError):
        return
    except PermissionError:
        closed.append(below)


def _file(entry: os.DirEntry[str], path: str) -> Iterator[_File]:
    try:
        facts = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_ISREG(facts.st_mode) and facts.st_size:
        yield _File(path, facts.st_size, facts.st_mtime_ns)


def _cursor(seen: Seen) -> str:
    return seen.format() or EMPTY


def _read_cursor(cursor: str) -> Seen:
    try:
        return Seen.parse("" if cursor == EMPTY else cursor)
    except ValueError as error:
        raise Misconfigured("The stored cursor is not one of a folder. Add the watch again.") from error


def _checked_path(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute():
        raise Misconfigured("Option path: type the folder's whole path, such as /srv/incoming")
    return path
