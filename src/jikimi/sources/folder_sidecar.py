"""Reads what somebody lays beside a file in a watched folder: where, by whom and when it was posted."""

import os
import stat
from datetime import datetime
from typing import Annotated
from urllib.parse import unquote_to_bytes, urlsplit

import msgspec

from jikimi.sources.kinds import SUFFIXES
from jikimi.sources.moments import in_utc

SIDECAR = ".json"
LARGEST = 2**18
LONGEST_ADDRESS = 4_096
LONGEST_TEXT = 100_000
LONGEST_NAME = 512


class Sidecar(msgspec.Struct, frozen=True):
    """What is said of a file; all of it may be missing. `url` is where people see it."""

    url: Annotated[str, msgspec.Meta(max_length=LONGEST_ADDRESS)] = ""
    author: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)] = ""
    text: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)] = ""
    published_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    @property
    def moment(self) -> datetime | None:
        """Return when it was published, in UTC."""
        return in_utc(self.published_at)


READER = msgspec.json.Decoder(Sidecar)
NOTHING = Sidecar()


def is_sidecar(name: str) -> bool:
    """Tell whether a file speaks of others and is no medium itself."""
    return name.lower().endswith(SIDECAR)


def sidecar_of(folder: str, path: str) -> tuple[Sidecar, bool]:
    """Return what lies beside a file, and whether it could be read; `path` is percent-encoded.

    Beside `name.jpg` that is `name.json`. A broken one never keeps the file from being looked at.
    """
    stem, dot, ending = path.rpartition(".")
    is_medium = f"{dot}{ending}".lower() in SUFFIXES
    name = unquote_to_bytes(stem if is_medium else path) + SIDECAR.encode()
    beside = os.fsencode(folder) + b"/" + name
    try:
        handle = os.open(beside, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return NOTHING, True
    except OSError:
        return NOTHING, False
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return NOTHING, False
        body = file.read(LARGEST + 1)
    try:
        read = READER.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return NOTHING, False
    is_whole = len(body) <= LARGEST and (not read.url or _is_address(read.url))
    return (read, True) if is_whole else (NOTHING, False)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        return False
