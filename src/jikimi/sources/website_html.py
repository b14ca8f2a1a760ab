"""Cuts HTML into tags and text, in time that grows with its length only, whoever wrote it.

No tree is built. A tree is what browsers need, but hostile pages make building one cost anything: with
selectolax 1.0.2, 100,000 open <div> took 38 s, a tag with 400,000 attributes more than 280 s, and 26 kB of
unclosed <b> became 4 million nodes and 1.7 GB, all without letting any other thread run.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

# Named by pages themselves, so only these are believed; some of Python's other codecs are slow or odd.
CHARSETS = re.compile(
    r"utf-?8|utf-16(le|be)?|euc-(kr|jp)|cp949|ks_c_5601-1987|shift_jis|gb(2312|k|18030)|big5|"
    r"iso-8859-\d+|windows-125\d|koi8-[ru]|us-ascii",
    re.IGNORECASE,
)
CHARSET_IN_PAGE = re.compile(rb"""charset\s*=\s*["']?\s*([a-zA-Z0-9_-]+)""", re.IGNORECASE)
MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))

NAME = re.compile(r"[a-zA-Z][^\s/>]*")
SPACE = re.compile(r"[\s/]*")
ATTRIBUTE = re.compile(r"[^\s/>][^\s/>=]*")
EQUALS = re.compile(r"\s*=\s*")
BARE = re.compile(r"[^\s>]*")
COMMENT_END = re.compile(r"--!?>")
UNSEEN = ("script", "style", "xmp", "iframe", "noembed", "noframes")
ENDS = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE | re.ASCII)
    for name in (*UNSEEN, "title", "textarea")
}
FOREIGN = ("svg", "math")  # in drawings and formulas, <style> and <title> hide no tags


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as it stands in the page. Names are lower case; of equal attributes the first counts."""

    name: str
    is_end: bool
    attributes: Mapping[str, str]

    def get(self, attribute: str) -> str:
        """Return an attribute's text, "" without one."""
        return self.attributes.get(attribute, "")


def decode(body: bytes, content_type: str) -> str:
    """Return the text as the server, the page or the bytes themselves say; Korean where none does."""
    for mark, codec in MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    for found in (CHARSET_IN_PAGE.search(content_type.encode()), CHARSET_IN_PAGE.search(body[:2048])):
        name = found[1].decode() if found else ""
        if CHARSETS.fullmatch(name):
            is_korean = name.lower() in ("euc-kr", "ks_c_5601-1987")  # browsers read both as cp949
            return body.decode("cp949" if is_korean else name, "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("cp949", "replace")


def tokens(text: str) -> Iterator[Tag | str]:
    """Yield tags and the texts between them, by the rules of https://html.spec.whatwg.org/#tokenization.

    Scripts, styles and comments are left out. When in doubt it yields more, so that nothing hides.
    """
    at, foreign = 0, 0
    while (start := text.find("<", at)) >= 0:
        if start > at:
            yield unescape(text[at:start])
        tag, at = _tag_or_comment(text, start)
        if tag is None:
            continue
        yield tag
        if tag.name in FOREIGN:
            foreign = max(0, foreign + (-1 if tag.is_end else 1))
        elif tag.name in ENDS and not tag.is_end and not foreign:
            end = ENDS[tag.name].search(text, at)
            stop = end.start() if end else len(text)
            if tag.name not in UNSEEN:
                yield unescape(text[at:stop])
            at = stop
    if at < len(text):
        yield unescape(text[at:])


def _tag_or_comment(text: str, start: int) -> tuple[Tag | None, int]:
    """Read what begins with the "<" at `start`; return it and where it ends."""
    is_end = text.startswith("</", start)
    name = NAME.match(text, start + 1 + is_end)
    if name:
        attributes, at = _attributes(text, name.end())
        return (Tag(name[0].lower(), is_end, attributes), at) if at >= 0 else (None, len(text))
    if text.startswith("<!--", start):
        end = COMMENT_END.search(text, start + 2)  # "<!-->" is a whole comment
        return None, end.end() if end else len(text)
    if is_end or text.startswith(("<!", "<?"), start):
        close = text.find(">", start)
        return None, close + 1 if close >= 0 else len(text)
    return None, start + 1  # a lone "<"


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """Read attributes up to the tag's ">"; return where it ends, -1 when it never does."""
    found: dict[str, str] = {}
    while True:
        at = _end(SPACE, text, at)
        if at >= len(text):
            return found, -1
        if text[at] == ">":
            return found, at + 1
        after = _end(ATTRIBUTE, text, at)
        name, value = text[at:after].lower(), ""
        equals = EQUALS.match(text, after)
        if equals:
            value, after = _value(text, equals.end())
            if after < 0:
                return found, -1
        found.setdefault(name, value)
        at = after


def _value(text: str, at: int) -> tuple[str, int]:
    quote = text[at : at + 1]
    if quote and quote in "\"'":
        close = text.find(quote, at + 1)
        return (unescape(text[at + 1 : close]).strip(), close + 1) if close >= 0 else ("", -1)
    end = _end(BARE, text, at)
    return unescape(text[at:end]), end


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
