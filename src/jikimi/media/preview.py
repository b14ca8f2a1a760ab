"""Draws the blurred thumbnail, the only picture of a picture that is ever kept."""

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.media.sniff import LONGEST_PREVIEW
from jikimi.model.fingerprint import Picture

_BLUR = 2.5  # standard deviation in preview pixels; faces of 20 pixels become a smudge


def shrink_and_blur(picture: Picture) -> NDArray[np.uint8]:
    """Return a strongly blurred (H, W) grey thumbnail whose longer side is at most 64 pixels."""
    grey = np.frombuffer(picture.luma, dtype=np.uint8).reshape(picture.height, picture.width)
    longest = max(grey.shape)
    if longest > LONGEST_PREVIEW:
        size = (
            max(1, picture.width * LONGEST_PREVIEW // longest),
            max(1, picture.height * LONGEST_PREVIEW // longest),
        )
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), _BLUR), dtype=np.uint8)
