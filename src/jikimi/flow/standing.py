"""Which generation of alerts a new place joins, read from the records."""

from jikimi.model.alert import Alert
from jikimi.model.case import Decision
from jikimi.model.fingerprint import Tier
from jikimi.model.ports import House
from jikimi.review.standing import generation_for, verdict_of


def generation_of(reference: str, tier: Tier, house: House) -> int:
    """Return the generation of the alert that a place of this reference joins."""
    alerts = house.records.find(Alert, parent=reference)
    verdicts = [verdict_of(house.records.find(Decision, parent=alert.key)) for alert in alerts]
    return generation_for(list(zip(alerts, verdicts, strict=True)), tier)
