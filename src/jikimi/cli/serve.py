"""`jikimi serve`: the real thing, day and night, until SIGTERM. `jikimi work`: one more worker beside it."""

import os
import signal
import socket
import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jikimi.cli.logs import log_to_stderr
from jikimi.cli.opening import ready
from jikimi.model.errors import Misconfigured
from jikimi.model.ports import House
from jikimi.settings import Settings

if TYPE_CHECKING:
    from jikimi.app.service import Service

STOPPING = (signal.SIGTERM, signal.SIGINT)


def serve(
    console: Annotated[bool, typer.Option(help="Serve the web console too.")] = True,
) -> None:
    """Watch, look, alert, request and re-check, and serve the console, until SIGTERM or Ctrl-C.

    The first start makes data folder, database, keys and a first administrator, and prints a sign-in link.
    """
    settings = ready()
    log_to_stderr()
    if console:
        check_port(settings)
    from jikimi.app.service import build  # heavy

    stop = Stop()
    service = build(settings, out=show_rehearsed)
    try:
        service.start()
        first_administrator(service)
        typer.echo(f"Jikimi is awake. Console: {settings.origin if console else 'not served'}")
        if console:
            stop.serve(console_server(service.house, settings))
        else:
            stop.wait()
        typer.echo("Finishing what was begun …", err=True)
    finally:
        service.close()
    typer.echo("Jikimi has stopped. Nothing is lost; `serve` goes on where it was.", err=True)


def work() -> None:
    """Work through the queue beside a running `serve`, on this machine or another with the same database."""
    settings = ready()
    log_to_stderr()
    from jikimi.app.service import build  # heavy

    stop = Stop()
    service = build(settings, out=show_rehearsed, holder=f"work-{os.getpid()}")
    try:
        service.start_worker()
        typer.echo("A worker is awake.")
        stop.wait()
    finally:
        service.close()


def show_rehearsed(text: str) -> None:
    """Print a rehearsed notice for whoever sits at the terminal; in a log it would be a victim's matter.

    `jikimi removal show` and the console show it at any time.
    """
    if sys.stderr.isatty():
        typer.echo(text, err=True)


def first_administrator(service: "Service", *more_roles: str) -> None:
    """On an empty installation, make the first administrator and print the link to sign in once."""
    from django.contrib.auth.models import User  # only once Django is configured

    from jikimi.store.entry import make_link  # as above
    from jikimi.store.people import ADMINISTRATOR, create_user  # as above

    if User.objects.exists():
        return
    create_user("admin", ADMINISTRATOR, *more_roles)
    link = make_link("admin", service.settings.origin, service.house.clock())
    typer.echo(f"First sign-in as admin, once, within a day: {link}")


def check_port(settings: Settings) -> None:
    """Raise Misconfigured, before anything begins, if the console cannot listen where it should."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        raise Misconfigured(
            f"JIKIMI_PORT: nothing can listen on {settings.host}, port {settings.port} ({error.strerror}). "
            "Stop what uses it, or choose another JIKIMI_HOST or JIKIMI_PORT."
        ) from error


def console_server(house: House, settings: Settings) -> Any:
    """Return the console's web server, not yet running.

    The doors of the house do not import each other: the console is loaded by name, as its server would.
    """
    import uvicorn  # only where something is served

    application = import_module("jikimi.console.asgi").application(house)
    return uvicorn.Server(
        uvicorn.Config(
            application,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,  # paths hold keys of alerts; nobody needs them in a log
            server_header=False,
            timeout_graceful_shutdown=10,
        )
    )


class Stop:
    """Listens for SIGTERM and SIGINT from the first moment, so that none comes too early."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self._server: Any = None
        for number in STOPPING:
            signal.signal(number, self._hear)

    def wait(self) -> None:
        """Return when a signal has come."""
        self._told.wait()

    def serve(self, server: Any) -> None:
        """Run the console's server until a signal comes.

        While it runs the server listens itself and then hands the signals on to us: they do not kill.
        """
        self._server = server
        server.should_exit = self._told.is_set()
        server.run()

    def _hear(self, _number: int, _frame: object) -> None:
        self._told.set()
        if self._server is not None:
            self._server.should_exit = True
