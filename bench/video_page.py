"""Writes the video benchmark's page: Markdown tables of everything that was counted."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill
from typing import Final

from image_figures import TIERS, Recall, Share
from recall_bars import percent
from video_cost import Costs
from video_figures import Pairs, Report

LINE: Final = 115
PEER: Final = "vPDQ"
PICTURE: Final = "![Recall by edit, ours above vPDQ's](pictures/video-recall.svg)"
SETS: Final = """
{sources} sources of up to 15 s at 360 pixels, {real} of them pieces of real clips, the others drawn: by
our own code, by ffmpeg, and as takes over photographs (a wandering view, a fixed one before which a
figure moves, a row of shots). The bank holds all. A hash of the name of the file a source was cut from
decides in which half it is; thresholds were chosen on the half called tune, {asked} sources of the half
called {half} were asked for. An edit takes 10 s or less out of the middle of a source, off the grid of
samples, made by ffmpeg. Everything goes the way of the product: its reader, its cascade; the second look
where the first did not find the source as likely. {peer} is its rule in our words, in the same run: PDQ
of a frame a second, 31 bits, 80 % of the asked frames. Intervals are Wilson's, 95 %.
"""
RECALL: Final = """
How often the edited clip's own source is among the answers, in percent, at each tier or a surer one.
"""
WRONG: Final = """
Wrong references in the same run, among all sources that were cut from another file: {wrong}.
"""
UNKNOWN: Final = """
Asked with the second look, in banks of their own. {strangers}: pans over photographs in a bank of pans
over others. {drawn}: another figure before the same fixed picture. {real}: real takes by one fixed
camera each (a street, a tree in the wind, a chair), edited in three ways and asked for in a
bank of all; the copy's own take must be found, the other takes of its room are wrong.
"""
COST: Final = """
CPU seconds on one thread, the least of three, for a clip of {seconds} s at 1280 × 720, 2.5 Mbit/s, a key
frame every 2 s, with sound. Frames, points and sound are searched in banks of {hours:.0f} made-up reference
hours each.
"""


def page(report: Report) -> str:
    """Return the whole page."""
    machine = "; ".join(f"{name}: {value}" for name, value in report.machine.items())
    parts = [
        "# How edited clips are found again",
        "Written by this command; run it again rather than edit this page.",
        f"```console\n$ {report.command}\n```",
        _wrapped(f"{machine}."),
        _wrapped(SETS.format(peer=PEER, **report.setup)),
        PICTURE,
        "## Recall",
        _wrapped(RECALL),
        _recall(report.first, report.both),
        "## False alerts",
        _wrapped(WRONG.format(wrong=_by_tier(report.wrong))),
        *_unknown(report.unknown),
    ]
    if report.samples:
        some = report.samples
        told = (
            f"ThreatExchange's sample videos, at likely or surer: {some.found} of {some.pairs} related pairs,"
            f" {some.wrong} of {some.unrelated} others."
        )
        parts.append(_wrapped(told))
    if report.costs:
        parts += _costs(report.costs)
    return "\n\n".join(parts) + "\n"


def _recall(first: Sequence[Recall], both: Sequence[Recall]) -> str:
    heads = ["edit", "n", "first look", "both looks: certain", "likely", "95 %", "possible", PEER]
    rows = [
        [
            two.edit,
            str(two.queries),
            percent(one.likely),
            percent(two.certain),
            percent(two.likely),
            f"{100 * two.likely.low:.0f}–{100 * two.likely.high:.0f}",
            percent(two.possible),
            percent(two.peer),
        ]
        for one, two in zip(first, both, strict=True)
    ]
    return _table(heads, rows)


def _unknown(sets: Sequence[Pairs]) -> list[str]:
    if not sets:
        return []
    heads = ["set", "pairs", *TIERS, "wrong at likely, by", "copies found at likely"]
    rows = [
        [
            one.name,
            f"{one.wrong['likely'].of:,}",
            *(_rate(one.wrong[tier]) for tier in TIERS),
            ", ".join(f"{name} {count}" for name, count in one.by_algorithm.items()) or "–",
            "–" if one.copies is None else f"{one.copies.count} of {one.copies.of}",
        ]
        for one in sets
    ]
    told = UNKNOWN.format(strangers="Strangers", drawn="Drawn rooms", real="Real rooms")
    return [_wrapped(told), _table(heads, rows)]


def _costs(one: Costs) -> list[str]:
    rows = [
        [
            "first look: key frames, stills and sound read and fingerprinted",
            _speed(one.first_look, one.seconds),
        ],
        ["the same without sound", _speed(one.silent_look, one.seconds)],
        ["second look", _speed(one.second_look, one.seconds)],
        ["reference", _speed(one.reference, one.seconds)],
        [f"search of the first look's {one.first_rows:,} rows", f"{one.first_search:.2f} s"],
        [f"search of the second look's {one.second_rows:,} rows", f"{one.second_search:.2f} s"],
        [
            "points of stills asked, first and second look",
            f"{one.first_points:.2f} and {one.second_points:.2f} s",
        ],
        ["sound asked, first and second look", f"{one.first_sound:.2f} and {one.second_sound:.2f} s"],
        [
            "looks with all that they ask, first and second",
            f"{one.whole_first:.2f} and {one.whole_second:.2f} s",
        ],
        ["the bank filled at once", f"{one.fill:.0f} s"],
        ["frames, as written, an hour of reference", f"{one.frame_bytes / 1e6:.1f} MB"],
        ["frames, in memory, an hour of reference", f"{one.frame_resident / 1e6:.1f} MB"],
        [
            f"points of stills, as written, an hour of references of {one.seconds} s each",
            f"{one.point_bytes / 1e6:.1f} MB",
        ],
        ["points of stills, in memory, the same", f"{one.point_resident / 1e6:.1f} MB"],
        ["sound, in memory, an hour of reference", f"{one.sound_resident / 1e6:.1f} MB"],
        ["frames, points and sound, in memory, the same", f"{one.resident / 1e6:.1f} MB"],
    ]
    told = COST.format(seconds=one.seconds, hours=one.hours)
    return ["## Cost", _wrapped(told), _table(["what", "figure"], rows)]


def _speed(spent: float, seconds: int) -> str:
    return f"{spent:.2f} s (×{seconds / spent:.0f})"


def _by_tier(wrong: Mapping[str, Share]) -> str:
    return ", ".join(f"{tier} or surer {_rate(one)} of {one.of:,}" for tier, one in wrong.items())


def _rate(one: Share) -> str:
    return f"{one.count:,} ({100 * one.low:.3g}–{100 * one.high:.3g} %)" if one.count else "0"


def _wrapped(text: str) -> str:
    return fill(" ".join(text.split()), LINE, break_long_words=False, break_on_hyphens=False)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    ruler = "|---|" + "---:|" * (len(heads) - 1)
    return "\n".join([f"| {' | '.join(heads)} |", ruler, *(f"| {' | '.join(row)} |" for row in rows)])
