"""Writes the audio benchmark's page: Markdown tables of everything that was counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

from audio_figures import KindRow, Row
from image_figures import Share
from recall_bars import percent

LINE = 115
PEER = "Chromaprint"
PICTURE = "![Recall by edit, ours above Chromaprint's](pictures/audio-recall.svg)"
SETS = """
{made} sounds of each kind, made from seeds, and {clips} sounds of the folder given, up to a minute each,
8,000 Hz. Speech: made-up words by espeak-ng in {languages} languages, every voice at its own pitch and
pace: quiet (small hard room, peak −30 dB), reverberant (more of a bare room than of the voice) and noisy
(pink noise 10 dB below). Music: chords, melody, drums. The bank holds them and {fillers} more made alike.
Excerpts and edits are fixed by seeds; codecs and filters are FFmpeg's; the music put over them is of no
reference; no two rooms are alike. Thresholds were set on sounds of other seeds (`--half tune`). {peer} is
`fpcalc -raw` of the same samples; its threshold is 1.25 times its highest agreement with an unknown sound
in this run. Intervals are Wilson's, 95 %.
"""
RECALL = """
How often the excerpt's own reference is the first answer, in percent: as likely or surer, with its interval;
and {peer}. {wrong} of these excerpts were also given another reference as likely or surer. {answered:,} of
{wanted:,} questions were asked in this run, those of 10 s first, one sound after the other.
"""
KINDS = """
The same excerpts of {seconds} s, by what kind of sound they are: likely or surer, in percent, with its
interval.
"""
UNKNOWN = """
{queries:,} edited excerpts of sounds that the bank does not hold (the same kinds and voices, other words and
tunes), {references:,} references, {pairs:,} pairs. Highest strength of an unknown sound: {strongest} (likely
asks for {least:.2f}).
"""
COST = """
Process CPU time on one thread. The hours are made of the references above, varied in time and pitch.
"""
FLOOR = "less than 0.3, below which nothing is compared closely"


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a run."""

    command: str
    machine: Mapping[str, str]
    setup: Mapping[str, object]
    rows: list[Row]
    kinds: list[KindRow]
    unknown: Mapping[str, Share]
    answered: int
    wanted: int
    unknown_queries: int
    references: int
    strongest: float
    least: float
    wrong: int
    costs: Mapping[str, float]


def page(report: Report) -> str:
    """Return the whole page."""
    machine = "; ".join(f"{name}: {value}" for name, value in report.machine.items())
    pairs = report.unknown_queries * report.references
    unknown = UNKNOWN.format(
        queries=report.unknown_queries,
        references=report.references,
        pairs=pairs,
        strongest=f"{report.strongest:.2f}" if report.strongest else FLOOR,
        least=report.least,
    )
    return (
        "\n\n".join(
            [
                "# How edited sound is found again",
                "Written by this command; run it again rather than edit this page.",
                f"```console\n$ {report.command}\n```",
                _wrapped(f"{machine}."),
                _wrapped(SETS.format(peer=PEER, **report.setup)),
                PICTURE,
                "## Recall",
                _wrapped(
                    RECALL.format(
                        peer=PEER, wrong=report.wrong, answered=report.answered, wanted=report.wanted
                    )
                ),
                _recall(report.rows),
                "## By kind of sound",
                _wrapped(KINDS.format(seconds=max(row.seconds for row in report.rows))),
                _kinds(report.kinds),
                "## False alerts",
                _wrapped(unknown),
                _table(
                    ["at this tier or a surer one", "wrong pairs"],
                    [[tier, _rate(one)] for tier, one in report.unknown.items()],
                ),
                "## Cost",
                _wrapped(COST),
                _table(["what", "figure"], [[name, f"{value:,.3g}"] for name, value in report.costs.items()]),
            ]
        )
        + "\n"
    )


def _recall(rows: Sequence[Row]) -> str:
    lengths = sorted({row.seconds for row in rows}, reverse=True)
    heads = ["edit"]
    for length in lengths:
        heads += ["n", f"{length} s", "95 %", PEER]
    found = {(row.edit, row.seconds): row for row in rows}
    lines = []
    for edit in dict.fromkeys(row.edit for row in rows):
        line = [edit]
        for row in (found.get((edit, length)) for length in lengths):
            if row is None:
                line += ["0", *["–"] * 3]
            else:
                line += [str(row.likely.of), percent(row.likely), _interval(row.likely), percent(row.peer)]
        lines.append(line)
    return _table(heads, lines)


def _kinds(rows: Sequence[KindRow]) -> str:
    heads = ["sounds", "n", *rows[0].likely]
    lines = [
        [row.kind, str(row.sounds), *(f"{percent(one)} ({_interval(one)})" for one in row.likely.values())]
        for row in rows
    ]
    return _table(heads, lines)


def _interval(one: Share) -> str:
    return f"{100 * one.low:.0f}–{100 * one.high:.0f}"


def _rate(one: Share) -> str:
    return (
        f"{one.count:,} of {one.of:,} (0–{100 * one.high:.2g} %)"
        if one.count == 0
        else (f"{one.count:,} of {one.of:,} ({100 * one.low:.2g}–{100 * one.high:.2g} %)")
    )


def _wrapped(text: str) -> str:
    return fill(" ".join(text.split()), LINE, break_long_words=False, break_on_hyphens=False)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    ruler = "|---|" + "---:|" * (len(heads) - 1)
    return "\n".join([f"| {' | '.join(heads)} |", ruler, *(f"| {' | '.join(row)} |" for row in rows)])
