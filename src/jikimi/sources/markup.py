"""Turns a platform's piece of HTML into plain text."""

import re

from jikimi.sources.website_html import Tag, tokens

MOST_TEXT = 20_000
SPACE = re.compile(r"\s+")
BREAKS = frozenset(("br", "p", "div", "li", "tr", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"))


def plain_text(html: str) -> str:
    """Return what a reader sees of it: no tags, one line a paragraph, at most 20,000 letters."""
    parts: list[str] = []
    for token in tokens(html):
        if not isinstance(token, Tag):
            parts.append(SPACE.sub(" ", token))
        elif token.name in BREAKS:
            parts.append("\n")
    return joined("".join(parts).split("\n"))


def joined(lines: list[str]) -> str:
    """Return texts as lines of one, the empty ones left out, at most 20,000 letters."""
    return "\n".join(line.strip() for line in lines if line.strip())[:MOST_TEXT]
