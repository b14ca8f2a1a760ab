"""Writes the image benchmark's page: Markdown tables of everything that was counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

from image_cost import Cost
from image_figures import TIERS, Alerts, Recall, Share

AUGLY = "AugLy "
PEER = "PDQ ≤ 31"
LINE = 115
PICTURE = "![Recall by edit, ours above PDQ's](pictures/images-recall.svg)"
SETS = """
The bank holds {photographs} photographs and {drawn} scenes drawn by our own code, which are easier to tell
apart than photographs; {unknown} other photographs are unknown to it. Pictures within 31 bits of PDQ of
each other, however turned, were taken once; a hash of the file's name decides in which half a photograph
is. Edits are fixed by the names of photograph and edit, drawn by our own code, and saved as a JPEG of
quality 85 where the name does not say otherwise. Other pictures in a collage or background come from the
unknown half. Algorithms: {looks}. PDQ stands for threatexchange's own hash of the whole file, matched at 31
bits or less, in the same run. Intervals are Wilson's, 95 %; they take queries for independent, which edits
of one photograph are not quite.
"""
RECALL = """
How often the edited picture's own reference is among the answers, in percent; at each tier or a surer one.
"""
POOLED = """
All {queries:,} queries: certain {certain}, likely or surer {likely}, possible or surer {possible}; PDQ
{peer}. Found by: {by_algorithm}. {wrong_likely} of these queries were given a wrong reference as likely or
surer (besides or instead of the right one), {wrong_possible} as possible or surer.
"""
UNKNOWN = """
{asked:,} of {wanted:,} wanted queries: edits of the unknown photographs, all kinds mixed; from the second
round on a window of 50–100 % of the photograph's area is edited, so that none repeats. The bank has
{references:,} references, {photographs} of them photographs.
"""
TEMPLATES = """
The references are photographs inside one layout, the same to the last word; the queries are other
photographs inside it, and whatever is found is false: queries with any false answer, at each tier or a
surer one. The last two columns ask for the references' own photographs without the layout: found, in
percent.
"""
COST = """
Process CPU time of one query that matches nothing, on one thread: decode, fingerprint, search. Beside it,
in the same bank, how many edited photographs that it knows are found, and how many of the worst edit.
"""
SIZES = """
Bytes of one reference: of its fingerprints, and by how much the process grew for it.
"""


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a run; see image_figures and image_cost for what each means."""

    command: str
    machine: Mapping[str, str]
    looks: list[list[str]]
    setup: Mapping[str, object]
    known: list[Recall]
    augly: list[Recall]
    unknown: Alerts
    unknown_wanted: int
    templates: list[Alerts]
    template_originals: list[Recall]
    costs: list[Cost]


def page(report: Report) -> str:
    """Return the whole page."""
    parts = (_head(report), _recall(report), _alerts(report), _templates(report), _costs(report.costs))
    return "\n\n".join(part for some in parts for part in some) + "\n"


def _head(report: Report) -> list[str]:
    setup = report.setup
    looks = "; where those find nothing, ".join(", ".join(look) for look in report.looks)
    sets = SETS.format(
        photographs=setup["photos in the bank"],
        drawn=setup["drawn scenes in the bank"],
        unknown=setup["unknown photos"],
        looks=looks,
    )
    machine = "; ".join(f"{name}: {value}" for name, value in report.machine.items())
    return [
        "# How edited pictures are found again",
        "Written by this command; run it again rather than edit this page.",
        f"```console\n$ {report.command}\n```",
        _wrapped(f"{machine}."),
        _wrapped(sets),
        PICTURE,
    ]


