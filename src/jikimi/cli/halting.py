"""`jikimi watch halt` and `resume`: reading stops at once, and goes on where it stopped."""

from shlex import quote
from typing import Annotated

import typer

from jikimi.cli.opening import By, known_user, opened, perform

What = Annotated[str, typer.Argument(help="A watch; with --source, a source; nothing: all of them.")]
IsSource = Annotated[bool, typer.Option("--source", help="The name is a source's, such as bluesky.")]
HALTS = "jikimi watch resume undoes one of all, `resume SOURCE --source` one of a source, `resume WATCH` one."


def add_to(app: typer.Typer) -> None:
    """Add these commands to `jikimi watch`."""
    for command in (halt, resume):
        app.command()(command)


def halt(by: By, name: What = "", *, source: IsSource = False) -> None:
    """Stop reading at once: one watch, all of a source, or every watch. `resume` goes on where it stopped."""
    _turn(name, by, is_source=source, is_on=True)
    typer.echo(f"Halted within a second. Go on with: {_resume_of(name, by, is_source=source)}")


def resume(by: By, name: What = "", *, source: IsSource = False) -> None:
    """Undo a halt: reading goes on where it stopped."""
    held = _turn(name, by, is_source=source, is_on=False)
    if held:
        typer.echo(f"Still halted: {', '.join(held)}. Another halt holds: {HALTS}", err=True)
    typer.echo("What no halt holds is read on within a second, where it stopped.")


def _resume_of(name: str, by: str, *, is_source: bool) -> str:
    words = (
        "jikimi watch resume",
        quote(name) if name else "",
        "--source" if is_source else "",
        f"--by {by}",
    )
    return " ".join(filter(None, words))


def _turn(name: str, by: str, *, is_source: bool, is_on: bool) -> list[str]:
    """Turn one switch; return the watches it is about that are still halted, by another one."""
    from jikimi.app.sources import manifest_of  # heavy
    from jikimi.flow import acts  # heavy
    from jikimi.flow.reading import watch_named  # heavy
    from jikimi.sources.health import Condition  # heavy
    from jikimi.worker.watches import halt_switch, judged_watches  # heavy

    with opened() as service:
        if is_source:
            manifest_of(name)
        elif name:
            watch_named(name, service.house)
        switch = halt_switch(source=name) if is_source else halt_switch(watch=name)
        perform(service, acts.turn(service.house, switch, is_on=is_on, by=known_user(by)), by)
        halted = [
            one.watch for one in judged_watches(service.house) if one.health.condition is Condition.HALTED
        ]
        return [watch.name for watch in halted if name in {"", watch.source if is_source else watch.name}]
