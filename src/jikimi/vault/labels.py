"""Writes the keys of references and cases as 16 bytes each, so that a million of them stay small."""

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

LABEL_BYTES: Final = 16
_HEX_KEY = re.compile(r"[0-9a-f]{32}")


class Labels:
    """Texts to 16 bytes and back: 32 lower-case hex digits as they are, any other text by its digest.

    Only the others are remembered, so a bank of ordinary keys keeps nothing here.
    """

    def __init__(self, others: Mapping[bytes, str] = MappingProxyType({})) -> None:
        self._others = dict(others)

    def packed(self, texts: Iterable[str]) -> bytes:
        """Return 16 bytes for each text, one after the other, and remember what cannot be read from them."""
        return b"".join(
            bytes.fromhex(text) if _HEX_KEY.fullmatch(text) else self._digest(text) for text in texts
        )

    def text(self, label: bytes) -> str:
        """Return the text that `packed` was given for these 16 bytes."""
        return self._others.get(label, label.hex())

    def others(self) -> Mapping[bytes, str]:
        """Return what is remembered: 16 bytes → text."""
        return dict(self._others)

    def _digest(self, text: str) -> bytes:
        label = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=LABEL_BYTES).digest()
        self._others[label] = text
        return label
