"""Writes tables of spells as CSV: one line a row, empty where nothing may be said."""

import csv
import io
from collections.abc import Sequence

from jikimi.removal.figures import OTHERS, Row, StayRow, Table

COLUMNS = (
    "by", "name", "spells", "removed", "still there (share)", "median hours to removal",
    "requests per removal", "refused (share)", "came back", "re-upload half-life (hours)",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is run by spreadsheets


def csv_of(tables: Sequence[Table], stays: Sequence[StayRow]) -> str:
    """Return all tables and the times in each standing as one CSV (RFC 4180)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    if tables and tables[0].total is not None:
        writer.writerow(_cells("all", tables[0].total, "all"))
    for table in tables:
        for row in table.rows:
            writer.writerow(_cells(table.by, row, "others" if row.name == OTHERS else row.name or "unknown"))
    for stay in stays:
        writer.writerow(
            ("standing", stay.standing.value, stay.stays, "", _number(stay.censored), _number(stay.median))
        )
    return out.getvalue()


def _cells(by: str, row: Row, name: str) -> tuple[str, ...]:
    return (
        by,
        f"'{name}" if name.startswith(_FORMULA) else name,
        str(row.spells),
        *(
            _number(one)
            for one in (
                row.removed,
                row.censored,
                row.removal,
                row.requests,
                row.refused,
                row.returned,
                row.half_life,
            )
        ),
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")
