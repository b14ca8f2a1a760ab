"""Of a file that was cut off, the upper part is looked at, as browsers show it; too little is refused."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from drawn import KINDS, animated, png, saved, scene
from numpy.typing import NDArray
from odd import interlaced_png
from PIL import Image

from jikimi.app.engine import empty_vault
from jikimi.media.cut_off import what_came
from jikimi.media.decode import Decoded, decode, decode_colour
from jikimi.media.sandbox import SandboxPool
from jikimi.media.specimen import encode_jpeg
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Orientation
from jikimi.model.ports import IndexEntry

ORIENTATION = 0x0112
WIDTH, HEIGHT = 720, 480
CUT_OFF = "the file is cut off: only part of the picture is there"


def large(name: str, **options: object) -> bytes:
    return saved(Image.fromarray(scene(WIDTH, HEIGHT)), name, **options)


WAYS: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: encode_jpeg(scene(WIDTH, HEIGHT), 90),
    "JPEG of full colour": lambda: large("JPEG", quality=90, subsampling=0),
    "grey JPEG": lambda: saved(Image.fromarray(scene(WIDTH, HEIGHT)).convert("L"), "JPEG"),
    "PNG": lambda: large("PNG"),
    "palette PNG": lambda: saved(Image.fromarray(scene(WIDTH, HEIGHT)).quantize(32), "PNG"),
    "1-bit PNG": lambda: saved(Image.fromarray(scene(WIDTH, HEIGHT)).convert("1"), "PNG"),
    "PNG of many chunks": lambda: in_many_chunks(large("PNG")),
    "WebP": lambda: large("WEBP", quality=90),
    "lossless WebP": lambda: large("WEBP", lossless=True, method=0),
    "WebP with alpha": lambda: saved(Image.fromarray(scene(WIDTH, HEIGHT)).convert("RGBA"), "WEBP"),
}


def in_many_chunks(body: bytes) -> bytes:
    """Return the PNG with its data in small pieces, as some writers do."""
    start = body.index(b"IDAT") - 4
    size = int.from_bytes(body[start : start + 4], "big")
    content = body[start + 8 : start + 8 + size]
    pieces = (content[at : at + 5000] for at in range(0, size, 5000))
    return body[:start] + b"".join(chunked(piece) for piece in pieces) + body[start + 12 + size :]


def chunked(content: bytes) -> bytes:
    whole = png(1, 1, b"")
    return len(content).to_bytes(4, "big") + b"IDAT" + content + whole[-4:]


def luma_of(decoded: Decoded) -> NDArray[np.int16]:
    picture = decoded.picture
    return np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width).astype(np.int16)


@pytest.mark.parametrize("share", [0.6, 0.9])
@pytest.mark.parametrize("name", WAYS)
def test_the_upper_part_of_a_file_that_was_cut_off_is_the_picture(name: str, share: float) -> None:
    body = WAYS[name]()
    whole, part = decode(body), decode(body[: int(len(body) * share)])
    rows = part.picture.height
    assert 0.3 * HEIGHT < rows < HEIGHT
    assert (part.picture.original_width, part.picture.original_height) == (WIDTH, rows)
    assert part.missing == pytest.approx(1 - rows / HEIGHT, abs=0.01)
    assert np.abs(luma_of(part) - luma_of(whole)[:rows]).mean() < 0.5


@pytest.mark.parametrize("name", WAYS)
def test_a_clean_copy_shows_the_upper_part_too(name: str) -> None:
    body = WAYS[name]()
    copy = decode_colour(body[: int(len(body) * 0.7)], WIDTH)
    assert copy.shape == (decode(body[: int(len(body) * 0.7)]).picture.height, WIDTH, 3)
    whole = decode_colour(body, WIDTH).astype(np.int16)
    assert np.abs(copy - whole[: len(copy)]).mean() < 1


@pytest.mark.parametrize("name", WAYS)
def test_too_little_of_a_picture_is_bad_media(name: str) -> None:
    body = WAYS[name]()
    with pytest.raises(BadMedia, match=r"cut off|damaged"):
        decode(body[: int(len(body) * 0.1)])


def test_a_large_jpeg_is_cut_where_its_data_ends_at_any_scale() -> None:
    body = encode_jpeg(np.kron(scene(), np.ones((18, 18, 1), np.uint8)), 60)
    part = decode(body[: len(body) // 2])
    lines = luma_of(part)
    assert lines.shape[1] == 540
    assert lines[-1].std() > 2
    assert part.picture.original_height == pytest.approx(2880 * (1 - part.missing), abs=1)


def test_a_jpeg_turned_by_its_exif_loses_a_side() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    body = large("JPEG", quality=90, exif=exif)
    part = decode(body[: int(len(body) * 0.6)]).picture
    assert part.height == WIDTH
    assert part.width < HEIGHT


def test_a_progressive_jpeg_that_was_cut_off_shows_all_rows_in_less_detail() -> None:
    body = large("JPEG", quality=90, progressive=True)
    part = decode(body[: len(body) // 2])
    assert part.missing == 0
    assert np.abs(luma_of(part) - luma_of(decode(body))).mean() < 12


def test_a_progressive_jpeg_cut_anywhere_shows_the_scene_or_is_refused() -> None:
    body = saved(Image.fromarray(scene()), "JPEG", quality=90, progressive=True)
    whole = luma_of(decode(body))
    shown = 0
    for end in range(len(body) // 4, len(body) - 2, 23):
        try:
            part = luma_of(decode(body[:end]))
        except BadMedia:
            continue
        shown += 1
        assert np.corrcoef(part.ravel(), whole[: len(part)].ravel())[0, 1] > 0.8
    assert shown > 300


def test_a_jpeg_that_breaks_in_the_middle_never_shows_what_was_in_memory_before() -> None:
    body = WAYS["JPEG"]()
    start = body.index(b"\xff\xda")
    broken = body[:start] + b"\xff\xc4\x00\x10\x00" + b"\xff" * 11 + body[start:]
    for seed in range(3):
        decode(encode_jpeg(scene(WIDTH, HEIGHT, seed), 90))
        with pytest.raises(BadMedia, match="damaged"):
            decode(broken)


def test_rows_of_middle_grey_are_not_taken_for_missing_ones_in_a_whole_file() -> None:
    grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    grey[:300] = scene(WIDTH, 300)
    assert decode(encode_jpeg(grey, 90)).missing == 0


def test_an_animated_webp_that_was_cut_off_keeps_the_frames_that_came() -> None:
    body = animated("WEBP")
    part = decode(body[: int(len(body) * 0.7)])
    assert part.frames in {2, 3}
    assert part.missing == 0
    assert len(part.later) == part.frames - 1


def test_nothing_is_made_of_what_cannot_be_completed() -> None:
    assert what_came(interlaced_png()[:-2000], "PNG") is None
    assert what_came(KINDS["PNG"](), "PNG") is None
    assert what_came(KINDS["WEBP"](), "WEBP") is None
    assert what_came(KINDS["GIF"]()[:-2000], "GIF") is None


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WebP"])
def test_a_reference_is_found_again_from_sixty_percent_of_a_file(looking: SandboxPool, name: str) -> None:
    vault = empty_vault()
    for seed in range(1, 9):
        kept = looking.inspect(encode_jpeg(scene(WIDTH, HEIGHT, seed), 90)).fingerprints
        upright = tuple(one for one in kept if one.orientation is Orientation.UPRIGHT)
        vault.apply([IndexEntry(seed, str(seed), "case", upright)])
    body = WAYS[name]()
    seen = looking.inspect(body[: int(len(body) * 0.6)])
    assert 0.2 < seen.missing < 0.7
    assert [found.reference for found in vault.search(seen.fingerprints)] == ["7"]


def test_a_cut_off_picture_is_rendered_behind_the_locks(looking: SandboxPool) -> None:
    body = WAYS["JPEG"]()
    copy = Image.open(io.BytesIO(looking.render(body[: int(len(body) * 0.6)], 480)))
    assert copy.width == 480
    assert 80 < copy.height < 320
