"""All regimes in the order they are tried: the law of the recipient's country, then its own rules."""

from collections.abc import Mapping
from datetime import timedelta

from jikimi.model.errors import NeedsHuman
from jikimi.removal.regime import Regime
from jikimi.removal.regime_dmca import DMCA
from jikimi.removal.regime_eu import DSA
from jikimi.removal.regime_kr import KOREA
from jikimi.removal.regime_policy import POLICY
from jikimi.removal.regime_uk import ONLINE_SAFETY
from jikimi.removal.regime_us import TAKE_IT_DOWN

REGIMES: Mapping[str, Regime] = {
    regime.name: regime for regime in (KOREA, TAKE_IT_DOWN, DSA, ONLINE_SAFETY, POLICY, DMCA)
}


def regime_named(name: str) -> Regime:
    """Return a regime; NeedsHuman lists those there are."""
    if name not in REGIMES:
        raise NeedsHuman(f"There are no rules named {name!r}. Known are: {', '.join(REGIMES)}.")
    return REGIMES[name]


def clock_of(name: str) -> timedelta:
    """Return how long to wait after a request before escalation.

    A request of an earlier version names no rules ("") and has the clock of the provider's own.
    """
    return regime_named(name or POLICY.name).clock
