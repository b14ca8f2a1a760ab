"""What may be entered: refuses what would be found everywhere or nowhere, and warns of ordinary words."""

from functools import cache
from importlib.resources import files
from typing import Final

from jikimi.model.text import LONGEST_IDENTIFIER, Identifier, IdentifierKind
from jikimi.text import numbers, views
from jikimi.text.patterns import core

POSTS_A_DAY: Final = 100_000
"""For estimates, where nobody said how many posts are read."""

FEWEST: Final = {
    IdentifierKind.NAME: 2,
    IdentifierKind.NICKNAME: 2,
    IdentifierKind.HANDLE: 3,
    IdentifierKind.SCHOOL: 2,
    IdentifierKind.TITLE: 2,
    IdentifierKind.CAPTION: 6,
    IdentifierKind.URL: 5,
}
"""Letters or syllables."""

FEWEST_FOLDED: Final = 2


def reason_to_refuse(identifier: Identifier) -> str:
    """Return why an identifier cannot be searched for and what to enter instead, "" where it can."""
    text = core(identifier)
    if len(identifier.text) > LONGEST_IDENTIFIER:
        return f"longer than {LONGEST_IDENTIFIER} characters; enter the part that tells it apart"
    letters = sum(c.isalnum() for c in text)
    if not letters:
        return "has no letter and no digit; enter what people would type"
    if identifier.kind is IdentifierKind.PHONE:
        return _reason_to_refuse_number(len(numbers.digits_of(text)))
    fewest = FEWEST[identifier.kind]
    if letters < fewest:
        return f"has {letters} letters; a {identifier.kind} has at least {fewest}, or it is found everywhere"
    if len(views.fold(text, views.PLAIN)) < FEWEST_FOLDED:
        return "nothing is left of it when it is folded; enter it in ordinary letters"
    return ""


def _reason_to_refuse_number(digits: int) -> str:
    if numbers.SHORTEST <= digits <= numbers.LONGEST:
        return ""
    return f"has {digits} digits; a telephone number has {numbers.SHORTEST} to {numbers.LONGEST}"


@cache
def ordinary_words() -> dict[str, float]:
    """Return frequent words, folded, and in how many of a million posts each stands, roughly."""
    table: dict[str, float] = {}
    text = (files("jikimi.text") / "tables" / "ordinary.txt").read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            rate, _, words = line.partition(" ")
            table |= {views.fold(word, views.PLAIN): float(rate) for word in words.split()}
    return table


def false_alarms_a_day(identifier: Identifier, posts_a_day: int = POSTS_A_DAY) -> float:
    """Return how many ordinary posts a day say an identifier, 0 where it is not a known ordinary word.

    From a small bundled table; right to an order of magnitude. `rate_in` counts in posts that were read.
    """
    folded = views.fold(core(identifier), views.PLAIN)
    return ordinary_words().get(folded, 0.0) * posts_a_day / 1e6
