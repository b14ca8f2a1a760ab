"""The pool of locked-down readers: files go in from any thread, fingerprints or a plain reason come out."""

import contextlib
import dataclasses
import hashlib
import math
import os
import queue
import signal
import threading
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

import msgspec
import numpy as np
import simplejpeg

from jikimi.media.lockdown import Allowance, Posture
from jikimi.media.nursery import Reader, Zygote
from jikimi.media.plausible import is_plausible
from jikimi.media.sniff import is_clip
from jikimi.media.wire import (
    CODES,
    INSPECT,
    LARGEST_BODY,
    LARGEST_CLIP,
    PAGES,
    RENDER,
    Answer,
    Coded,
    Inspected,
    Order,
    Paged,
    Question,
    Refused,
    Rendered,
    pack_question,
)
from jikimi.model.errors import BadMedia, Misconfigured, TryLater
from jikimi.model.fingerprint import Effort, Inspection, Picture
from jikimi.model.ports import ClipFingerprinter, Fingerprinter
from jikimi.model.writing import LONGEST_CODE, LONGEST_PAGE, MOST_CODES, MOST_PAGES

LONGEST_RENDERING = 4096
_LARGEST_INSPECTION = 2**22  # four frames with all local features take 0.9 MB
_LARGEST_INSPECTION_OF_A_CLIP = 64 * 2**20  # frames and sound of three hours
_LARGEST_CODES = MOST_CODES * (4 * LONGEST_CODE + 8) + 1024
_LARGEST_PAGES = MOST_PAGES * (LONGEST_PAGE**2 + 1024)
_SLACK = 1024
_PREVIEW_QUALITY = 60
_RENDERING_QUALITY = 88
_LEAST_CPU_SECONDS = 600
_PATIENCE = {Effort.FIRST: 1, Effort.SECOND: 4, Effort.REST: 4, Effort.REFERENCE: 45}
"""How many times as long as a picture a clip may take, by effort."""


