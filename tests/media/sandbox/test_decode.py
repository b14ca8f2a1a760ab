"""Every kind of picture becomes the same upright grey picture."""

import io

import numpy as np
import pytest
from drawn import HEIGHT, KINDS, WIDTH, animated, frames, plain, png, saved, scene
from numpy.typing import NDArray
from PIL import Image, ImageOps

from jikimi.media.decode import Decoded, decode, decode_colour
from jikimi.media.preview import shrink_and_blur
from jikimi.media.specimen import draw, encode_jpeg

ORIENTATION = 0x0112


def grey_of(decoded: Decoded) -> NDArray[np.int16]:
    picture = decoded.picture
    return np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width).astype(np.int16)


def expected() -> NDArray[np.int16]:
    return np.asarray(Image.fromarray(scene()).convert("L"), dtype=np.int16)


def difference(decoded: Decoded, wanted: NDArray[np.int16] | None = None) -> float:
    return float(np.abs(grey_of(decoded) - (expected() if wanted is None else wanted)).mean())


@pytest.mark.parametrize("name", KINDS)
def test_each_format_is_read_as_the_same_grey_picture(name: str) -> None:
    decoded = decode(KINDS[name]())
    assert (decoded.format, decoded.frames) == (name, 1)
    assert (decoded.picture.original_width, decoded.picture.original_height) == (WIDTH, HEIGHT)
    assert difference(decoded) < 12


@pytest.mark.parametrize("name", ["PNG", "TIFF", "BMP"])
def test_a_lossless_format_gives_exactly_the_601_luma(name: str) -> None:
    assert difference(decode(KINDS[name]())) == 0


def test_the_first_bytes_decide_not_what_the_file_is_called() -> None:
    assert decode(plain("PNG")).format == "PNG"


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_is_its_first_frame_and_says_how_many_there_are(name: str) -> None:
    decoded = decode(animated(name))
    assert decoded.frames == 4
    assert difference(decoded) < 12


