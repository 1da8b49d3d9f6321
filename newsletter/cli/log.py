"""The log goes to standard error: in words on a terminal, as JSON lines for everything else."""

from __future__ import annotations

import logging
import sys

import structlog

_LINES = (structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False, default=str))


def set_up(*, debug: bool, quiet: bool = False) -> None:
    """Configure the log of this process. What is `quiet` reports by itself and logs only what is amiss."""
    level = logging.DEBUG if debug else logging.WARNING if quiet else logging.INFO
    people = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if people else "iso", utc=not people),
            *([structlog.dev.ConsoleRenderer()] if people else _LINES),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
