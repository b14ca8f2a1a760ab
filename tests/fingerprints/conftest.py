"""Drawn scenes, the pictures other PDQ users test with, and one way to read them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.media.decode import decode
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.fingerprint import Picture

Grey = NDArray[np.uint8]


@pytest.fixture(scope="session")
def testdata() -> Path:
    """Pictures of others, kept beside the checkout and never in it."""
    folder = Path(__file__).parents[3] / "shared" / "testdata"
    if not folder.is_dir():
        pytest.skip("no test pictures of others: put them into ../shared/testdata")
    return folder


@pytest.fixture(scope="session")
def luma_of() -> Callable[[bytes], Grey]:
    """Read a file as the sandbox does: height × width."""

    def read(body: bytes) -> Grey:
        picture = decode(body).picture
        return np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)

    return read


@pytest.fixture(scope="session")
def scene(luma_of: Callable[[bytes], Grey]) -> Callable[..., Grey]:
    """Draw a scene and read it as grey."""

    def drawn(seed: int = 1, width: int = 768, height: int = 560) -> Grey:
        return luma_of(encode_jpeg(draw(seed, width, height), 95))

    return drawn


@pytest.fixture(scope="session")
def as_picture() -> Callable[[Grey], Picture]:
    """Wrap grey pixels as the sandbox hands them over."""

    def wrap(luma: Grey) -> Picture:
        height, width = luma.shape
        return Picture(width, height, np.ascontiguousarray(luma).tobytes(), width, height)

    return wrap
