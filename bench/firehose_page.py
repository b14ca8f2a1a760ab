"""Writes what `./run bench firehose` measured as tables, and puts them into docs/benchmarks.md."""

import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
TITLE = "## Firehose"

ROWS = (
    ("posts published", "posts", ""),
    ("… lost", "lost", "0"),
    ("pictures in them", "pictures", ""),
    ("… not looked at", "not_looked_at", "0"),
    ("post visible → first look stored, median, s", "lag_p50_s", ""),
    ("… 99th percentile, s", "lag_p99_s", "≤ 5"),
    ("… slowest, s", "lag_max_s", ""),
    ("copies among them", "copies", ""),
    ("… alerted about, the right reference", "right", "all"),
    ("… of these by the second look", "by_second_look", ""),
    ("… missed", "missed", "0"),
    ("wrong alerts", "wrong", "0"),
    ("second looks waiting at the end", "second_looks_waiting", ""),
    ("memory of the house, PSS, highest, MB", "memory_mb_max", ""),
    ("cores kept busy by the house", "cores_house", ""),
    ("… by the load generator", "cores_load", ""),
    ("… by the measuring itself", "cores_measuring", ""),
    ("… by all on the machine", "cores_machine", ""),
    ("the load generator was late by at most, s", "generator_late_s", ""),
    ("jobs laid aside for a person", "laid_aside", "0"),
)


def section(facts: dict[str, Any], steady: dict[str, dict[str, Any]], steps: list[dict[str, Any]]) -> str:
    """Return the whole section. `steady` is factor → figures, `steps` one line a step of the rising rate."""
    intro = (
        f"{TITLE}\n\n`./run bench firehose --minutes {facts['minutes']:g} "
        f"--references {facts['references']}` — a Jetstream-shaped websocket and a media server on loopback. "
        f"×1 is {facts['posts']:g} posts a second, of which {facts['media']:g} show 1 to 4 pictures\n"
        "(JPEG, 1 to 2 megapixels, no two the same bytes; 2 % are edits of references). The real "
        "`jikimi serve` runs beside the load generator on two cores.\n"
        f"Load average at the beginning {facts['load_average']:.1f}; a lag is known to 0.2 s."
    )
    parts = [intro]
    if steady:
        parts.append(steady_table(steady))
    if steps:
        parts.append(steps_table(facts, steps))
    return "\n\n".join(parts) + "\n"


def steady_table(steady: dict[str, dict[str, Any]]) -> str:
    """Return a column a rate."""
    lines = [
        "| figure | " + " | ".join(f"×{name}" for name in steady) + " | wanted |",
        "|---|" + "---:|" * (len(steady) + 1),
    ]
    for title, name, wanted in ROWS:
        values = " | ".join(f"{found[name]:,}" for found in steady.values())
        lines.append(f"| {title} | {values} | {wanted} |")
    caught = " | ".join(caught_up(found["catch_up"]) for found in steady.values())
    lines.append(f"| at a third of the rate they are done after | {caught} | |")
    return "\n".join(lines)


def caught_up(found: dict[str, float]) -> str:
    """Say how catching up went; what was not seen to end is not guessed."""
    if found["left"] > 5:
        return f"not within {found['seconds']:.0f} s, {found['left']:,.0f} left"
    return f"{found['seconds']:.0f} s"


def steps_table(facts: dict[str, Any], steps: list[dict[str, Any]]) -> str:
    """Return a line a step, and where it broke."""
    lines = [
        f"The rate rises, {facts['step_seconds']:g} s a step, until the 99th percentile is above 5 s:",
        "",
        "| × | posts/s | pictures/s | not stored | lag, median s | … 99th | first waiting | house, cores |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in steps:
        pictures = one["pictures"] / facts["step_seconds"]
        names = ("lost", "lag_p50_s", "lag_p99_s", "first_looks_waiting", "cores_house")
        values = " | ".join(str(one[name]) for name in names)
        lines.append(f"| {one['times']} | {facts['posts'] * one['times']:g} | {pictures:.0f} | {values} |")
    return "\n".join(lines)


def write(text: str, page: Path = PAGE) -> None:
    """Put the section into the page, in place of the one before or at the end."""
    whole = page.read_text()
    pattern = re.compile(rf"^{TITLE}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if pattern.search(whole):
        page.write_text(pattern.sub(lambda _: text + "\n", whole).rstrip("\n") + "\n")
    else:
        page.write_text(whole.rstrip("\n") + "\n\n" + text)
