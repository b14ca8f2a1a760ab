"""Reads links of the audit chain for the custody log. Implements the port Ledger."""

from collections.abc import Iterable

from jikimi.model.custody import Link
from jikimi.store.models import AuditRow


class AuditLedger:
    """The audit chain of this database."""

    def links_about(self, keys: Iterable[str]) -> tuple[Link, ...]:
        """Return the links of these records, oldest first."""
        return tuple(_link(row) for row in AuditRow.objects.filter(key__in=list(keys)).order_by("seq"))

    def newest(self) -> Link | None:
        """Return the newest link, None if there is none yet."""
        row = AuditRow.objects.order_by("-seq").first()
        return None if row is None else _link(row)


def _link(row: AuditRow) -> Link:
    return Link(row.seq, row.at, row.actor, row.kind, row.key, row.digest, row.previous, row.link)
