"""`jikimi statistics`: how long removals take, by host, platform, country and rules."""

from typing import Annotated

import typer

from jikimi.cli.opening import opened, show_table


def statistics(
    csv: Annotated[bool, typer.Option("--csv", help="Print everything as CSV.")] = False,
    published: Annotated[
        bool, typer.Option("--published", help="Leave out what began this month, as for a publication.")
    ] = False,
) -> None:
    """Show the median time to removal and what is still there. Fewer than five of anything is never shown."""
    with opened() as service:
        from jikimi.removal.figures import By, before_this_month, stays_of, table_of  # heavy
        from jikimi.removal.figures_csv import csv_of
        from jikimi.store.spells import every_spell, every_stay  # only once Django is configured

        now = service.house.clock()
        spells = before_this_month(every_spell(), now) if published else every_spell()
        tables = [table_of(spells, by) for by in By]
        if csv:
            typer.echo(csv_of(tables, stays_of(every_stay(), now)), nl=False)
            return
        if tables[0].total is None:
            typer.echo("Fewer than five copies were asked for: nothing is shown yet.")
            return
        for table in tables:
            rows = [
                (
                    row.name or "unknown",
                    str(row.spells),
                    *map(_said, (row.removed, row.removal, row.requests)),
                )
                for row in (*table.rows, table.total)
                if row is not None
            ]
            rows[-1] = ("all", *rows[-1][1:])
            show_table((table.by.value, "copies", "removed", "median hours", "requests a removal"), rows)


def _said(value: float | None) -> str:
    return "held back" if value is None else f"{value:g}"
