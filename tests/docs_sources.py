"""Writes docs/sources.md from what the sources say about themselves. A test says when it is due."""

from decimal import Decimal
from pathlib import Path

from jikimi.app.sources import SOURCES
from jikimi.model.source import Manifest, Tested

PAGE = Path(__file__).parents[1] / "docs" / "sources.md"
HEAD = """\
# Sources

Made from what each source says about itself by `.venv/bin/python tests/docs_sources.py`; do not edit. Set one
up with `jikimi watch add SOURCE NAME option=value …`; [add one of your own](how-to/add-a-source.md).

"Tested against" is meant literally: *real server* is the software that others run, started here; *recorded
answers* are written by hand from the platform's documents, and the platform itself was never asked; *itself*
means that there is no other side.
"""
TESTED = {Tested.REAL: "real server", Tested.RECORDED: "recorded answers only", Tested.ITSELF: "itself"}


def page() -> str:
    """Return docs/sources.md as it should be."""
    manifests = sorted((source.manifest for source in SOURCES), key=lambda one: one.name)
    lines = [
        HEAD,
        "| source | what | how | sign-in | cost | tested against | rules |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(one) for one in manifests]
    return "\n".join(lines) + "\n\n" + "\n".join(_section(one) for one in manifests)


def _row(one: Manifest) -> str:
    how = "push" if one.is_push else "poll"
    rules = f"[rules]({one.terms})" if one.terms else "–"
    tested = f"{TESTED[one.tested]}: {one.tested_on}"
    name = f"[{one.name}](#{one.name.lower()})"
    return f"| {name} | {one.title} | {how} | {one.auth} | {one.cost} | {tested} | {rules} |"


def _section(one: Manifest) -> str:
    lines = [f"## {one.name}", "", f"{one.title}."]
    if one.misses:
        lines += ["", f"It misses: {one.misses}."]
    if limits := _limits(one):
        lines += ["", f"The platform's limits: {limits}."]
    if not one.is_official:
        lines += ["", "It reads pages that are made for people, and asks robots.txt first."]
    if one.options:
        lines += ["", "| option | what to type | default |", "|---|---|---|"]
        for option in one.options:
            marks = [
                word for word, holds in (("needed", option.is_needed), ("secret", option.is_secret)) if holds
            ]
            said = f"{option.help} ({', '.join(marks)})" if marks else option.help
            lines.append(f"| `{option.name}` | {said} | {f'`{option.default}`' if option.default else '–'} |")
    else:
        lines += ["", "It takes no options."]
    return "\n".join(lines) + "\n"


def _limits(one: Manifest) -> str:
    said = []
    if one.spacing:
        said.append(f"{one.spacing.total_seconds():g} s between two requests")
    if one.requests:
        said.append(f"{one.requests:,} requests a day")
    if one.per_request != Decimal(0):
        said.append(f"${one.per_request} a request")
    if one.per_post != Decimal(0):
        said.append(f"${one.per_post} a post")
    return ", ".join(said)


if __name__ == "__main__":
    PAGE.write_text(page())
