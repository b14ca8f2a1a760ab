"""Sends logs to standard error: readable on a terminal, one JSON object a line elsewhere."""

import logging
import sys
from collections.abc import Iterator
from traceback import TracebackException

import structlog

from jikimi.model.errors import JikimiError


def log_to_stderr() -> None:
    """Configure logging for the life of the process. Logs carry keys, never names, addresses or media."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.ExceptionRenderer(where_it_failed),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def where_it_failed(exc_info: structlog.typing.ExcInfo) -> str:
    """Return where and with which error something failed, without the words of foreign errors.

    A library quotes in its errors what it was given: an address, a name, a line of a post. Our own errors
    name keys and hosts only (model/errors.py).
    """
    kind, error, traceback = exc_info
    found = TracebackException(kind, error, traceback)
    return "".join(_told(found, error)).rstrip("\n")


def _told(found: TracebackException, error: BaseException | None) -> Iterator[str]:
    cause = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    if cause is not None and error is not None:
        yield from _told(cause, error.__cause__ or error.__context__)
        yield "\nThen:\n\n"
    yield from found.stack.format()
    words = f": {error}" if isinstance(error, JikimiError) else ""
    yield f"{type(error).__name__}{words}\n"