def _recall(report: Report) -> list[str]:
    theirs = {row.edit.removeprefix(AUGLY): row.possible for row in report.augly if row.edit != "mean"}
    heads = [
        "edit",
        "n",
        "certain",
        "likely",
        "possible",
        PEER,
        *["possible, edited by AugLy"] * bool(theirs),
    ]
    rows = [
        [
            row.edit,
            str(row.queries),
            *(_percent(one) for one in (row.certain, row.likely, row.possible, row.peer)),
            *[_percent(theirs.get(row.edit))] * bool(theirs),
        ]
        for row in report.known
    ]
    mean = report.known[-1]
    pooled = POOLED.format(
        queries=mean.queries,
        certain=_between(mean.certain),
        likely=_between(mean.likely),
        possible=_between(mean.possible),
        peer=_between(mean.peer),
        by_algorithm=_counted(mean.by_algorithm),
        wrong_likely=mean.wrong["likely"],
        wrong_possible=mean.wrong["possible"],
    )
    return ["## Recall", _wrapped(RECALL), _table(heads, rows), _wrapped(pooled)]


def _alerts(report: Report) -> list[str]:
    seen = report.unknown
    shown = UNKNOWN.format(
        asked=seen.queries["possible"].of,
        wanted=report.unknown_wanted,
        references=seen.references,
        photographs=seen.photographs,
    )
    heads = ["at this tier or a surer one", "queries with any", "wrong pairs", "… with a photograph"]
    rows = [
        [tier, _rate(seen.queries[tier]), _rate(seen.pairs[tier]), _rate(seen.photograph_pairs[tier])]
        for tier in TIERS
    ]
    rows.append([PEER, _rate(seen.peer_queries), _rate(seen.peer_pairs), "–"])
    origins = f"By algorithm: {_counted(seen.by_algorithm)}. By edit: {_counted(seen.by_edit)}."
    return ["## False alerts", _wrapped(shown), _table(heads, rows), _wrapped(origins)]


def _templates(report: Report) -> list[str]:
    heads = ["layout", "references", *TIERS, PEER, "found without the layout", f"… by {PEER}"]
    rows = [
        [
            one.name,
            str(one.references),
            *(_rate(one.queries[tier]) for tier in TIERS),
            _rate(one.peer_queries),
            _percent(found.possible),
            _percent(found.peer),
        ]
        for one, found in zip(report.templates, report.template_originals, strict=True)
    ]
    return ["## Shared layouts", _wrapped(TEMPLATES), _table(heads, rows)]


def _costs(costs: Sequence[Cost]) -> list[str]:
    heads = [
        "references",
        "looks",
        "unknown",
        "median, ms",
        "95th percentile, ms",
        "known",
        "found, %",
        "worst edit, %",
    ]
    rows = [
        [
            f"{one.references:,}",
            "first" if look == 0 else "both",
            str(one.queries),
            f"{one.median_ms[look]:.1f}",
            f"{one.p95_ms[look]:.1f}",
            f"{one.known:,}",
            f"{100 * one.recall[look]:.1f}",
            f"{100 * one.lowest[look]:.1f}",
        ]
        for one in costs
        for look in range(len(one.median_ms))
    ]
    sizes = [
        [
            f"{one.references:,}",
            f"{one.fingerprint_bytes:,.0f}",
            "–" if one.resident_bytes is None else f"{one.resident_bytes:,.0f}",
        ]
        for one in costs
    ]
    held = _table(["references", "fingerprint bytes", "resident bytes"], sizes)
    return ["## Cost", _wrapped(COST), _table(heads, rows), _wrapped(SIZES), held]


def _wrapped(text: str) -> str:
    return fill(" ".join(text.split()), LINE, break_long_words=False, break_on_hyphens=False)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    ruler = "|---|" + "---:|" * (len(heads) - 1)
    return "\n".join([f"| {' | '.join(heads)} |", ruler, *(f"| {' | '.join(row)} |" for row in rows)])


def _percent(one: Share | None) -> str:
    if one is None:
        return "–"
    return f"{100 * one.share:.0f}" if one.count in {0, one.of} else f"{100 * one.share:.1f}"


def _between(one: Share | None) -> str:
    if one is None:
        return "not measured"
    return f"{100 * one.share:.1f} % ({100 * one.low:.1f}–{100 * one.high:.1f})"


def _rate(one: Share | None) -> str:
    if one is None:
        return "–"
    return f"{one.count:,} of {one.of:,} ({_small(one.low)}–{_small(one.high)} %)"


def _small(part: float) -> str:
    return "0" if part < 1e-12 else f"{100 * part:.2g}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"
