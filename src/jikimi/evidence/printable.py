"""Writes foreign text so that it stays on its line and in its file."""


def printable(line: str) -> str:
    """Return a text in which every control character, line end and lone surrogate is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
