"""The life of one reader: lock itself down, then answer questions about files until the house hangs up."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from types import ModuleType, TracebackType

from jikimi.media.animation import MOVING, watch_animation
from jikimi.media.clip import watch
from jikimi.media.decode import FIRST_LOOK, SECOND_LOOK, Decoded, decode, decode_colour
from jikimi.media.lettering import codes_in, pages_of
from jikimi.media.lockdown import become_nobody, die_with_parent, lock_down
from jikimi.media.preview import shrink_and_blur
from jikimi.media.sniff import CLIPS, sniff
from jikimi.media.stills import is_for_stills, most_telling, shown, stills, thinned
from jikimi.media.wire import (
    CODES,
    INSPECT,
    LARGEST_REASON,
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
    pack_answer,
    pack_posture,
    read_question,
    write_all,
)
from jikimi.model.clip import Clip
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import LIKENESS, Effort, Fingerprint, Inspection, Kind, Picture
from jikimi.model.ports import ClipFingerprinter, Fingerprinter

_LINE = 3
_LEAST = 8
_OF_BYTES = frozenset({"sha256"})
"""Algorithms that do not look at the picture: of a clip, one of its stills is enough for them."""

_DESCRIPTORS = 65_536
_EFFORTS = {verb: effort for effort, verb in INSPECT.items()}
_NOTHING = Picture(1, 1, b"\0", 1, 1)  # what speaks of the bytes alone needs no picture


def answer_to(
    question: Question,
    fingerprinters: Sequence[Fingerprinter],
    clip_fingerprinters: Sequence[ClipFingerprinter] = (),
) -> Answer:
    """Read one file. What cannot be read is an answer too; a bug in a fingerprinter is not."""
    try:
        name = sniff(question.body)
        if question.verb in _EFFORTLESS:
            return _EFFORTLESS[question.verb](question, name)
        effort = _EFFORTS[question.verb]
        if name in CLIPS:
            effort = _of_moving(effort)
            return _inspected_clip(question.body, name, effort, fingerprinters, clip_fingerprinters)
        return _inspected(question.body, effort, fingerprinters, clip_fingerprinters)
    except BadMedia as refusal:
        return Refused(str(refusal)[:LARGEST_REASON])
    except MemoryError:
        return Refused("the picture needs more memory than one file may take")


def _of_moving(effort: Effort) -> Effort:
    """Return the effort for what moves: a second look sees other frames, so it leaves nothing out."""
    return Effort.SECOND if effort is Effort.REST else effort


def _is_asked(fingerprinter: Fingerprinter, effort: Effort) -> bool:
    """Tell whether a picture is fingerprinted with this at such an effort."""
    match effort:
        case Effort.SECOND:
            return True
        case Effort.REST:
            return fingerprinter.is_second_look
        case Effort.REFERENCE:
            return not fingerprinter.is_second_look or _proposes(fingerprinter)
        case Effort.FIRST:
            return not fingerprinter.is_second_look


def _proposes(fingerprinter: Fingerprinter) -> bool:
    """Tell whether its numbers are compared with each other, so that a reference needs them, too."""
    return fingerprinter.name.startswith(LIKENESS)


def _rendered(question: Question, name: str) -> Rendered:
    """Return a clean copy of a picture, or of a clip's most telling key frame (in grey)."""
    if name not in CLIPS:
        pixels = decode_colour(question.body, question.longest_side)
    else:
        frames = watch(question.body, name).clip.frames
        if not frames:
            raise BadMedia("this is sound; there is nothing to show")
        pixels = shown(most_telling(frames), question.longest_side)
    return Rendered(pixels.tobytes(), pixels.shape[1], pixels.shape[0])


def _paged(question: Question, name: str) -> Paged:
    """Return what may be read for letters."""
    return Paged(pages_of(question.body, name))


def _coded(question: Question, name: str) -> Coded:
    """Return what QR codes say."""
    return Coded(codes_in(pages_of(question.body, name)))


_EFFORTLESS: Mapping[int, Callable[[Question, str], Answer]] = {
    RENDER: _rendered,
    PAGES: _paged,
    CODES: _coded,
}
"""What is answered without a fingerprint, by verb."""


def _inspected(
    body: bytes,
    effort: Effort,
    fingerprinters: Sequence[Fingerprinter],
    clip_fingerprinters: Sequence[ClipFingerprinter],
) -> Inspected:
    """Decode, fingerprint, shrink. The SHA-256 is left to the house, which need not trust a reader for it."""
    started = _cpu_clocks()
    decoded = decode(body, SECOND_LOOK if _of_moving(effort) is Effort.SECOND else FIRST_LOOK)
    picture = decoded.picture
    if decoded.frames > 1:
        effort = _of_moving(effort)
    asked = [one for one in fingerprinters if _is_asked(one, effort)]
    found = _of_stills(body, (picture, *decoded.later), asked)
    moving = _moving(body, decoded, effort) if clip_fingerprinters else None
    of_clip = _of_clip(moving, effort, clip_fingerprinters) if moving else ()
    grey = shrink_and_blur(picture)
    inspection = Inspection(
        sha256=b"",
        format=decoded.format,
        width=picture.original_width,
        height=picture.original_height,
        frames=decoded.frames,
        fingerprints=(*found, *of_clip),
        preview=b"",
        cpu_seconds=_spent_since(started),
        missing=decoded.missing,
        seconds=moving.seconds if moving else 0.0,
    )
    return Inspected(inspection, grey.tobytes(), grey.shape[1], grey.shape[0])