class SandboxPool:
    """The port `Sandbox`: `size` readers, forked from one zygote that has every decoder loaded.

    `memory_bytes` is what one file may take on top of an idle reader, `timeout` the wall time it may
    take; a clip's second look may take 4 times that, a clip that becomes a reference 45 times. A reader
    is replaced after `recycle_after` files, and at once when it dies. A file on which two readers died,
    the second one fresh, is BadMedia; the others never notice. A captured reader can lie about what it
    is given, no more: no files, no network, no other process, and what it answers is
    bounded and checked here, where every JPEG is encoded from plain grey or RGB values.
    """

    def __init__(
        self,
        fingerprinters: Sequence[Fingerprinter],
        clip_fingerprinters: Sequence[ClipFingerprinter] = (),
        *,
        size: int,
        timeout: timedelta = timedelta(seconds=20),
        memory_bytes: int = 2**30,
        recycle_after: int = 2000,
    ) -> None:
        """Start the zygote and its readers; raises Misconfigured with what to repair if it cannot.

        TryLater where something ends the zygote each time it starts.
        """
        self._seconds = timeout.total_seconds()
        self._recycle_after = recycle_after
        longest = _PATIENCE[Effort.REFERENCE] * self._seconds if clip_fingerprinters else self._seconds
        self._cpu_seconds = max(_LEAST_CPU_SECONDS, 4 * math.ceil(longest))
        self._names = frozenset(
            [*(one.name for one in fingerprinters), *(one.name for one in clip_fingerprinters)]
        )
        allowance = Allowance(memory_bytes, self._cpu_seconds)
        self._order = Order(tuple(fingerprinters), tuple(clip_fingerprinters), allowance)
        self._lock = threading.Lock()
        self._is_closed = False
        self._idle: queue.LifoQueue[Reader | None] = queue.LifoQueue()
        self._zygote = _started(self._order)
        self._posture = Posture(landlock=False, seccomp=False, rlimits=False, detail="no reader has started")
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            for _ in range(max(1, size)):
                self._idle.put(self._spawn())
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def inspect(self, body: bytes, effort: Effort = Effort.FIRST) -> Inspection:
        """Decode and fingerprint one file, from any thread; see the port for what it raises."""
        is_long = is_clip(body)
        largest = _LARGEST_INSPECTION_OF_A_CLIP if is_long else _LARGEST_INSPECTION
        patience = _PATIENCE[effort] * self._seconds if is_long else self._seconds
        answer = self._ask(Question(INSPECT[effort], 0, body), largest, patience)
        if not isinstance(answer, Inspected):
            raise BadMedia("the reader answered another question")
        digest = hashlib.sha256(body).digest()
        if not answer.grey:
            return dataclasses.replace(answer.inspection, sha256=digest, preview=b"")
        preview = _jpeg(answer.grey, answer.width, answer.height, 1, _PREVIEW_QUALITY)
        return dataclasses.replace(answer.inspection, sha256=digest, preview=preview)

    def render(self, body: bytes, longest_side: int) -> bytes:
        """Return the picture as a clean upright JPEG of at most `longest_side` (and 4096) pixels."""
        side = max(1, min(longest_side, LONGEST_RENDERING))
        answer = self._ask(Question(RENDER, side, body), 3 * side * side + _SLACK, self._seconds)
        if not isinstance(answer, Rendered):
            raise BadMedia("the reader answered another question")
        return _jpeg(answer.rgb, answer.width, answer.height, 3, _RENDERING_QUALITY)

    def codes(self, body: bytes) -> tuple[str, ...]:
        """Return what the QR codes in a picture or clip say; see the port."""
        answer = self._ask(Question(CODES, 0, body), _LARGEST_CODES, self._patience(body))
        if not isinstance(answer, Coded):
            raise BadMedia("the reader answered another question")
        return answer.codes

    def pages(self, body: bytes) -> tuple[Picture, ...]:
        """Return the grey pictures that are read for letters; see the port."""
        answer = self._ask(Question(PAGES, 0, body), _LARGEST_PAGES, self._patience(body))
        if not isinstance(answer, Paged):
            raise BadMedia("the reader answered another question")
        return answer.pages

    def posture(self) -> Posture:
        """Return which locks hold, as the newest reader found when it tried them."""
        return self._posture

    def close(self) -> None:
        """End all readers. Files still being read come back as TryLater."""
        with self._lock:
            self._is_closed = True
            self._zygote.close()
        idle = []
        with contextlib.suppress(queue.Empty):
            while True:
                idle.append(self._idle.get_nowait())
        for reader in idle:
            if reader is not None:
                reader.line.close()
            self._idle.put(None)

    def _patience(self, body: bytes) -> float:
        """Return how many seconds reading may take."""
        return _PATIENCE[Effort.SECOND] * self._seconds if is_clip(body) else self._seconds

    def _ask(self, question: Question, largest: int, seconds: float) -> Answer:
        """Have one reader answer; a second, fresh one if the first died. Raises BadMedia and TryLater."""
        most = LARGEST_CLIP if is_clip(question.body) else LARGEST_BODY
        if len(question.body) > most:
            raise BadMedia(f"the file is larger than {most // 2**20} MB")
        packed = pack_question(question)
        kept: Reader | None = None
        reader = self._idle.get()
        try:
            for is_last_try in (False, True):
                reader = reader or self._spawn()
                try:
                    answer = reader.ask(packed, largest, seconds)
                    self._check(answer)
                except TimeoutError as error:
                    reader.bury()
                    raise BadMedia(f"the file took longer than {seconds:g} s to read") from error
                except (OSError, ValueError, msgspec.MsgspecError) as error:
                    status, reader = reader.bury(), None
                    if is_last_try:
                        raise _verdict(status, error) from error
                else:
                    kept = self._keep(reader, answer)
                    break
        finally:
            self._idle.put(kept or self._heir())
        if isinstance(answer, Refused):
            raise BadMedia(answer.reason)
        return answer

    def _keep(self, reader: Reader, answer: Answer) -> Reader | None:
        """Return the reader if it may go on, None after burying one that is done."""
        is_done = isinstance(answer, Refused) and answer.is_last
        if is_done or reader.files >= self._recycle_after or reader.busy_seconds > self._cpu_seconds / 2:
            reader.bury()
            return None
        return reader

    def _heir(self) -> Reader | None:
        """Fork a successor at once; None (the next caller tries again) where that fails."""
        try:
            return self._spawn()
        except (Misconfigured, TryLater):
            return None

    def _spawn(self) -> Reader:
        """Fork a reader, from a new zygote if the old one has gone."""
        with self._lock:
            for _ in range(2):
                if self._is_closed:
                    raise TryLater("the sandbox is shutting down; the file is read after the restart")
                try:
                    reader = self._zygote.fork()
                except (OSError, ValueError, msgspec.MsgspecError):
                    self._zygote.close()
                    self._zygote = _started(self._order)
                else:
                    self._posture = reader.posture
                    return reader
        raise TryLater("the sandbox cannot start another reader; run `jikimi selfcheck` if this stays")

    def _check(self, answer: Answer) -> None:
        """Raise ValueError for an answer that no honest reader gives."""
        if not is_plausible(answer, self._names, self._cpu_seconds):
            raise ValueError("the reader's answer is out of bounds")


def sandbox_posture() -> Posture:
    """Start one reader, let it try its locks, end it, and return which hold. Takes about a second."""
    with SandboxPool((), size=1) as pool:
        return pool.posture()


def _started(order: Order) -> Zygote:
    """Start a zygote; a second one if the first was killed meanwhile. Raises Misconfigured and TryLater."""
    try:
        return Zygote(order)
    except TryLater:
        return Zygote(order)


def _verdict(status: int | None, error: Exception) -> BadMedia | TryLater:
    """Say in words how a reader ended: from its wait status (None: the zygote went with it) and our error."""
    if status is None:
        return TryLater("the sandbox was ended from outside; the file is read again")
    if not isinstance(error, OSError):
        return BadMedia("the reader gave no sensible answer on this file")
    if not os.WIFSIGNALED(status):
        return BadMedia(f"the reader crashed on this file (exit {os.WEXITSTATUS(status)})")
    if os.WTERMSIG(status) == signal.SIGKILL:
        return BadMedia("the reader was killed on this file, most likely for lack of memory")
    return BadMedia(f"the reader crashed on this file ({signal.Signals(os.WTERMSIG(status)).name})")


def _jpeg(samples: bytes, width: int, height: int, channels: int, quality: int) -> bytes:
    """Encode width × height × channels bytes (1 grey, 3 RGB) as a JPEG that holds nothing but pixels."""
    pixels = np.frombuffer(samples, dtype=np.uint8).reshape(height, width, channels)
    colours, sampling = ("GRAY", "Gray") if channels == 1 else ("RGB", "420")
    encoded: bytes = simplejpeg.encode_jpeg(pixels, quality, colours, sampling)
    return encoded
