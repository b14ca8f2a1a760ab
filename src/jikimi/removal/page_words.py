"""Reads words and links out of HTML, in time that grows with its length only, whoever wrote it."""

import re
from html import unescape

_TAG = re.compile(r"<!--|<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})([^<>]*)>")
_HREF = re.compile(r"""(?i)\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "blockquote"})
LONGEST_LINK, LONGEST_LINK_TEXT = 2000, 200


def read_page(page: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what a page says, with line ends where it has blocks, and its links with their texts."""
    said: list[str] = []
    links: list[tuple[str, str]] = []
    at, hidden, link = 0, "", -1
    while (tag := _TAG.search(page, at)) is not None:
        if not hidden:
            said.append(unescape(page[at : tag.start()]))
        at = tag.end()
        if tag[0] == "<!--":
            end = page.find("-->", at)
            at = len(page) if end < 0 else end + 3
            continue
        name, is_end = tag[2].lower(), bool(tag[1])
        if hidden:
            hidden = "" if is_end and name == hidden else hidden
        elif name in _HIDDEN and not is_end and name != "head":
            hidden = name
        elif name == "a":
            link = _end_link(links, said, link)
            said.append(" ")
            address = None if is_end else _HREF.search(tag[3][:LONGEST_LINK])
            if address:
                links.append((unescape(next(filter(None, address.groups()), "")).strip(), ""))
                link = len(said)
        elif name in _BREAKS:
            said.append("\n")
    if not hidden:
        said.append(unescape(page[at:]))
    _end_link(links, said, link)
    return "".join(said), tuple(links)


def _end_link(links: list[tuple[str, str]], said: list[str], begun: int) -> int:
    """Give the newest link the text that was said since it began; return that none is open now."""
    if begun >= 0:
        text = " ".join("".join(said[begun:]).split())[:LONGEST_LINK_TEXT]
        links[-1] = (links[-1][0], text)
    return -1
