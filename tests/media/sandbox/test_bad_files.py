"""Whatever is not a whole picture is refused, with a reason an operator understands."""

import zlib

import numpy as np
import pytest
from drawn import HEIGHT, KINDS, WIDTH, animated, chunk, png

from jikimi.media.decode import decode, decode_colour
from jikimi.media.sandbox import SandboxPool
from jikimi.model.errors import BadMedia

CUT_OFF = "the file is cut off: only part of the picture is there"
HUGE = "declares 100000×100000 pixels; the limit is 100 megapixels"
BAD = {
    "nothing": (b"", "the file is empty"),
    "text": ("오늘의 메모: 우유, 빵\n".encode(), "this is text, not a picture"),
    "text cut within a letter": ("가".encode() * 300, "this is text, not a picture"),
    "HTML": (b"\n <!DOCTYPE html><html><body>404</body></html>", "this is HTML, not a picture"),
    "SVG": (b"<?xml version='1.0'?><svg xmlns='x'/>", "this is an SVG drawing, which is not read"),
    "noise": (np.random.default_rng(5).bytes(5000), "this is not a kind of file we know"),
    "PDF": (b"%PDF-1.7\n", "this is a PDF"),
    "ZIP": (b"PK\x03\x04" + bytes(30), "this is a ZIP archive"),
    "only a JPEG's first bytes": (b"\xff\xd8\xff", "the file begins like JPEG but is damaged"),
    "only a PNG's first bytes": (b"\x89PNG\r\n\x1a\n", "the file begins like PNG but is damaged"),
    "a declared 100000 x 100000": (png(100_000, 100_000, bytes(500)), HUGE),
    "a bomb of one-bit pixels": (png(50_000, 50_000, bytes(6251 * 4000), depth=1), "2500000000"),
    "a PNG without pixels": (png(0, 10, b""), "PNG"),
}
PARTS = {"JPEG": 0.2, "PNG": 0.2, "WEBP": 0.2, "GIF": 0.5, "AVIF": 0.7, "HEIC": 0.7, "TIFF": 0.5, "BMP": 0.6}


@pytest.mark.parametrize("what", BAD)
def test_what_is_not_a_picture_is_bad_media_with_a_reason(what: str) -> None:
    body, reason = BAD[what]
    if reason.isdigit():
        reason = "50000×50000 pixels; the limit is 100 megapixels"
    for read in (decode, lambda body: decode_colour(body, 64)):
        with pytest.raises(BadMedia) as refused:
            read(body)
        assert reason in str(refused.value)


@pytest.mark.parametrize("name", PARTS)
def test_a_truncated_picture_is_bad_media_with_a_reason(name: str) -> None:
    whole = KINDS[name]()
    for read in (decode, lambda body: decode_colour(body, 64)):
        with pytest.raises(BadMedia, match=f"cut off|begins like {name} but is damaged"):
            read(whole[: int(len(whole) * PARTS[name])])


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF"])
def test_the_reason_says_cut_off_where_the_reader_can_tell(name: str) -> None:
    whole = KINDS[name]()
    with pytest.raises(BadMedia) as refused:
        decode(whole[: int(len(whole) * PARTS[name])])
    assert str(refused.value) == CUT_OFF


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_no_part_of_a_jpeg_becomes_a_half_grey_picture(share: float) -> None:
    whole = KINDS["JPEG"]()
    for end in (b"", b"\xff\xd9"):
        picture = decode(whole[: int(len(whole) * share)] + end).picture
        lines = np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)
        assert picture.height < HEIGHT
        assert (lines[-1] != 128).sum() > WIDTH / 2


def test_an_animated_webp_cut_in_its_first_frame_is_bad_media() -> None:
    with pytest.raises(BadMedia):
        decode(animated("WEBP")[:2000])


def test_a_bomb_in_a_text_chunk_is_bad_media() -> None:
    bomb = chunk(b"zTXt", b"note\x00\x00" + zlib.compress(bytes(80_000_000), 9))
    with pytest.raises(BadMedia, match=r"damaged|cut off"):
        decode(png(8, 8, bytes(9 * 8), extra=bomb))


@pytest.mark.parametrize("what", BAD)
def test_the_sandbox_gives_the_same_reason(pool: SandboxPool, what: str) -> None:
    body = BAD[what][0]
    with pytest.raises(BadMedia) as inside:
        pool.inspect(body)
    with pytest.raises(BadMedia) as outside:
        decode(body)
    assert str(inside.value) == str(outside.value)
