"""PDQ of one frame a second is what other users of vPDQ publish of the same clips."""

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.pdq import pdq_of
from jikimi.fingerprints.vpdq import RECORD, VPdq
from jikimi.media.clip import watch
from jikimi.media.specimen import draw
from jikimi.model.clip import Clip, Frame, Sound
from jikimi.model.fingerprint import VPDQ_HEADER, VPDQ_VERSION, Effort, Kind, Picture
from jikimi.model.ports import IndexEntry
from jikimi.vault.cascade import Cascade

HEADER = struct.calcsize(VPDQ_HEADER)
LOWEST_QUALITY = 50
PUBLISHED_WITHIN, FARTHEST = 10, 16


def still(at: float, seed: int = 1, size: tuple[int, int] = (96, 64)) -> Frame:
    grey = draw(seed, *size)[:, :, 1]
    return Frame(at, Picture(*size, np.ascontiguousarray(grey).tobytes(), *size))


def rows_of(clip: Clip) -> NDArray[np.void]:
    (found,) = VPdq().fingerprint_clip(clip, Effort.REFERENCE)
    assert struct.unpack_from(VPDQ_HEADER, found.value) == (
        VPDQ_VERSION, 1, (len(found.value) - HEADER) // RECORD.itemsize,
    )  # fmt: skip
    return np.frombuffer(found.value, RECORD, -1, HEADER)


def test_one_frame_a_second_is_kept_with_its_time_quality_and_hash() -> None:
    clip = Clip(tuple(still(number / 4, seed=number // 8) for number in range(16)), None, 4.0)
    rows = rows_of(clip)
    assert rows["at"].tolist() == [0, 1000, 2000, 3000]
    for number, row in enumerate(rows):
        picture = clip.frames[4 * number].picture
        bits, quality = pdq_of(np.frombuffer(picture.luma, np.uint8).reshape(64, 96))
        assert (row["bits"].tobytes(), row["quality"]) == (bits, quality)


def test_seconds_without_a_frame_are_left_out() -> None:
    clip = Clip((still(0.4), still(0.9), still(5.2), still(6.0)), None, 6.1)
    assert rows_of(clip)["at"].tolist() == [400, 5200, 6000]


def test_an_hour_takes_133_kilobytes() -> None:
    assert RECORD.itemsize * 3600 == 133_200


@pytest.mark.parametrize("effort", [Effort.FIRST, Effort.SECOND])
def test_nothing_is_asked_with_it(effort: Effort) -> None:
    assert VPdq().fingerprint_clip(Clip((still(0),), None, 1.0), effort) == []


def test_a_sound_and_a_clip_of_few_pixels_have_none() -> None:
    heard = Clip((), Sound(8000, bytes(16_000)), 1.0)
    tiny = Clip((still(0, size=(3, 1)),), None, 1.0)
    assert [VPdq().fingerprint_clip(one, Effort.REFERENCE) for one in (heard, tiny)] == [[], []]
    assert (VPdq().name, VPdq().kind) == ("vpdq", Kind.VIDEO)


def test_the_search_neither_finds_nor_is_disturbed_by_it() -> None:
    kept = tuple(VPdq().fingerprint_clip(Clip((still(0), still(1)), None, 2.0), Effort.REFERENCE))
    vault = Cascade()
    vault.apply([IndexEntry(1, "exchanged", "case", kept)])
    assert vault.search(kept) == []
    assert vault.compare(kept, kept) is None


def test_hashes_are_the_published_ones(testdata: Path) -> None:
    folder = testdata / "tmk"
    apart = []
    for film in sorted(folder.glob("*.mp4")):
        lines = (folder / "vpdq-hashes" / f"{film.stem}.txt").read_text("ascii").splitlines()
        published = {
            round(1000 * float(at)): (int(quality), bits)
            for _, quality, bits, at in (line.split(",") for line in lines)
        }
        for row in rows_of(watch(film.read_bytes(), "MP4", Effort.REFERENCE).clip):
            quality, bits = published[int(row["at"])]
            if quality >= LOWEST_QUALITY:
                theirs = np.frombuffer(bytes.fromhex(bits), np.uint8)
                apart.append(int(np.bitwise_count(theirs ^ row["bits"]).sum()))
    assert len(apart) > 150
    assert np.mean(apart) < 5
    assert np.percentile(apart, 98) <= PUBLISHED_WITHIN
    assert max(apart) <= FARTHEST
