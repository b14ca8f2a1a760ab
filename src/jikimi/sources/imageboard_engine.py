"""Reads the JSON of imageboards: 4chan's, those of vichan that copy it, and LynxChan's."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urljoin

import msgspec

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef
from jikimi.sources.kinds import kind_of_mime, kind_of_name
from jikimi.sources.markup import joined, plain_text

MOST_MEDIA = 100


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread as the board lists it. `stamp` changes with every post; it has `posts` of them at least."""

    number: int
    stamp: str
    modified: int
    posts: int


@dataclass(frozen=True, slots=True)
class BoardPost:
    """A post. `at` is a Unix time; `media` is empty where its files were deleted."""

    number: int
    at: int
    author: str
    text: str
    media: tuple[MediaRef, ...]
    has_lost_files: bool = False

    @property
    def published_at(self) -> datetime | None:
        """Return when the board says that it came."""
        try:
            return datetime.fromtimestamp(self.at, UTC) if self.at else None
        except (ValueError, OverflowError, OSError):
            return None


class _ListedThread(msgspec.Struct, frozen=True):
    no: int
    last_modified: int = 0
    replies: int = 0


class _ListPage(msgspec.Struct, frozen=True):
    threads: list[_ListedThread] = []


class _File(msgspec.Struct, frozen=True):
    tim: int | str | None = None
    ext: str = ""
    filename: str = ""
    fsize: int | None = None
    filedeleted: int = 0


class _Post(_File, frozen=True):
    no: int = 0
    time: int = 0
    name: str = ""
    trip: str = ""
    sub: str = ""
    com: str = ""
    extra_files: list[_File] = []


class _Posts(msgspec.Struct, frozen=True):
    posts: list[msgspec.Raw]


class _LynxThread(msgspec.Struct, frozen=True, rename="camel"):
    thread_id: int
    last_bump: str = ""
    post_count: int = 0


class _LynxFile(msgspec.Struct, frozen=True, rename="camel"):
    path: str = ""
    original_name: str = ""
    mime: str = ""
    size: int | None = None


class _LynxPost(msgspec.Struct, frozen=True, rename="camel"):
    thread_id: int = 0
    post_id: int = 0
    creation: str = ""
    name: str | None = None
    subject: str | None = None
    message: str | None = None
    files: list[_LynxFile] = []


class _LynxPosts(msgspec.Struct, frozen=True):
    posts: list[msgspec.Raw] = []


@dataclass(frozen=True, slots=True)
class Chan:
    """4chan (https://github.com/4chan/4chan-API) and vichan, which has several files in a post.

    `folder` is where threads lie below the board; `media` is a template of a file's address.
    """

    folder: str
    media: str
    board: str
    list_path: str = "threads.json"

    def thread_path(self, number: int) -> str:
        """Return where a thread's JSON lies, below the board."""
        return f"{self.folder}/{number}.json"

    def threads(self, body: bytes) -> list[Thread]:
        """Read the list of threads; DecodeError if it is none."""
        pages = msgspec.json.decode(body, type=list[_ListPage])
        return [
            Thread(one.no, f"{one.last_modified}-{one.replies}", one.last_modified, one.replies + 1)
            for page in pages
            for one in page.threads
        ]

    def posts(self, body: bytes) -> Iterator[BoardPost | None]:
        """Yield the posts of a thread, None for one that cannot be read; DecodeError if it is no thread."""
        for raw in msgspec.json.decode(body, type=_Posts).posts:
            try:
                yield self._post(msgspec.json.decode(raw, type=_Post))
            except msgspec.DecodeError:
                yield None

    def _post(self, post: _Post) -> BoardPost:
        files = [file for file in (post, *post.extra_files) if file.tim is not None or file.filedeleted]
        kept = [file for file in files if not file.filedeleted]
        words = [plain_text(post.sub), plain_text(post.com), *(file.filename for file in kept)]
        author = f"{post.name}{post.trip}"
        media = tuple(_refs((self._address(file), file.ext, "", file.fsize) for file in kept))
        return BoardPost(post.no, post.time, author, joined(words), media, len(kept) < len(files))

    def _address(self, file: _File) -> str:
        parts = {"{board}": self.board, "{tim}": str(file.tim), "{ext}": file.ext}
        address = self.media
        for name, value in parts.items():
            address = address.replace(name, quote(value, safe="."))
        return address


@dataclass(frozen=True, slots=True)
class LynxChan:
    """LynxChan (its doc/Json.txt): a catalog of threads, and files with addresses of their own."""

    site: str
    list_path: str = "catalog.json"

    def thread_path(self, number: int) -> str:
        """Return where a thread's JSON lies, below the board."""
        return f"res/{number}.json"

    def threads(self, body: bytes) -> list[Thread]:
        """Read the catalog; DecodeError if it is none."""
        listed = msgspec.json.decode(body, type=list[_LynxThread])
        return [
            Thread(one.thread_id, f"{one.last_bump}-{one.post_count}", _unix(one.last_bump), one.post_count)
            for one in listed
        ]

    def posts(self, body: bytes) -> Iterator[BoardPost | None]:
        """Yield the posts of a thread, None for one that cannot be read; DecodeError if it is no thread."""
        replies = msgspec.json.decode(body, type=_LynxPosts).posts
        for raw in (body, *replies):
            try:
                yield self._post(msgspec.json.decode(raw, type=_LynxPost))
            except msgspec.DecodeError:
                yield None

    def _post(self, post: _LynxPost) -> BoardPost:
        words = [post.subject or "", post.message or "", *(file.original_name for file in post.files)]
        files = [file for file in post.files if file.path]
        media = _refs(
            (urljoin(f"{self.site}/", file.path), file.path, file.mime, file.size) for file in files
        )
        number = post.post_id or post.thread_id
        return BoardPost(number, _unix(post.creation), post.name or "", joined(words), tuple(media))


def _refs(files: Iterable[tuple[str, str, str, int | None]]) -> Iterator[MediaRef]:
    """Yield media of files given as address, name, type and size; documents and programs are none."""
    for place, (address, name, mime, size) in enumerate(files):
        kind = kind_of_mime(mime) or kind_of_name(f"file{name}")
        if isinstance(kind, Kind) and place < MOST_MEDIA:
            yield MediaRef(kind, address, mime=mime or None, size=size)


def _unix(moment: str) -> int:
    try:
        read = datetime.fromisoformat(moment)
    except ValueError:
        return 0
    return int(read.replace(tzinfo=read.tzinfo or UTC).timestamp())
