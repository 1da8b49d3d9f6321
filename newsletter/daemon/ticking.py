"""Ticks: what APScheduler calls, how often, and what happens to a failure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC
from functools import partial

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from newsletter.clock import Clock, SystemClock

REMIND_EVERY = 300.0  # seconds between two lines about the same failure

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tick:
    """One thing to look at, every so many seconds."""

    name: str
    look: Callable[[], object]
    every: float


class Stopping(Exception):
    """A look was broken off because the daemon is to stop."""


class Watch:
    """Survives what fails: one line when something begins to fail, a reminder now and then, one when it works."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failing: dict[str, tuple[str, float]] = {}  # what -> its error, and when that was last said

    def attempt(self, name: str, deed: Callable[[], object]) -> None:
        """Do it. Raises nothing."""
        try:
            deed()
        except Stopping:
            return
        except Exception as trouble:
            self._tell(name, f"{type(trouble).__name__}: {trouble}".splitlines()[0])
            log.debug("failed here", what=name, exc_info=True)
            return
        if self._failing.pop(name, None):
            log.info("works again", what=name)

    def _tell(self, name: str, error: str) -> None:
        said, at = self._failing.get(name, ("", 0.0))
        now = self._clock.monotonic()
        if error != said or now - at >= REMIND_EVERY:
            log.error("failed", what=name, error=error)
            self._failing[name] = (error, now)


def scheduler(ticks: Iterable[Tick], watch: Watch) -> BackgroundScheduler:
    """Return a scheduler, not yet started, that looks at everything at once and then at its intervals.

    Each tick has a thread, so that a long night of sending holds up neither confirmation mails nor holding.
    """
    wanted = list(ticks)
    # Its own warnings say that a tick was left out because the last one still works, as is meant here.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    made = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(max(1, len(wanted)))},
        # One late run stands for all that were missed, however late: the rows say what is to be done.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
    )
    at_once = SystemClock().now()  # ticks keep the machine's time, also where a test holds the product's still
    for tick in wanted:
        job = partial(watch.attempt, tick.name, tick.look)
        made.add_job(job, "interval", seconds=tick.every, id=tick.name, next_run_time=at_once)
    return made
