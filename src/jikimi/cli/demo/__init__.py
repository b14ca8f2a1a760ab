"""`jikimi demo`: the whole story in a minute, with real servers on this machine and harmless drawings."""

import json
import sys
from typing import Annotated, Any

import typer

from jikimi.cli.logs import log_to_stderr
from jikimi.cli.opening import set_up
from jikimi.model.errors import NeedsHuman

STANDARD_PORT = 8000


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the story instead of keeping the console open.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; progress goes to standard error.")
    ] = False,
) -> None:
    """Watch a small local site, find altered copies of our drawing, request removal, and see them go.

    Exit status 0 only if every step really happened.
    """
    log_to_stderr()
    from jikimi.app.engine import utc_now
    from jikimi.cli.demo.display import Display
    from jikimi.cli.demo.operator import free_port
    from jikimi.cli.demo.play import Play, open_the_case, stage, wait_for_anchor

    with stage(utc_now, free_port(STANDARD_PORT)) as (settings, street):
        set_up(settings)
        from jikimi.app.service import build

        service = build(settings)
        try:
            open_the_case(service, street)
            service.start()
            wait_for_anchor(service)
            play = Play(service, street)
            with Display(sys.stderr) as display:
                for scene in play.tell():
                    display.show(scene)
            if as_json:
                typer.echo(json.dumps(scene.report()))
            if not once:
                play.leave_one_waiting()
                keep_console_open(service)
        finally:
            service.close()
    if scene.trouble:
        raise NeedsHuman(f"The demo stopped: {scene.trouble}")
    if not scene.is_complete:
        raise typer.Exit(1)


def keep_console_open(service: Any) -> None:
    """Serve the console until Ctrl-C, with a sign-in link and one alert left to decide on."""
    from jikimi.cli.serve import Stop, console_server, first_administrator  # heavy
    from jikimi.store.people import INVESTIGATOR

    typer.echo(f"\nThe console is at {service.settings.origin}. One more copy waits for your decision there.")
    first_administrator(service, INVESTIGATOR)  # the visitor is alone: may also decide on alerts
    typer.echo("Ctrl-C ends the demo and removes all it made.")
    Stop().serve(console_server(service.house, service.settings))
