"""`jikimi status`: how the house fares, on one page."""

import typer

from jikimi.cli.opening import opened


def status() -> None:
    """Show cases, watches, queue, alerts and the audit chain. Write the audit head down elsewhere."""
    with opened() as service:
        from django.db.models import Count  # only once Django is configured

        from jikimi.flow.reading import is_sending_on  # heavy
        from jikimi.flow.replies import MAILBOX, waiting_replies  # heavy
        from jikimi.store import audit  # as above
        from jikimi.store.models import AlertRow, CaseRow, JobRow, PlaceRow  # as above
        from jikimi.worker.watches import judged_watches  # heavy

        house = service.house
        for what, rows in (("cases", CaseRow), ("alerts", AlertRow), ("jobs", JobRow)):
            counts = rows.objects.values_list("state").annotate(Count("pk")).order_by("state")
            typer.echo(f"{what:10}" + (", ".join(f"{number} {state}" for state, number in counts) or "none"))
        gone = PlaceRow.objects.exclude(gone_at=None).count()
        typer.echo(f"{'places':10}{PlaceRow.objects.count()} found, {gone} gone")
        for one in judged_watches(house):
            typer.echo(f"{'watch':10}{one.watch.name}: {one.health.condition}, {one.health.line}")
        mailbox = house.records.position(MAILBOX)
        if mailbox is not None:
            said = mailbox.problem or f"read at {mailbox.at:%Y-%m-%d %H:%M} UTC"
            typer.echo(f"{'mailbox':10}{said}, {len(waiting_replies(house))} replies wait for a person")
        for job in JobRow.objects.filter(state="parked").order_by("at")[:20]:
            typer.echo(f"{'parked':10}{job.step} {job.key[:12]}: {job.reason}")
        sending = "on" if is_sending_on(house) else "off: notices are rehearsed (printed) only"
        typer.echo(f"{'sending':10}{sending}")
        chain = audit.walk()
        typer.echo(f"{'audit':10}{chain.links} links, head {chain.head}")
    if chain.problem:
        typer.echo(
            f"jikimi: the audit chain is broken: {chain.problem}. Keep the disk and call for help.", err=True
        )
        raise typer.Exit(1)
