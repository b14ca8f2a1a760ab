"""Sends logs to standard error: readable on a terminal, one JSON object a line elsewhere."""

import logging
import sys

import structlog


def log_to_stderr() -> None:
    """Configure logging for the life of the process. Logs carry keys, never names, addresses or media."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
