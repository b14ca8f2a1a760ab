"""A fingerprinter that does, inside the reader, what a file that captured it would do."""

import ctypes
import mmap
import os
import resource
import socket
import struct
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from jikimi.media.wire import Refused, pack_answer
from jikimi.model.fingerprint import Fingerprint, Kind, Picture

MARK = b"##attack:"
ESCAPED = Path(tempfile.gettempdir()) / "jikimi-escaped"
LINE = 3
_PTRACE_ATTACH = 16
_SET_PARENT_DEATH_SIGNAL = 1


def marked(body: bytes, attack: str) -> bytes:
    """Return the file with an order to the hostile fingerprinter behind its end."""
    return body + MARK + attack.encode() + b"##"


def _ptrace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(_PTRACE_ATTACH, os.getppid(), 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def _outlive() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_PARENT_DEATH_SIGNAL, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _raise_limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _executable_memory() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def _kill_house() -> None:
    os.kill(os.getppid(), 9)


def _loop() -> None:
    while True:
        pass


def _babble() -> None:
    os.write(LINE, struct.pack(">Q", 24) + b"\x80\x04cos\nsystem\n" + b"x" * 13)


def _flood() -> None:
    os.write(LINE, struct.pack(">Q", 2**60) + b"x" * 1000)


def _slander() -> None:
    os.write(LINE, pack_answer(Refused("\x1b[2Jthe screen is mine")))


TRIED: Mapping[str, Callable[[], object]] = {
    "read a file": lambda: Path("/etc/hostname").read_bytes(),
    "write a file": lambda: ESCAPED.write_bytes(b""),  # must not work
    "make a folder": ESCAPED.mkdir,  # must not work
    "remove a file": ESCAPED.unlink,  # must not work
    "list a folder": lambda: os.listdir("/"),  # noqa: PTH208  (the system call is the point)
    "read the house's memory": lambda: Path(f"/proc/{os.getppid()}/mem").open("rb").close(),
    "open a socket": lambda: socket.socket().close(),
    "open a local socket": socket.socketpair,
    "execute": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606  (must not work)
    "fork": lambda: os.fork() or os._exit(0),
    "become root": lambda: os.setuid(0),
    "kill the zygote": _kill_house,
    "trace the zygote": _ptrace,
    "raise its limits": _raise_limits,
    "make executable memory": _executable_memory,
    "make a memory file": lambda: os.close(os.memfd_create("escaped")),
    "outlive the zygote": _outlive,
}
DEADLY: Mapping[str, Callable[[], object]] = {
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "exit": lambda: os._exit(7),
    "take 8 GiB": lambda: bytearray(8 << 30),
    "fail": lambda: dict[str, str]()["nothing"],
    "loop": _loop,
    "babble": _babble,
    "flood": _flood,
    "slander": _slander,
}


class Hostile:
    """Named "hostile"; does what the file's mark says and reports how that went as its value."""

    name = "hostile"
    kind = Kind.IMAGE
    is_second_look = False

    def fingerprint(self, body: bytes, picture: Picture) -> list[Fingerprint]:
        _, _, order = body.rpartition(MARK)
        attack = order.rstrip(b"#").decode() if MARK in body else ""
        if attack == "describe":
            return [Fingerprint(self.name, describe())]
        if attack == "forge":
            return [Fingerprint("pdq", bytes(32))]
        if attack in DEADLY:
            DEADLY[attack]()
        elif attack in TRIED:
            return [Fingerprint(self.name, self._tried(attack))]
        return [Fingerprint(self.name, bytes([picture.width % 251]))]

    def _tried(self, attack: str) -> bytes:
        try:
            TRIED[attack]()
        except (OSError, ValueError, RuntimeError) as error:
            return type(error).__name__.encode()
        return b"allowed"


def describe() -> bytes:
    """What a captured reader can learn about its surroundings: environment names, its numbers, its doors."""
    doors = []
    for descriptor in range(64):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        doors.append(str(descriptor))
    return ";".join((",".join(sorted(os.environ)), str(os.getpid()), ",".join(doors))).encode()
