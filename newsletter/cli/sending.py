"""Sending as it is seen in the terminal: how fast, how far, what came of it, and how it is stopped."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import FrameType, TracebackType
from typing import Self

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from newsletter.app import App
from newsletter.cli.printing import err
from newsletter.delivery.sending.report import SendReport
from newsletter.web.desk.moments import span

RATE_OVER = 5.0  # seconds that the shown rate looks back
LOOK_EVERY = 0.25  # seconds between two looks at the figures
LINE_EVERY = 10.0  # seconds between two lines where no terminal is


@dataclass(frozen=True, slots=True)
class Sent:
    """What a run brought, and in how many seconds."""

    report: SendReport
    seconds: float

    @property
    def per_second(self) -> float:
        """Messages that the other side was offered, per second of the whole run."""
        return tried(self.report) / self.seconds if self.seconds else 0.0


def send(app: App, issue_id: int) -> Sent:
    """Send what an issue owes now, and show how it goes. Ctrl-C drains; a second one stops at once."""
    begun = app.clock.monotonic()
    board = Board(app.clock.monotonic, begun)
    with _Stop() as stop:
        try:
            with _shown(board):
                report = app.send(issue_id, stop=stop, progress=board.show)
        except KeyboardInterrupt:
            lease = span(app.settings.delivery.lease)
            err.print(
                "Stopped at once. What was in flight without an answer is in doubt when its lease is over, in "
                f"{lease}: see `newsletter deliveries --issue {issue_id} --state in_doubt`.",
                soft_wrap=True,
            )
            raise
    return Sent(report, app.clock.monotonic() - begun)


def tried(report: SendReport) -> int:
    """Return how many messages the other side was offered."""
    return report.accepted + report.deferred + report.rejected + report.in_doubt


def settled(report: SendReport) -> int:
    """Return how many deliveries nothing more happens to by itself."""
    return report.accepted + report.rejected + report.in_doubt + report.withdrawn


def told(report: SendReport, rate: float) -> tuple[str, str]:
    """Return how far it is, and what came of it, in words. `rate` is in messages per second."""
    done = settled(report)
    left = f" · {span(timedelta(seconds=report.remaining / rate))} left" if rate and report.remaining else ""
    far = f"{done:,} of {done + report.remaining:,} done · {rate:,.0f} messages/s{left}"
    parts = ("accepted", "deferred", "rejected", "in_doubt", "withdrawn")
    return far, " · ".join(f"{part.replace('_', ' ')} {getattr(report, part):,}" for part in parts)


def picture(report: SendReport, lines: tuple[str, str]) -> Table:
    """Return a bar and the lines under it, for a terminal."""
    done = settled(report)
    grid = Table.grid()
    grid.add_row(ProgressBar(total=max(done + report.remaining, 1), completed=done, width=60))
    for line in lines:
        grid.add_row(Text(line))
    return grid


@dataclass(slots=True)
class Rate:
    """Messages per second over the last seconds."""

    looks: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, at: float, messages: int) -> float:
        """Take in how many it were at that second, and return the rate."""
        self.looks.append((at, messages))
        while len(self.looks) > 2 and self.looks[1][0] <= at - RATE_OVER:
            self.looks.popleft()
        since, before = self.looks[0]
        return (messages - before) / (at - since) if at > since else 0.0


@dataclass(slots=True)
class Board:
    """The figures as they are shown: in a terminal all the time, elsewhere as a line now and then."""

    seconds: Callable[[], float]
    begun: float
    rate: Rate = field(default_factory=Rate)
    live: Live | None = None
    looked_at: float = 0.0
    said_at: float = 0.0

    def __post_init__(self) -> None:
        self.said_at = self.begun
        self.rate.note(self.begun, 0)

    def show(self, report: SendReport) -> None:
        """Take in how far it is. Cheap: most calls only look at the clock."""
        at = self.seconds()
        if at - self.looked_at < LOOK_EVERY:
            return
        self.looked_at = at
        lines = told(report, self.rate.note(at, tried(report)))
        if self.live:
            self.live.update(picture(report, lines))
        elif at - self.said_at >= LINE_EVERY:
            self.said_at = at
            err.print(" · ".join(lines), soft_wrap=True)


@contextmanager
def _shown(board: Board) -> Iterator[None]:
    if not err.is_terminal or err.is_dumb_terminal:
        yield
        return
    with Live(Text("Sending"), console=err, transient=True, refresh_per_second=4) as board.live:
        yield


class _Stop:
    """Whether to stop. The first Ctrl-C or SIGTERM asks for it; the second breaks off."""

    def __init__(self) -> None:
        self._is_asked = self._is_told = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __call__(self) -> bool:
        """Tell whether to stop, and the first time say what that means."""
        if self._is_asked and not self._is_told:
            self._is_told = True
            err.print("Stopping: what is in flight is finished first. Ctrl-C again stops at once.", soft_wrap=True)
        return self._is_asked

    def _ask(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's shape
        if self._is_asked:
            raise KeyboardInterrupt
        self._is_asked = True
