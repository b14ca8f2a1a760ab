"""The process all readers are forked from: loads every decoder once, then forks and buries on request."""

import codecs
import gc
import io
import os
import pkgutil
import signal
import socket
import sys
import time
from collections.abc import Sequence
from importlib import import_module

import av
import numpy as np
from PIL import Image

from jikimi.media.decode import prepare
from jikimi.media.lockdown import load_landlock, load_seccomp
from jikimi.media.moving_specimen import draw_clip
from jikimi.media.reader import answer_to, read_files
from jikimi.media.wire import BURY, CODES, INSPECT, RENDER, REPLY, REQUEST, Question, receive, unpack_order
from jikimi.model.fingerprint import Effort
from jikimi.model.ports import ClipFingerprinter, Fingerprinter

_LARGEST_ORDER = 320 * 2**20  # a network of a centre's own travels with it
_ORDER_SECONDS = 60.0
_WARM_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")
_TEXT_CODECS = ("ascii", "latin-1", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32")


def main(arguments: Sequence[str]) -> int:
    """Serve the socket whose descriptor is the only argument, until the house hangs up."""
    line = socket.socket(fileno=int(arguments[0]))
    order = unpack_order(receive(line, _LARGEST_ORDER, time.monotonic() + _ORDER_SECONDS))
    prepare()
    warm(order.fingerprinters)
    warm_clips(order.clip_fingerprinters)
    landlock, seccomp = load_landlock(), load_seccomp()
    gc.collect()
    gc.freeze()  # readers share these pages; the collector must not write to them
    line.settimeout(None)
    line.sendall(REPLY.pack(0))
    me = os.getpid()
    while request := _next_request(line):
        letter, pid, descriptor = request
        if letter == BURY:
            line.sendall(REPLY.pack(_bury(pid)))
            continue
        child = os.fork()
        if child == 0:
            read_files(descriptor, order, me, landlock, seccomp)
        os.close(descriptor)
        line.sendall(REPLY.pack(child))
    return 0


def warm(fingerprinters: Sequence[Fingerprinter]) -> None:
    """Read a small drawing in each format, so that nothing is imported after the doors are shut."""
    for codec in _TEXT_CODECS:
        codecs.lookup(codec)
    rows, columns = np.mgrid[0:96, 0:144]
    wave = 127 + 120 * np.sin(rows / 7) * np.cos(columns / (5 + rows / 20))
    drawing = Image.fromarray(wave.astype(np.uint8)).convert("RGB")
    for name in _WARM_FORMATS:
        kept = io.BytesIO()
        drawing.save(kept, name)
        for verb in (INSPECT[Effort.SECOND], RENDER, CODES):
            answer_to(Question(verb, 64, kept.getvalue()), fingerprinters)


def warm_clips(fingerprinters: Sequence[ClipFingerprinter]) -> None:
    """Load all of PyAV, and read a drawn clip with sound, long enough for every algorithm."""
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if not module.name.endswith("__main__"):
            import_module(module.name)  # PyAV itself waits until a file has subtitles, for one
    body = draw_clip(1, seconds=4.0, width=96, height=64, fps=8)
    for effort in Effort:
        answer_to(Question(INSPECT[effort], 0, body), (), fingerprinters)


def _next_request(line: socket.socket) -> tuple[bytes, int, int] | None:
    """Return letter, process id and descriptor of the next request; None when the house hung up."""
    message, descriptors, _, _ = socket.recv_fds(line, REQUEST.size, 1)
    if len(message) != REQUEST.size:
        return None
    letter, pid = REQUEST.unpack(message)
    return letter, pid, descriptors[0] if descriptors else -1


def _bury(pid: int) -> int:
    """End a reader if it still lives, and return its wait status. Its number is not reused before."""
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
