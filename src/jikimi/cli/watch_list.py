"""`jikimi watch list`: how each watch fares, as wide as a terminal is, or whole."""

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from jikimi.cli.opening import opened, show_table
from jikimi.model.post import Spent

if TYPE_CHECKING:
    from jikimi.worker.watches import Judged

COLUMNS = ("name", "source", "health", "detail", "posts", "today", "requests", "$", "contact", "priority")
NARROW = frozenset({"name", "source", "health", "detail", "today", "$"})


def add_to(app: typer.Typer) -> None:
    """Add this command to `jikimi watch`."""
    app.command("list")(list_watches)


def list_watches(
    *,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 if any is silent or failing.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all there is as JSON, one watch a line.")
    ] = False,
) -> None:
    """List watches with their health: reading, silent, failing or halted, and what they used today.

    A terminal is shown the columns that fit; a pipe and --json get all.
    """
    with opened() as service:
        from jikimi.worker.watches import judged_watches  # heavy

        today = service.house.clock().date()
        found = judged_watches(service.house)
        if as_json:
            for one in found:
                typer.echo(json.dumps(_told(one, today), ensure_ascii=False))
        else:
            show_table(COLUMNS, [_row(one, today) for one in found], NARROW)
    if check and any(one.health.is_alarm for one in found):
        raise typer.Exit(1)


def _told(one: "Judged", today: date) -> dict[str, object]:
    """Return what is known of a watch, without its options: they may be secret."""
    watch, position, bounds, spent = one.watch, one.position, one.watch.bounds, _spent(one, today)
    newest = position.newest_post_at if position else None
    return {
        "name": watch.name,
        "source": watch.source,
        "health": one.health.condition,
        "detail": one.health.line,
        "heard_at": position.at.isoformat() if position else None,
        "newest_post_at": newest.isoformat() if newest else None,
        "posts_today": spent.posts,
        "posts_expected": bounds.posts,
        "requests_today": spent.requests,
        "requests_bound": bounds.requests,
        "money_today": str(spent.money),
        "money_bound": str(bounds.money),
        "robots_reason": bounds.robots_reason,
        "contact": watch.contact,
        "priority": watch.priority.value,
    }


def _spent(one: "Judged", today: date) -> Spent:
    return one.position.spent if one.position and one.position.spent.day == today else Spent()


def _row(one: "Judged", today: date) -> tuple[str, ...]:
    watch, position, bounds, spent = one.watch, one.position, one.watch.bounds, _spent(one, today)
    return (
        watch.name,
        watch.source,
        one.health.condition,
        one.health.line,
        str(position.posts) if position else "0",
        str(spent.posts),
        f"{spent.requests}" + (f" of {bounds.requests}" if bounds.requests else ""),
        f"{spent.money} of {bounds.money}" if bounds.money else "—",
        watch.contact or "no contact",
        watch.priority.value,
    )
