"""The search in text, plugged together without store, network or console."""

from collections.abc import Iterable

from jikimi.model.ports import TextBank
from jikimi.model.text import Identifier
from jikimi.text.bank import LiveTextBank
from jikimi.text.entering import false_alarms_a_day


def text_bank(identifiers: Iterable[Identifier] = ()) -> TextBank:
    """Return a live bank of identifiers. What cannot be searched for is left out; `enter` says why."""
    return LiveTextBank(identifiers)


def expected_false_alarms(identifier: Identifier) -> float:
    """Return how many of 100,000 ordinary posts a day say this, roughly; 0 where it is no known word."""
    return false_alarms_a_day(identifier)
