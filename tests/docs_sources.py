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

## What is counted, paced and halted

Whatever a source asks for is counted against its watch's day (`--requests`, `--money`) before it is asked,
waits for its turn at the host, and is not asked at all while a person halts the watch. A redirect is one more
request; where robots.txt is asked, it is asked of every address first. Where that is not the whole truth:

- **telegram** speaks Telegram's own protocol through Telethon. Each of its calls is counted and waits for the
  account's turn. A file takes one turn; its message and its pieces are counted, and wait for none. Not seen
  are the pings that keep a connection open, what connecting says beside the one call it counts as, and
  Telethon's second try after an error of Telegram's. Where several services share the work, each counts the
  files it fetches by itself.
- **players** (option of website) **and clips of youtube** are found by yt-dlp behind our proxy. Each of its
  connections is counted and waits for the host's turn, five seconds at most; then the page is asked for again
  later. Connections are encrypted: several requests on one are not told apart, and robots.txt is asked of the
  page that shows the player, not of what yt-dlp reads behind it.
- **x** bills what it sends. A page of a search is asked for no larger than the day's money still pays. What
  the stream sent between the last post that the money paid and our hanging up is billed on top.
- **Files of posts** are fetched by the story, not by the source: guarded and bounded, not counted. Those of
  Telegram are counted, as above.
- **Pages that a source only leads to** (results of a search) wait for their turn and ask robots.txt, and are
  not counted.
- Budgets are kept in memory and stored with each position: what a killed process used since is not counted,
  at most a heartbeat's requests and the posts in the queue.
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
