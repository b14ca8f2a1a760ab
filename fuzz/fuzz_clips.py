"""Invariant: no clip, however mangled, ends the house or its time, and one file is read alike twice.

    python fuzz/fuzz_clips.py --files 10000 --seed 1

Mutates short clips, sounds and animations of our own drawing in every container, sends them through the
sandbox with every fingerprinter in it from several threads, prints what came back, and exits with 1 if
anything else did. Every fourth file is read a second time: its fingerprints must be the same.
"""

import argparse
import io
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path

import av
import numpy as np
from PIL import Image

from fuzz_images import cut, damage_the_head, drop_a_part, flip_bytes, repeat_a_part, write_a_number
from jikimi.app.engine import clip_fingerprinters, fingerprinters
from jikimi.media.moving_specimen import RATE, frame_at, scenes_of, tune_of
from jikimi.media.sandbox import SandboxPool
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Fingerprint

WIDTH, HEIGHT, FPS, SECONDS = 128, 96, 10, 1.6
THREADS = 4
LIMIT = timedelta(seconds=20)
SHOWN = 40
TWICE = 4
BATCH = 200

FILMS = {
    "MP4": (("mp4", "mpeg4", "mp3", {}), ("mp4", "libx264", "aac", {"movflags": "frag_keyframe+empty_moov"}),
            ("mp4", "libx265", None, {}), ("mp4", "libx264", None, {})),
    "MOV": (("mov", "mjpeg", "pcm_s16le", {}), ("mov", "libx264", "aac", {})),
    "MATROSKA": (("matroska", "libx264", "flac", {}), ("matroska", "mpeg4", "mp3", {})),
    "WEBM": (("webm", "libvpx-vp9", "libopus", {}), ("webm", "libvpx", None, {}),
             ("webm", "libsvtav1", "libopus", {})),
    "AVI": (("avi", "mpeg4", "mp3", {}), ("avi", "mjpeg", "pcm_s16le", {})),
    "MPEG-TS": (("mpegts", "libx264", "aac", {}), ("mpegts", "mpeg2video", "mp2", {})),
    "FLV": (("flv", "flv", "mp3", {}),),
    "MPEG": (("mpeg", "mpeg1video", "mp2", {}),),
    "MP3": (("mp3", None, "mp3", {}),),
    "OGG": (("ogg", None, "libopus", {}), ("ogg", None, "flac", {})),
    "FLAC": (("flac", None, "flac", {}),),
    "WAV": (("wav", None, "pcm_s16le", {}), ("wav", None, "adpcm_ms", {})),
    "AAC": (("adts", None, "aac", {}),),
}  # fmt: skip
"""By kind: container, codec of the pictures, codec of the sound, options; all as FFmpeg names them."""

ANIMATIONS = {"GIF": {}, "WEBP": {"quality": 40}, "PNG": {}, "AVIF": {"speed": 10, "quality": 40}}


def originals() -> dict[str, list[bytes]]:
    """Return whole files by kind: films of 1.6 s with and without sound, joined ones, sounds, animations."""
    files = {name: [filmed(seed, *one) for seed, one in enumerate(wishes)] for name, wishes in FILMS.items()}
    files["MP4"].append(2 * files["MP4"][1])
    files["MPEG-TS"].append(2 * files["MPEG-TS"][0])
    return files | {name: [animated(name, options)] for name, options in ANIMATIONS.items()}


