"""The process that holds yt-dlp: asked for one page at a time, it names the files behind it, downloads none.

Started by `players.py`. It reads a line with an address and writes a line with what was found. Before the
first address it shuts itself in: no file may be written, none but its own program read, no program started,
no connection opened but to the guarded proxy.
"""

import ctypes
import encodings
import errno
import importlib
import os
import pkgutil
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any

import msgspec

from jikimi.media.lockdown import become_nobody, die_with_parent, load_landlock, load_seccomp

WANTED_HEIGHT = 480
MOST_FILES = 5
LONGEST_URL = 4_000
SOCKET_SECONDS = 8.0
MEMORY_BYTES = 1_500 * 2**20
PICTURES = frozenset({"jpg", "jpeg", "png", "gif", "webp", "avif", "bmp"})
LISTS = ("m3u8", "http_dash_segments")
FORBIDDEN = (
    "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "bind",
    "listen", "mount", "umount2", "unshare", "setns", "bpf", "keyctl", "add_key", "userfaultfd",
    "io_uring_setup",
    "init_module", "finit_module", "kexec_load", "open_by_handle_at",
)  # fmt: skip


class Found(msgspec.Struct, frozen=True):
    """One file behind a page. `kind` is image, video or audio."""

    kind: str
    url: str
    mime: str = ""
    referer: str = ""


def main(proxy_port: int, agent: str, parent: int) -> None:
    """Answer until the house hangs up; the first line says that it is ready, and which walls are missing."""
    room, asked = os.dup(1), os.fdopen(os.dup(0), "rb")
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)  # whatever yt-dlp prints is no answer
    finder = open_finder(f"http://127.0.0.1:{proxy_port}", agent)
    missing = shut_in(proxy_port, parent)
    os.write(room, msgspec.json.encode(missing) + b"\n")
    for line in asked:
        os.write(room, msgspec.json.encode(files_of(finder, line.decode().strip())) + b"\n")


def open_finder(proxy: str, agent: str) -> Any:
    """Load yt-dlp with all it knows; no configuration, cookie, cache, plug-in or update of its own."""
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    yt_dlp = importlib.import_module("yt_dlp")
    for package in (encodings, yt_dlp):
        _load_whole(package)
    finder = yt_dlp.YoutubeDL(
        {
            "proxy": proxy,
            "http_headers": {"User-Agent": agent},
            "quiet": True,
            "no_warnings": True,
            "logger": _Silence(),
            "skip_download": True,
            "cachedir": False,
            "compat_opts": {"no-certifi"},  # the system's roots, which nobody may read, too
            "check_formats": False,
            "socket_timeout": SOCKET_SECONDS,
            "retries": 0,
            "extractor_retries": 0,
            "playlist_items": f"1:{MOST_FILES}",
            "js_runtimes": {},
            "usenetrc": False,
            "enable_file_urls": False,
        }
    )
    with suppress(yt_dlp.utils.YoutubeDLError):  # loads what is loaded late; the proxy refuses port 9
        finder.extract_info("http://127.0.0.1:9/", download=False)
    return finder


def _load_whole(package: ModuleType) -> None:
    """Import all of a package now: later its files may be out of reach."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.", lambda _name: None):
        if module.name.rpartition(".")[2] not in ("__main__", "__pyinstaller", "lazy_extractors"):
            with suppress(ImportError, LookupError):  # what another system has, or another program
                importlib.import_module(module.name)


def shut_in(proxy_port: int, parent: int) -> list[str]:
    """Give up every right that is not needed; return which walls this machine lacks."""
    landlock, seccomp = load_landlock(), load_seccomp()
    become_nobody()
    die_with_parent(parent)
    ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(limit, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    walls = (("Landlock", _no_files(landlock, proxy_port)), ("seccomp", _no_calls(seccomp)))
    return [name for name, holds in walls if not holds]


def _no_files(landlock: Any, proxy_port: int) -> bool:
    if landlock is None:
        return False
    program = {os.path.realpath(path) for path in (*sys.path, sys.base_prefix + "/lib") if path}
    trusted = ("/etc/ssl", "/usr/share/ca-certificates", "/usr/lib/ssl", "/etc/localtime", "/dev/urandom")
    try:
        rules = landlock.Landlock(strict=False)
        rules.allow_read(*(path for path in (*sorted(program), *trusted) if os.path.exists(path)))  # noqa: PTH110 - no pathlib for texts
        rules.allow_network(proxy_port, bind=False, connect=True)
        rules.apply()
    except (landlock.LandlockError, OSError):
        return False
    return _cannot_connect()


def _cannot_connect() -> bool:
    """Tell whether a connection elsewhere is refused by the kernel itself."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", 9)) == errno.EACCES


