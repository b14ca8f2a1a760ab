"""PDQ: equal to what others publish, and the same picture again after what re-uploaders do."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.pdq import Pdq, _sampled, pdq_of
from jikimi.media.decode import decode
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.fingerprint import Fingerprint, Orientation, Picture, View

Grey = NDArray[np.uint8]
REFERENCE_TOLERANCE = 10


def apart(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def turned(luma: Grey, orientation: Orientation) -> Grey:
    """Turn a picture as the words of Orientation say: mirror left to right first, then turn clockwise."""
    place = list(Orientation).index(orientation)
    start = np.fliplr(luma) if "mirrored" in orientation else luma
    return np.ascontiguousarray(np.rot90(start, -(place % 4)))


def pick(found: Sequence[Fingerprint], view: View, orientation: Orientation) -> Fingerprint:
    [one] = [f for f in found if f.view is view and f.orientation is orientation]
    return one


def test_values_equal_the_published_ones(testdata: Path) -> None:
    with (testdata / "pdq" / "expected-hashes.csv").open(encoding="ascii") as lines:
        published = list(csv.DictReader(lines))
    assert len(published) == 12
    for row in published:
        upright = Pdq().fingerprint(b"", decode((testdata / "pdq" / row["file"]).read_bytes()).picture)[0]
        assert apart(upright.value, bytes.fromhex(row["hash"])) <= REFERENCE_TOLERANCE, row["file"]
        assert upright.quality == int(row["quality"]), row["file"]


@pytest.mark.parametrize(
    ("file", "undone_by"),
    [
        ("bridge-1-original.jpg", Orientation.UPRIGHT),
        ("bridge-2-rotate-90.jpg", Orientation.ROTATED_90),
        ("bridge-3-rotate-180.jpg", Orientation.ROTATED_180),
        ("bridge-4-rotate-270.jpg", Orientation.ROTATED_270),
        ("bridge-5-flipx.jpg", Orientation.MIRRORED_180),
        ("bridge-6-flipy.jpg", Orientation.MIRRORED),
        ("bridge-7-flip-plus-1.jpg", Orientation.MIRRORED_270),
        ("bridge-8-flip-minus-1.jpg", Orientation.MIRRORED_90),
    ],
)
def test_the_dihedral_set_comes_back_to_the_original(
    file: str,
    undone_by: Orientation,
    testdata: Path,
    luma_of: Callable[[bytes], Grey],
    as_picture: Callable[[Grey], Picture],
) -> None:
    folder = testdata / "pdq" / "reg-test-input" / "dih"
    original, _ = pdq_of(luma_of((folder / "bridge-1-original.jpg").read_bytes()))
    found = Pdq().fingerprint(b"", as_picture(luma_of((folder / file).read_bytes())))
    nearest = min(found, key=lambda one: apart(one.value, original))
    assert nearest.orientation is undone_by
    assert apart(nearest.value, original) <= REFERENCE_TOLERANCE


def test_pictures_turned_by_their_exif_are_fingerprinted_upright(
    testdata: Path, luma_of: Callable[[bytes], Grey]
) -> None:
    folder = testdata / "pdq" / "reg-test-input" / "exif-rotn"
    files = sorted(folder.glob("*.jpg"))
    assert len(files) == 4
    for file in files:
        luma = luma_of(file.read_bytes())
        is_tall = luma.shape[0] > luma.shape[1]
        assert is_tall == (file.stem[-1] in "68")


@pytest.mark.parametrize("orientation", Orientation)
def test_each_orientation_is_the_hash_of_the_really_turned_picture(
    orientation: Orientation, scene: Callable[..., Grey], as_picture: Callable[[Grey], Picture]
) -> None:
    luma = scene(3)
    found = Pdq().fingerprint(b"", as_picture(luma))
    value, quality = pdq_of(turned(luma, orientation))
    one = pick(found, View.WHOLE, orientation)
    assert one.value == value
    assert abs(one.quality - quality) <= 2


@pytest.mark.parametrize("shape", [(5, 700), (34, 42), (100, 160), (128, 129), (517, 811), (1024, 700)])
def test_the_samples_are_two_moving_averages_as_published(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(7).integers(0, 256, shape, dtype=np.uint8)
    luma = np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.5), np.uint8)
    averaged = luma.astype(np.float64)
    for _ in range(2):
        averaged = moving_average(moving_average(averaged).T).T
    rows, columns = (((np.arange(64) + 0.5) * side / 64).astype(int) for side in shape)
    assert np.allclose(
        _sampled(luma, luma.shape, both_ways=False), averaged[np.ix_(rows, columns)], atol=1e-3
    )


def moving_average(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average along the first axis over a 128th of its length, over what there is near the ends."""
    length = len(lines)
    window = (length + 127) // 128
    ahead = (window + 2) // 2 - 1
    behind = window - 1 - ahead
    return np.stack(
        [lines[max(0, i - behind) : min(length, i + ahead + 1)].mean(axis=0) for i in range(length)]
    )