def filmed(seed: int, container: str, film: str | None, sound: str | None, options: dict[str, str]) -> bytes:
    kept = io.BytesIO()
    rate = 25 if film in {"mpeg1video", "mpeg2video"} else FPS
    with av.open(kept, "w", format=container, options=options) as written:
        picture = written.add_stream(film, rate=rate) if film else None
        track = written.add_stream(sound, rate=48_000 if sound == "libopus" else RATE) if sound else None
        if picture is not None:
            picture.width, picture.height, picture.gop_size = WIDTH, HEIGHT, 6
            picture.options = {"x265-params": "log-level=none"} if film == "libx265" else {}
            picture.pix_fmt = "yuvj420p" if film == "mjpeg" else "yuv420p"
            for pixels in drawn(seed):
                written.mux(picture.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            written.mux(picture.encode(None))
        if track is not None:
            tune = av.AudioFrame.from_ndarray(tune_of(seed, SECONDS)[np.newaxis], format="s16", layout="mono")
            tune.sample_rate, tune.time_base, tune.pts = RATE, Fraction(1, RATE), 0
            context = track.codec_context
            mixer = av.AudioResampler(context.format, context.layout, context.sample_rate)
            for frame in (*mixer.resample(tune), *mixer.resample(None)):
                written.mux(track.encode(frame))
            written.mux(track.encode(None))
    return kept.getvalue()


def animated(name: str, options: dict[str, object]) -> bytes:
    first, *more = (Image.fromarray(pixels) for pixels in drawn(9))
    kept = io.BytesIO()
    first.save(kept, name, save_all=True, append_images=more, duration=100, **options)
    return kept.getvalue()


def drawn(seed: int) -> list[np.ndarray]:
    scenes = scenes_of(seed, SECONDS, WIDTH, HEIGHT)
    return [frame_at(scenes, seed, number / FPS, WIDTH, HEIGHT) for number in range(round(SECONDS * FPS))]


def lie_about_a_length(body: bytearray, dice: random.Random) -> bytearray:
    """Change the number before or behind four letters: boxes and chunks keep their lengths there."""
    names = [found.start() for found in re.finditer(rb"[A-Za-z]{4}", bytes(body))]
    at = max(0, dice.choice(names or [4]) + dice.choice((-4, 4)))
    length = dice.choice((0, 1, 7, 0x7FFFFFFF, 0xFFFFFFFF, len(body), dice.randrange(70_000)))
    body[at : at + 4] = length.to_bytes(4, dice.choice(("big", "little")))
    return body


def drop_a_chunk(body: bytearray, dice: random.Random) -> bytearray:
    start = dice.randrange(len(body))
    return body[:start] + body[start + dice.randrange(1, max(2, len(body) // 3)) :]


def splice(body: bytearray, dice: random.Random, others: list[bytes]) -> bytearray:
    """Go on with another file from somewhere in its middle, or put it behind."""
    other = dice.choice(others)
    return body[: dice.randrange(1, len(body) + 1)] + other[dice.choice((0, dice.randrange(len(other)))) :]


MUTATIONS: tuple[Callable[[bytearray, random.Random], bytearray], ...] = (
    flip_bytes, damage_the_head, cut, repeat_a_part, drop_a_part, write_a_number, lie_about_a_length,
    lie_about_a_length, drop_a_chunk,
)  # fmt: skip


def mutated(files: dict[str, list[bytes]], dice: random.Random) -> tuple[str, bytes]:
    """Return the kind and one mangled file."""
    name = dice.choice(sorted(files))
    body = bytearray(dice.choice(files[name]))
    splicing = partial(splice, others=[one for kind in files.values() for one in kind])
    for _ in range(dice.choice((1, 1, 2, 4))):
        body = dice.choice((*MUTATIONS, splicing))(body, dice) or bytearray(1)
    return name, bytes(body)


def read(pool: SandboxPool, body: bytes, effort: Effort) -> tuple[str, tuple[Fingerprint, ...]]:
    """Return "read" or the reason, and the fingerprints; anything else propagates."""
    try:
        return "read", pool.inspect(body, effort).fingerprints
    except BadMedia as refused:
        return re.sub(r"\d+×\d+", "N×N", str(refused)), ()


def outcome(pool: SandboxPool, body: bytes, effort: Effort, *, is_again: bool) -> str:
    """Return what came of one file; "read otherwise" if two reads of it differ."""
    said = read(pool, body, effort)
    if is_again and read(pool, body, effort) != said:
        return "read otherwise the second time"
    return said[0]


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--files", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--readers", type=int, default=2)
    options.add_argument("--keep", default="", help="folder for files that ended their reader or differ")
    wanted = options.parse_args()
    dice, files, counted = random.Random(wanted.seed), originals(), Counter[str]()
    started, slowest = time.monotonic(), 0.0
    with (
        SandboxPool(fingerprinters(), clip_fingerprinters(), size=wanted.readers, timeout=LIMIT) as pool,
        ThreadPoolExecutor(THREADS) as threads,
    ):
        jobs = ((number, *mutated(files, dice), dice.choice(tuple(Effort))) for number in range(wanted.files))

        def said(job: tuple[int, str, bytes, Effort]) -> tuple[str, float]:
            number, name, body, effort = job
            before = time.monotonic()
            words = outcome(pool, body, effort, is_again=number % TWICE == 0)
            if wanted.keep and is_bad(words):
                Path(wanted.keep, f"{wanted.seed}-{number}-{effort}.{name.lower()}").write_bytes(body)
            return f"{name}: {words}", time.monotonic() - before

        while some := list(islice(jobs, BATCH)):
            for reason, seconds in threads.map(said, some):
                counted[reason] += 1
                slowest = max(slowest, seconds)
    return report(counted, wanted.files, time.monotonic() - started, slowest)


def is_bad(words: str) -> bool:
    return any(
        word in words for word in ("crashed", "failed", "killed", "longer than", "otherwise", "no sens")
    )


def report(counted: Counter[str], wanted: int, seconds: float, slowest: float) -> int:
    """Print the counts; return 1 if a file was lost, or was read in two ways."""
    for reason, count in counted.most_common(SHOWN):
        print(f"{count:7} {reason}")

    def how_many(*words: str) -> int:
        return sum(count for reason, count in counted.items() if any(word in reason for word in words))

    total, good = sum(counted.values()), how_many(": read")
    ended, late = how_many("crashed", "failed", "killed", "no sens"), how_many("longer than")
    differ = how_many("otherwise")
    print(f"{total} files, {good - differ} read, {total - good - ended - late} refused with a reason")
    print(f"{ended} ended their reader, {late} took too long, {differ} were read in two ways")
    print(f"{seconds:.0f} s in all, at most {slowest:.1f} s for one (with waiting for a reader)")
    return 0 if total == wanted and not differ else 1


if __name__ == "__main__":
    sys.exit(main())
