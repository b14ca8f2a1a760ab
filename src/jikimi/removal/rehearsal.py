"""Prints a removal request instead of sending it: what happens until an administrator turns sending on."""

from collections.abc import Callable

from jikimi.model.alert import Evidence, Notice
from jikimi.model.ports import Handed


class RehearsalChannel:
    """Shows each request through `out`, one text a request. Implements the port Channel."""

    def __init__(self, out: Callable[[str], None]) -> None:
        """`out` shows a text to the operator; it holds addresses of posts, so it must not be a log."""
        self._out = out

    @property
    def name(self) -> str:
        """Return "rehearsal"."""
        return "rehearsal"

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:
        """Show recipient, subject and text. Nothing leaves the house."""
        self._out(
            f"Rehearsal: this would go by {notice.channel} to {notice.recipient}\n"
            f"Subject: {notice.subject}\n"
            f"Sealed evidence: {evidence.manifest_sha256}\n\n"
            f"{notice.body}"
        )
        return Handed(f"rehearsal:{notice.key}", "printed only; sending is off")
