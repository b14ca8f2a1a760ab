"""Counts answers about sound: recall by edit and by kind of sound, and false alerts."""

from collections.abc import Sequence
from dataclasses import dataclass

from audio_answers import Answer
from image_figures import Share, share
from jikimi.model.fingerprint import Tier

GROUPS = {
    "codecs, noise 10 dB, filter, volume": (
        *("clean", "MP3 32k", "opus 16k", "AAC 32k"),
        *("noise 10 dB below", "300–3000 Hz only", "volume −20 dB"),
    ),
    "speed, tempo ±25 %, pitch ±6 %": (
        *("speed +3 %", "speed −3 %", "speed +10 %", "speed −10 %", "speed +25 %", "speed −25 %"),
        *("tempo +25 %", "tempo −25 %", "pitch +6 %", "pitch −6 %"),
    ),
    "played in a room": ("played in a room",),
    "music as loud": ("music as loud",),
    "5 % faster, opus, music −6 dB": ("5 % faster, opus, music −6 dB",),
}
"""Edits that one figure is asked of."""

SURE = {Tier.CERTAIN.value, Tier.LIKELY.value}


@dataclass(frozen=True, slots=True)
class Row:
    """One edit at one length: found as likely, as possible or surer, by the peer."""

    edit: str
    seconds: int
    likely: Share
    possible: Share
    peer: Share | None


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of sound ("all" of them): how many sounds, and found as likely after each group of edits."""

    kind: str
    sounds: int
    likely: dict[str, Share]


def rows_of(answers: Sequence[Answer], peer_least: float, *, has_peer: bool) -> list[Row]:
    """Return one row an edit and length, in the order of the answers."""
    grouped: dict[tuple[str, int], list[Answer]] = {}
    for one in answers:
        grouped.setdefault((one.edit, one.seconds), []).append(one)
    return [
        Row(
            edit,
            seconds,
            share(sum(one.tier in SURE for one in some), len(some)),
            share(sum(one.tier != "" for one in some), len(some)),
            share(sum(one.is_peer_right and one.peer >= peer_least for one in some), len(some))
            if has_peer
            else None,
        )
        for (edit, seconds), some in grouped.items()
    ]


def kind_rows(answers: Sequence[Answer]) -> list[KindRow]:
    """Return one row a kind of sound, and all of them at the end."""
    rows = []
    for kind in [*dict.fromkeys(one.kind for one in answers), "all"]:
        some = [one for one in answers if kind in {one.kind, "all"}]
        likely = {
            group: share(
                sum(one.tier in SURE for one in some if one.edit in edits),
                sum(one.edit in edits for one in some),
            )
            for group, edits in GROUPS.items()
        }
        rows.append(KindRow(kind, len({one.key.split("/")[1] for one in some}), likely))
    return rows


def unknown_shares(answers: Sequence[Answer], references: int) -> dict[str, Share]:
    """Return the share of wrong pairs at each tier or a surer one."""
    pairs = len(answers) * references
    return {
        Tier.LIKELY.value: share(sum(one.likely for one in answers), pairs),
        Tier.POSSIBLE.value: share(sum(one.possible for one in answers), pairs),
    }
