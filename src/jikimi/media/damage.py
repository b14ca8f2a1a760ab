"""Turns what picture readers raise on damaged files into a plain reason."""

import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
from PIL import Image

from jikimi.model.errors import BadMedia

# Anything else is a bug of ours and stays visible.
DAMAGE = (
    ArithmeticError, EOFError, LookupError, NotImplementedError, OSError, RuntimeError,
    SyntaxError, ValueError, struct.error, zlib.error, cv2.error, Image.DecompressionBombError,
)  # fmt: skip
"""What the readers raise on damaged files."""

CUT_OFF = "the file is cut off: only part of the picture is there"


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what the readers raise on a damaged file of this format into BadMedia with a plain reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MemoryError as error:
        raise BadMedia("the picture needs more memory than one file may take") from error
    except DAMAGE as error:
        if re.search(r"truncated|premature|end of|not enough data", str(error), re.IGNORECASE):
            raise BadMedia(CUT_OFF) from error
        raise BadMedia(f"the file begins like {name} but is damaged") from error