def _moving(body: bytes, decoded: Decoded, effort: Effort) -> Clip | None:
    """Return an animated picture as a clip, None of one that hardly moves or soon ends."""
    is_moving = decoded.format in MOVING and decoded.frames > 1
    return watch_animation(body, decoded.format, effort) if is_moving else None


def _inspected_clip(
    body: bytes,
    name: str,
    effort: Effort,
    fingerprinters: Sequence[Fingerprinter],
    clip_fingerprinters: Sequence[ClipFingerprinter],
) -> Inspected:
    """Decode a video or a sound, and fingerprint it; of a video a few stills also as pictures."""
    started = _cpu_clocks()
    watched = watch(body, name, effort)
    frames = watched.clip.frames
    of_stills = _of_stills(
        body,
        stills(frames) or (_NOTHING,),
        [one for one in fingerprinters if is_for_stills(one, effort)],
    )
    if effort is Effort.REFERENCE:
        of_stills = tuple(thinned(of_stills, watched.clip.seconds))
    of_clip = _of_clip(watched.clip, effort, clip_fingerprinters)
    grey = shrink_and_blur(most_telling(frames)) if frames else None
    inspection = Inspection(
        sha256=b"",
        format=name,
        width=watched.width,
        height=watched.height,
        frames=len(frames),
        fingerprints=(*of_stills, *of_clip),
        preview=b"",
        cpu_seconds=_spent_since(started),
        missing=watched.missing,
        kind=Kind.VIDEO if frames else Kind.AUDIO,
        seconds=watched.clip.seconds,
    )
    if grey is None:
        return Inspected(inspection, b"", 0, 0)
    return Inspected(inspection, grey.tobytes(), grey.shape[1], grey.shape[0])


def _of_stills(
    body: bytes, pictures: Sequence[Picture], fingerprinters: Sequence[Fingerprinter]
) -> tuple[Fingerprint, ...]:
    """Fingerprint pictures; what speaks of the bytes is the same for each and stands once.

    In a picture a few pixels high there is nothing for the second look to magnify.
    """
    return tuple(
        dict.fromkeys(
            found
            for number, picture in enumerate(pictures)
            for one in fingerprinters
            if one.kind is Kind.IMAGE
            and not (number and one.name in _OF_BYTES)
            and not (one.is_second_look and min(picture.width, picture.height) < _LEAST)
            for found in one.fingerprint(body, picture)
        )
    )


def _of_clip(
    clip: Clip, effort: Effort, fingerprinters: Sequence[ClipFingerprinter]
) -> tuple[Fingerprint, ...]:
    """Fingerprint frames and sound."""
    return tuple(found for one in fingerprinters for found in one.fingerprint_clip(clip, effort))


def _spent_since(started: tuple[float, float]) -> float:
    """Return CPU seconds since these readings of both clocks."""
    return max(now - then for now, then in zip(_cpu_clocks(), started, strict=True))


def _cpu_clocks() -> tuple[float, float]:
    """Return CPU seconds of the process and of this thread.

    Under RLIMIT_CPU Linux brings the first up to date only at ticks and switches, so short work reads as
    nothing; the second misses the HEIC reader's worker. The larger difference is the better one.
    """
    return time.process_time(), time.thread_time()


def read_files(
    descriptor: int, order: Order, parent: int, landlock: ModuleType | None, seccomp: ModuleType | None
) -> None:
    """Turn this freshly forked process into a reader on `descriptor`. Never returns."""
    become_nobody()
    die_with_parent(parent)
    _keep_only(descriptor)
    sys.excepthook = partial(_confess, _LINE)
    write_all(_LINE, pack_posture(lock_down(order.allowance, landlock, seccomp)))
    while (question := read_question(_LINE)) is not None:
        write_all(_LINE, pack_answer(answer_to(question, order.fingerprinters, order.clip_fingerprinters)))
    os._exit(0)


def _keep_only(descriptor: int) -> None:
    """Let go of every open file but this one, which becomes number 3; the first three lead nowhere."""
    os.dup2(descriptor, _LINE)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(_LINE):
        os.dup2(nowhere, standard)
    os.closerange(_LINE + 1, _DESCRIPTORS)


def _confess(
    descriptor: int, kind: type[BaseException], _error: BaseException, trace: TracebackType | None
) -> None:
    """Say which error escaped and where, without its message (it may quote the file), and end."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "nowhere"
    reason = f"the reader failed on this file ({kind.__name__} in {where}); please report this as a bug"
    write_all(descriptor, pack_answer(Refused(reason[:LARGEST_REASON], is_last=True)))
    os._exit(1)
