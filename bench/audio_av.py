"""Decodes, filters and encodes sound with FFmpeg's libraries, without a process for each."""

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

RATE = 8000
CODEC_RATE = 48_000
FORM = "flt"
Sound = NDArray[np.float32]


def decoded(body: bytes | Path) -> Sound:
    """Read the first sound track of a file; RATE samples a second, one channel; empty where there is none."""
    opened = io.BytesIO(body) if isinstance(body, bytes) else str(body)
    with av.open(opened, metadata_errors="ignore") as file:
        if not file.streams.audio:
            return np.zeros(0, np.float32)
        return resampled(file.decode(audio=0))


def resampled(frames: Iterable[av.AudioFrame], rate: int = RATE) -> Sound:
    """Mix frames to one channel at another rate."""
    mixer = av.AudioResampler(FORM, "mono", rate)
    parts = [np.zeros(0, np.float32)]
    for frame in (*frames, None):
        if frame is not None:
            frame.pts = None
        parts += [one.to_ndarray()[0] for one in mixer.resample(frame)]
    return np.concatenate(parts)


def filtered(sound: Sound, *filters: str) -> Sound:
    """Apply FFmpeg's filters, each written as "name=options"."""
    graph = Graph()
    nodes = [graph.add_abuffer(sample_rate=RATE, format=FORM, layout="mono", time_base=Fraction(1, RATE))]
    for one in (*filters, f"aformat=sample_fmts={FORM}:sample_rates={RATE}:channel_layouts=mono"):
        name, _, options = one.partition("=")
        nodes.append(graph.add(name, options) if options else graph.add(name))
    nodes.append(graph.add("abuffersink"))
    graph.link_nodes(*nodes).configure()
    graph.push(frame_of(sound))
    graph.push(None)
    return np.concatenate([np.zeros(0, np.float32), *(one.to_ndarray()[0] for one in _pulled(graph))])


def _pulled(graph: Graph) -> Iterator[av.AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.EOFError, av.error.BlockingIOError):
            return
        if isinstance(frame, av.AudioFrame):
            yield frame


def frame_of(sound: Sound, rate: int = RATE) -> av.AudioFrame:
    """Return samples as one frame."""
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound, np.float32)[np.newaxis], FORM, "mono")
    frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
    return frame


def coded(sound: Sound, codec: str, bitrate: int, form: str) -> Sound:
    """Encode at 48,000 Hz, as platforms do, and decode again."""
    kept = io.BytesIO()
    with av.open(kept, "w", format=form) as written:
        track = written.add_stream(codec, rate=CODEC_RATE, layout="mono")
        track.bit_rate = bitrate
        mixer = av.AudioResampler(track.codec_context.format, "mono", CODEC_RATE)
        for frame in (*mixer.resample(frame_of(sound)), *mixer.resample(None)):
            written.mux(track.encode(frame))
        written.mux(track.encode(None))
    return decoded(kept.getvalue())