def test_a_gif_that_lost_its_last_frames_still_shows_its_first() -> None:
    whole = animated("GIF")
    decoded = decode(whole[: len(whole) // 2])
    assert decoded.frames in {2, 3}
    assert difference(decoded) < 12


def test_a_cmyk_jpeg_is_read() -> None:
    decoded = decode(saved(Image.fromarray(scene()).convert("CMYK"), "JPEG", quality=95))
    assert difference(decoded) < 6


def test_a_progressive_and_a_grey_jpeg_are_read() -> None:
    picture = Image.fromarray(scene())
    assert difference(decode(saved(picture, "JPEG", quality=95, progressive=True))) < 6
    assert difference(decode(saved(picture.convert("L"), "JPEG", quality=95))) < 6


def test_a_jpeg_that_lacks_only_its_end_marker_is_whole() -> None:
    assert difference(decode(KINDS["JPEG"]()[:-2])) < 6


def test_a_jpeg_with_stray_bytes_is_read_as_browsers_read_it() -> None:
    body = KINDS["JPEG"]()
    assert difference(decode(body[:-2] + bytes(9) + body[-2:])) < 6


def test_a_jpeg_with_a_second_picture_behind_it_is_the_first() -> None:
    first, second, *_ = frames()
    assert difference(decode(saved(first, "MPO", save_all=True, append_images=[second]))) < 12


def test_a_16_bit_png_keeps_its_shades() -> None:
    deep = (np.asarray(Image.fromarray(scene()).convert("L")).astype(np.uint16) << 8) + 17
    assert difference(decode(saved(Image.fromarray(deep), "PNG"))) == 0


def test_a_1_bit_png_is_black_and_white() -> None:
    decoded = decode(saved(Image.fromarray(scene()).convert("1"), "PNG"))
    assert set(np.unique(grey_of(decoded))) == {0, 255}


def test_a_float_tiff_is_stretched_to_the_whole_range() -> None:
    values = np.linspace(-3.0, 5.0, 64 * 64, dtype=np.float32).reshape(64, 64)
    decoded = grey_of(decode(saved(Image.fromarray(values), "TIFF")))
    assert (decoded[0, 0], decoded[-1, -1]) == (0, 255)


def test_a_lab_tiff_is_its_lightness() -> None:
    lightness = Image.fromarray(scene()).convert("L")
    neutral = Image.new("L", lightness.size, 128)
    assert difference(decode(saved(Image.merge("LAB", (lightness, neutral, neutral)), "TIFF"))) < 2


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_are_shown_on_white(mode: str) -> None:
    picture = Image.fromarray(scene()).convert(mode)
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[: HEIGHT // 2] = 0
    picture.putalpha(Image.fromarray(alpha))
    wanted = expected()
    wanted[: HEIGHT // 2] = 255
    assert difference(decode(saved(picture, "PNG")), wanted) == 0


def test_a_palette_with_a_transparent_colour_is_shown_on_white() -> None:
    picture = Image.fromarray(scene()).quantize(16)
    hidden = int(np.asarray(picture)[0, 0])
    decoded = grey_of(decode(saved(picture, "PNG", transparency=hidden)))
    assert (decoded[np.asarray(picture) == hidden] == 255).all()


def test_a_clean_copy_of_a_transparent_palette_is_on_white_too() -> None:
    picture = Image.fromarray(scene()).quantize(16)
    hidden = int(np.asarray(picture)[0, 0])
    copy = decode_colour(saved(picture, "PNG", transparency=hidden), WIDTH)
    assert (copy[np.asarray(picture) == hidden] == 255).all()


STORED = {
    1: (),
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_90,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_270,),
}


def turned(orientation: int, name: str) -> bytes:
    """Return the scene stored as a camera held this way would store it."""
    picture = Image.fromarray(scene())
    for step in STORED[orientation]:
        picture = picture.transpose(step)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return saved(picture, name, exif=exif, **({"quality": 95} if name != "PNG" else {}))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_all_eight_orientations_are_turned_upright(name: str, orientation: int) -> None:
    body = turned(orientation, name)
    decoded = decode(body)
    assert (decoded.picture.original_width, decoded.picture.original_height) == (WIDTH, HEIGHT)
    assert difference(decoded) < 12
    seen_by_pillow = ImageOps.exif_transpose(Image.open(io.BytesIO(body))).convert("L")
    assert difference(decoded, np.asarray(seen_by_pillow, dtype=np.int16)) < 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_clean_copy_is_upright_too(orientation: int) -> None:
    copy = decode_colour(turned(orientation, "JPEG"), WIDTH)
    assert copy.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(copy.astype(np.int16) - scene()).mean() < 14


@pytest.mark.parametrize("lie", [0, 9, 99, 65535])
def test_an_orientation_that_does_not_exist_is_ignored(lie: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = lie
    assert difference(decode(saved(Image.fromarray(scene()), "JPEG", quality=95, exif=exif))) < 6


def test_a_broken_exif_block_does_not_hide_the_picture() -> None:
    body = saved(
        Image.fromarray(scene()), "JPEG", quality=95, exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff junk"
    )
    assert difference(decode(body)) < 6


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2000, 1), (1, 3000), (5, 700)])
def test_tiny_and_very_thin_pictures_are_read(width: int, height: int) -> None:
    picture = Image.new("RGB", (width, height), "teal")
    for name in ("JPEG", "PNG"):
        decoded = decode(saved(picture, name)).picture
        assert (decoded.original_width, decoded.original_height) == (width, height)
        assert len(decoded.luma) == decoded.width * decoded.height
        assert max(decoded.width, decoded.height) <= 2048
        assert min(shrink_and_blur(decode(saved(picture, name)).picture).shape) >= 1


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_a_large_picture_is_scaled_down_but_not_below_512(name: str) -> None:
    pixels = np.full((1600, 2400, 3), 90, np.uint8)
    body = encode_jpeg(pixels) if name == "JPEG" else saved(Image.fromarray(pixels), "PNG")
    decoded = decode(body).picture
    assert (decoded.original_width, decoded.original_height) == (2400, 1600)
    assert min(decoded.width, decoded.height) >= 512
    assert max(decoded.width, decoded.height) <= 2048


def test_a_large_jpeg_looks_like_its_smaller_self() -> None:
    pixels = draw(3, 1600, 1200)
    decoded = decode(encode_jpeg(pixels, 95))
    size = (decoded.picture.width, decoded.picture.height)
    wanted = Image.fromarray(pixels).convert("L").resize(size, Image.Resampling.BOX)
    assert difference(decoded, np.asarray(wanted, dtype=np.int16)) < 4


def test_a_png_may_hold_more_rows_than_it_declares() -> None:
    decoded = decode(png(16, 16, bytes(17 * 4000))).picture
    assert (decoded.width, decoded.height) == (16, 16)


def test_a_preview_is_small_and_holds_no_detail() -> None:
    checks = np.kron(np.indices((32, 32)).sum(axis=0) % 2, np.ones((16, 16))) * 255
    decoded = decode(saved(Image.fromarray(checks.astype(np.uint8)), "PNG"))
    preview = shrink_and_blur(decoded.picture)
    assert max(preview.shape) == 64
    assert preview[8:-8, 8:-8].std() < 12
