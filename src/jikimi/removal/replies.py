"""Reads what a reply says, by rules. It proves nothing: "removed" only makes us look at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from jikimi.model.mail import Answer
from jikimi.removal.incoming import Letter
from jikimi.removal.reply_phrases import PHRASES, QUOTES

LONGEST_REASON = 300
_SPACES = re.compile(r"\s+")
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]?")
_NOT_DONE_YET = re.compile(
    r"\b(?:once|after|when|until|if|as soon as|before)\b|(?:되면|하면|경우|후에|전까지|즉시)"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a letter says: `reason` is the sentence (or the server's words) that it rests on."""

    answer: Answer
    is_sure: bool
    reason: str = field(repr=False)


def read_reply(letter: Letter, sent: Sequence[str], recipient: str) -> Said:
    """Say what a letter means. `sent` are our own texts: what repeats them is a quotation.

    It is sure where one meaning only was found and whoever says to have written it belongs to the domain
    that was asked. Everything else is for a person to read.
    """
    if letter.delivery is not None:
        return _read_report(letter)
    own = _own_words(letter, sent)
    found = {answer: sentence for answer in PHRASES if (sentence := _sentence(own, answer))}
    if Answer.PARTLY in found:
        found.pop(Answer.REMOVED, None)  # the same sentence says both
    if Answer.REMOVED in found and _NOT_DONE_YET.search(found[Answer.REMOVED].lower()):
        found[Answer.ACKNOWLEDGED] = found.pop(Answer.REMOVED)
    weighty = [answer for answer in found if answer is not Answer.ACKNOWLEDGED]
    if len(weighty) > 1 or not found:
        return Said(Answer.UNKNOWN, is_sure=False, reason=_line(next(iter(found.values()), own)))
    answer = weighty[0] if weighty else Answer.ACKNOWLEDGED
    return Said(answer, is_sure=_is_of(letter.domain, recipient), reason=_line(found[answer]))


def _read_report(letter: Letter) -> Said:
    delivery = letter.delivery
    if delivery is None or delivery.action not in {"failed", "delayed"}:
        return Said(Answer.ACKNOWLEDGED, is_sure=False, reason="a mail server's report of a delivery")
    answer = Answer.BOUNCED if delivery.is_final else Answer.DELAYED
    return Said(answer, is_sure=True, reason=_line(delivery.diagnostic or "no reason was given"))


def _own_words(letter: Letter, sent: Sequence[str]) -> str:
    """Return what the writer wrote: without quotations and without the lines that were ours."""
    ours = {_plain(line) for text in sent for line in text.splitlines()} - {""}
    kept = []
    for line in letter.text.splitlines():
        mark = QUOTES.match(line)
        if mark and not line.lstrip().startswith(">"):
            break  # an answer above its quotation: nothing of the writer's comes after
        if not mark and _plain(line) not in ours:
            kept.append(line)
    return "\n".join(kept)


def _sentence(text: str, answer: Answer) -> str:
    """Return the first sentence that says this, "" if none does. Refusals hide removals, not the reverse."""
    for match in _SENTENCE.finditer(text):
        said = _SPACES.sub(" ", match[0]).strip()
        lower = said.lower()
        if PHRASES[answer].search(lower):
            if answer is Answer.REMOVED and PHRASES[Answer.REFUSED].search(lower):
                continue
            return said
    return ""


def _is_of(domain: str, recipient: str) -> bool:
    asked = recipient.rpartition("@")[2].lower()
    return bool(domain) and (domain == asked or domain.endswith(f".{asked}") or asked.endswith(f".{domain}"))


def _plain(line: str) -> str:
    return _SPACES.sub(" ", line.lstrip("> \t")).strip().lower()


def _line(text: str) -> str:
    words = _SPACES.sub(" ", text).strip()
    return "".join(letter for letter in words if letter.isprintable())[:LONGEST_REASON]
