"""Reads XML of strangers: no document type, so no entities that could multiply or fetch."""

from collections.abc import Mapping
from typing import Protocol
from xml.parsers import expat

from jikimi.model.errors import BadMedia


class Reader(Protocol):
    """Takes elements as they come. Names are "namespace name"."""

    def refuse(self, *_: object) -> None:
        """Raise BadMedia: there is a document type."""
        ...

    def start(self, name: str, attributes: Mapping[str, str], /) -> None:
        """Take the beginning of an element."""
        ...

    def text(self, text: str, /) -> None:
        """Take some of its text."""
        ...

    def end(self, name: str, /) -> None:
        """Take its end."""
        ...


def read_xml(body: bytes, reader: Reader, wrong: str) -> None:
    """Give a document to a reader; BadMedia, with the words `wrong`, when it is none."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise BadMedia(wrong) from error