@pytest.mark.parametrize("scale", [8, 4, 2, 2.7])
@pytest.mark.parametrize("size", [(4240, 2832), (4001, 3003)])
def test_a_picture_that_was_scaled_down_to_read_it_has_the_hash_of_its_full_size(
    size: tuple[int, int], scale: float, scene: Callable[..., Grey]
) -> None:
    full = np.asarray(cv2.resize(scene(11), size, interpolation=cv2.INTER_CUBIC), np.uint8)
    smaller = (round(size[0] / scale), round(size[1] / scale))
    small = np.asarray(cv2.resize(full, smaller, interpolation=cv2.INTER_AREA), np.uint8)
    value, quality = pdq_of(full)
    again, quality_again = pdq_of(small, full.shape)
    assert apart(value, again) <= 4
    assert abs(quality - quality_again) <= 1
    picture = Picture(small.shape[1], small.shape[0], small.tobytes(), *size)
    assert pick(Pdq().fingerprint(b"", picture), View.WHOLE, Orientation.UPRIGHT).value == again


@pytest.mark.parametrize("quality", [90, 50, 20])
def test_a_recompressed_picture_stays_near(
    quality: int, scene: Callable[..., Grey], luma_of: Callable[[bytes], Grey]
) -> None:
    value, _ = pdq_of(scene(4))
    again, _ = pdq_of(luma_of(encode_jpeg(draw(4, 768, 560), quality)))
    assert apart(value, again) <= 12


def test_a_thumbnail_stays_near(scene: Callable[..., Grey]) -> None:
    luma = scene(5)
    small = np.asarray(cv2.resize(luma, (160, 117), interpolation=cv2.INTER_AREA), np.uint8)
    assert apart(pdq_of(luma)[0], pdq_of(small)[0]) <= 31


def test_different_scenes_are_far_apart(scene: Callable[..., Grey]) -> None:
    values = [pdq_of(scene(seed))[0] for seed in range(12)]
    assert min(apart(one, other) for i, one in enumerate(values) for other in values[:i]) > 60


def test_a_picture_in_a_border_gives_both_views(
    scene: Callable[..., Grey], as_picture: Callable[[Grey], Picture]
) -> None:
    luma = scene(6)
    framed = np.pad(luma, ((60, 60), (90, 90)), constant_values=240)
    found = Pdq().fingerprint(b"", as_picture(framed))
    assert len(found) == 16
    trimmed = pick(found, View.TRIMMED, Orientation.UPRIGHT)
    assert apart(trimmed.value, pdq_of(luma)[0]) <= 2
    assert apart(pick(found, View.WHOLE, Orientation.UPRIGHT).value, pdq_of(luma)[0]) > 48


def test_a_picture_without_a_border_has_one_view(
    scene: Callable[..., Grey], as_picture: Callable[[Grey], Picture]
) -> None:
    found = Pdq().fingerprint(b"", as_picture(scene(7)))
    assert {one.view for one in found} == {View.WHOLE}
    assert [one.orientation for one in found] == list(Orientation)
    assert all(len(one.value) == 32 for one in found)


def test_half_of_the_bits_are_set(scene: Callable[..., Grey], as_picture: Callable[[Grey], Picture]) -> None:
    for one in Pdq().fingerprint(b"", as_picture(scene(8))):
        assert int.from_bytes(one.value).bit_count() == 128


@pytest.mark.parametrize("shape", [(4, 600), (600, 4), (1, 1)])
def test_a_sliver_gives_nothing(shape: tuple[int, int], as_picture: Callable[[Grey], Picture]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    assert Pdq().fingerprint(b"", as_picture(noise)) == []


def test_a_faint_picture_has_a_low_quality(as_picture: Callable[[Grey], Picture]) -> None:
    ramp = np.tile(np.linspace(0, 255, 640), (512, 1)).astype(np.uint8)
    [upright, *_] = Pdq().fingerprint(b"", as_picture(ramp))
    assert 0 < upright.quality < 50


@pytest.mark.oracle
@pytest.mark.parametrize("size", [(768, 560), (333, 517), (1280, 900), (90, 120)])
def test_the_whole_hash_equals_pdqhash(size: tuple[int, int], scene: Callable[..., Grey]) -> None:
    pdqhash = pytest.importorskip("pdqhash", reason="pdqhash is not installed: pip install pdqhash")
    for seed in range(6):
        luma = scene(seed, *size)
        bits, quality = pdqhash.compute(np.ascontiguousarray(np.repeat(luma[:, :, None], 3, axis=2)))
        value, ours = pdq_of(luma)
        assert apart(value, np.packbits(bits).tobytes()) <= 2
        assert abs(ours - min(100, quality)) <= 1


@pytest.mark.oracle
@pytest.mark.parametrize("orientation", Orientation)
def test_each_orientation_equals_pdqhash_of_the_turned_picture(
    orientation: Orientation, scene: Callable[..., Grey], as_picture: Callable[[Grey], Picture]
) -> None:
    pdqhash = pytest.importorskip("pdqhash", reason="pdqhash is not installed: pip install pdqhash")
    luma = scene(9)
    seen = turned(luma, orientation)
    bits, _ = pdqhash.compute(np.ascontiguousarray(np.repeat(seen[:, :, None], 3, axis=2)))
    one = pick(Pdq().fingerprint(b"", as_picture(luma)), View.WHOLE, orientation)
    assert apart(one.value, np.packbits(bits).tobytes()) <= 2
