"""How much of two sounds must agree to be one, and what to call the edit between them."""

from dataclasses import dataclass
from typing import Final

from jikimi.model.fingerprint import SOUND_RATE, SOUND_WORD, Found, How, Tier
from jikimi.vault.sound_fit import HALF, Fit
from jikimi.vault.sound_value import SOUND


@dataclass(frozen=True, slots=True)
class Least:
    """What a tier asks for: agreement (1: all bits, 0: half of them), its strength, and seconds."""

    agreement: float
    strength: float
    seconds: float


LEAST: Final = {
    Tier.LIKELY: Least(0.22, 0.75, 2.5),
    Tier.POSSIBLE: Least(0.19, 0.65, 2.0),
}
"""Never certain: a song in the background of one clip is in the background of others too.

Unrelated sounds reach a strength of 0.60: 126 edited excerpts of 5 and 10 s, 80 sounds of a minute.
"""

NOTICEABLE: Final = 0.008
"""Less change of speed or pitch than this is not worth a word."""

ROW_SECONDS: Final = SOUND_WORD / HALF / SOUND_RATE


def tier_of(fit: Fit) -> Tier | None:
    """Return how sure sounds that agree so are one, or None where that may be chance."""
    for tier, least in LEAST.items():
        is_long = fit.seconds >= least.seconds and fit.strength >= least.strength
        if is_long and fit.agreement >= least.agreement:
            return tier
    return None


def answer_of(reference: str, case: str, begin: float, fit: Fit, own: Fit | None) -> Found | None:
    """Return the answer for sounds that agree so, or None where that may be chance.

    `begin` is when the asked part begins. `own` is what of the fit no several cases have: it alone makes
    the answer more than possible. Distance and threshold are percent of bits that differ.
    """
    if tier_of(fit) is None:
        return None
    tier = (None if own is None else tier_of(own)) or Tier.POSSIBLE
    how = How(
        SOUND,
        round(50 * (1 - fit.agreement)),
        round(50 * (1 - LEAST[tier].agreement)),
        edit_of(fit.line.tempo, fit.line.pitch),
        query_span=tuple(begin + _row(fit, word) * ROW_SECONDS for word in (fit.begin, fit.end)),
        reference_span=tuple(word * SOUND_WORD / SOUND_RATE for word in (fit.begin, fit.end)),
        speed=round(fit.line.tempo, 4),
    )
    return Found(reference, case, tier, min(0.999, max(0.0, fit.agreement)), how)


def edit_of(tempo: float, pitch: float) -> str:
    """Name the edit: "same sound", "played 10 % faster", with "pitch kept", "pitch raised 6 %"."""
    steps = []
    if abs(tempo - 1) > NOTICEABLE:
        percent = abs(round(100 * (tempo - 1)))
        steps.append(f"played {percent} % {'faster' if tempo > 1 else 'slower'}")
    apart = pitch / tempo if steps and abs(pitch / tempo - 1) <= 2 * NOTICEABLE else pitch
    if steps and abs(pitch - 1) <= 2 * NOTICEABLE:
        steps.append("pitch kept")
    elif abs(apart - 1) > 2 * NOTICEABLE:
        steps.append(f"pitch {'raised' if apart > 1 else 'lowered'} {abs(round(100 * (apart - 1)))} %")
    return ", ".join(steps) or "same sound"


def _row(fit: Fit, word: int) -> float:
    """Return the row of the asked sound at which this word of the reference is heard."""
    return (word - fit.line.shift) * HALF / fit.line.tempo
