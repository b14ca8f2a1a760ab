"""The whole search: bytes, hashes, points, clips, sound; the surest answer for each reference."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from threading import Lock
from typing import Final

import faiss

from jikimi.model.fingerprint import Fingerprint, Found, Tier
from jikimi.model.ports import IndexEntry
from jikimi.vault import features, frame_bank, sound_bank, tiers
from jikimi.vault.bank import LiveBank
from jikimi.vault.features import FeatureBank
from jikimi.vault.frame_bank import FrameBank
from jikimi.vault.frame_rows import is_frames
from jikimi.vault.kin import Kin
from jikimi.vault.likeness import LikenessBank
from jikimi.vault.sound_bank import SoundBank

SHARED: Final = ("cropped", "part of a larger picture")
"""What points say where only a part of each agrees, as a logo over two clips. Frames must agree as well."""


class Cascade:
    """The port `Vault` over banks of hashes, points, frames and sounds, and one of numbers that proposes.

    The second look is the same search with more local fingerprints in what is asked.
    """

    def __init__(self) -> None:
        self._writing = Lock()
        self._hashes = LiveBank()
        self._kin = Kin()
        self._points = FeatureBank(self._kin.group_of)
        self._frames = FrameBank()
        self._likeness = LikenessBank()
        self._sounds = SoundBank(self._kin.group_of)

    @property
    def seq(self) -> int:
        """Return the newest line of the reference log that is in force."""
        return self._hashes.seq

    def __len__(self) -> int:
        return len(self._hashes)

    def apply(self, entries: Sequence[IndexEntry]) -> None:
        """Take in lines of the log, in order; lines up to `seq` are known already and change nothing."""
        # Sorting many points is one thread's work: idle threads of OpenMP would burn more than they help
        # (references with points, two busy cores: 21 s of CPU for 4,000 with them, 6 s without).
        faiss.omp_set_num_threads(1)
        with self._writing:
            fresh = [entry for entry in entries if entry.seq > self._hashes.seq]
            # Points first: who sees the new `seq` may count on both.
            self._likeness.apply(fresh)
            self._points.apply(fresh)
            self._sounds.apply(fresh)
            self._frames.apply(fresh)
            self._hashes.apply(fresh)
            for one, other in sorted(self._hashes.related(fresh)):
                self._kin.relate(one, other)
            if any(not entry.fingerprints and entry.identifier is None for entry in fresh):
                self._hashes.tidy()  # so that not even the shape of the tables shows who has left
                self._sounds.tidy()

    def search(self, fingerprints: Sequence[Fingerprint]) -> list[Found]:
        """Return at most one answer a reference, the surest first; raises BadMedia for damaged ones."""
        best: dict[str, Found] = {}
        near = self._hashes.search(fingerprints)
        if features.is_page(fingerprints):
            near = tiers.on_a_page(near)
        proposed = self._likeness.nearest(fingerprints)
        parts = self._points.search(fingerprints, proposed)
        seen = self._frames.search_closely(fingerprints)
        is_clip = any(map(is_frames, fingerprints))
        doubted = {one.reference for one in parts if is_clip and self._is_shared(one)} | seen.doubted
        parts = [_in_doubt(one) if one.reference in doubted else one for one in parts]
        for answer in chain(near, parts, seen.answers, self._sounds.search(fingerprints)):
            known = best.get(answer.reference)
            if known is None or answer.tier.rank < known.tier.rank:
                best[answer.reference] = answer
        return sorted(best.values(), key=tiers.sureness)

    def _is_shared(self, found: Found) -> bool:
        """Tell whether points of a reference clip agree in a part that both may merely have in common."""
        return found.reference in self._frames and all(step in found.how.edit for step in SHARED)

    def compare(self, asked: Sequence[Fingerprint], reference: Sequence[Fingerprint]) -> Found | None:
        """Compare one picture with one reference, by the same rules; keys in the answer are empty."""
        hashed = self._hashes.compare(asked, reference)
        if hashed is not None and features.is_page(asked):
            hashed = next(iter(tiers.on_a_page([hashed])), None)
        seen = frame_bank.compare(asked, reference)
        parts = features.compare(asked, reference)
        answers = (
            hashed,
            _in_doubt(parts) if parts is not None and seen.doubted else parts,
            next(iter(seen.answers), None),
            sound_bank.compare(asked, reference),
        )
        return min((one for one in answers if one is not None), key=tiers.sureness, default=None)


def _in_doubt(found: Found) -> Found:
    """Return what points of stills say when frames show the same room, but perhaps another take."""
    return replace(found, tier=Tier.POSSIBLE)