def _no_calls(seccomp: Any) -> bool:
    if seccomp is None:
        return False
    try:
        rules = seccomp.SyscallFilter(seccomp.ALLOW)
        for call in FORBIDDEN:
            with suppress(OSError, ValueError):  # one that this machine does not know cannot be called
                rules.add_rule(seccomp.ERRNO(errno.EPERM), call)
        for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):  # names are asked by the proxy
            rules.add_rule(seccomp.ERRNO(errno.EPERM), "socket", seccomp.Arg(1, seccomp.MASKED_EQ, 0xF, kind))
        rules.load()
    except OSError:
        return False
    return True


class _Silence:
    def debug(self, message: str) -> None:
        """Keep silent: messages hold addresses."""

    info = warning = error = debug


def files_of(finder: Any, url: str) -> list[Found]:
    """Return the files behind a page, at most five; none where yt-dlp knows none or cannot read it."""
    errors = importlib.import_module("yt_dlp.utils").YoutubeDLError
    try:
        told = finder.extract_info(url, download=False)
    except (errors, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, MemoryError):
        return []  # its readers of foreign pages fail in many ways; the page itself was read before
    return [found for found in map(best_of, _each(told)) if found][:MOST_FILES]


def _each(told: Any) -> Iterator[dict[str, Any]]:
    if isinstance(told, dict):
        entries = told.get("entries")
        if entries is None:
            yield told
        else:
            for entry in list(entries)[:MOST_FILES]:
                yield from _each(entry)


def best_of(told: dict[str, Any]) -> Found | None:
    """Choose a file that plays by itself, near 480 lines, an MP4 before others; else a playlist."""
    formats = [one for one in told.get("formats") or [told] if _is_web(one.get("url"))]
    whole = [one for one in formats if not _is_list(one) and one.get("vcodec") != "none"]
    playing = [one for one in whole if one.get("acodec") != "none"] or whole
    lists = [one for one in formats if _is_list(one)]
    sounds = [one for one in formats if one.get("vcodec") == "none" and not _is_list(one)]
    if playing:
        return _found(min(playing, key=_distance), told)
    if lists:
        return _playlist(min(lists, key=_distance), told)
    return _found(sounds[-1], told) if sounds else None


def _distance(one: dict[str, Any]) -> tuple[int, bool]:
    height = one.get("height")
    known = height if isinstance(height, int) else WANTED_HEIGHT
    return abs(known - WANTED_HEIGHT), one.get("ext") != "mp4"


def _is_list(one: dict[str, Any]) -> bool:
    return str(one.get("protocol")).startswith(LISTS)


def _is_web(url: Any) -> bool:
    return isinstance(url, str) and len(url) <= LONGEST_URL and url.startswith(("http://", "https://"))


def _found(one: dict[str, Any], told: dict[str, Any]) -> Found:
    ending = str(one.get("ext") or told.get("ext") or "").lower()
    is_sound = one.get("vcodec") == "none"
    kind = "image" if ending in PICTURES else "audio" if is_sound else "video"
    return Found(kind, one["url"], f"{kind}/mp4" if ending == "mp4" else "", _referer(one))


def _playlist(one: dict[str, Any], told: dict[str, Any]) -> Found:
    whole = one.get("manifest_url") or told.get("manifest_url")
    is_hls = str(one.get("protocol")).startswith("m3u8")
    mime = "application/vnd.apple.mpegurl" if is_hls else "application/dash+xml"
    return Found("video", str(whole) if _is_web(whole) else one["url"], mime, _referer(one))


def _referer(one: dict[str, Any]) -> str:
    referer = (one.get("http_headers") or {}).get("Referer", "")
    return referer if _is_web(referer) and referer.isprintable() else ""


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
