"""Several senders on one machine, a process each, that share the ledger and report as one.

    parent: start | listen | pass on "stop" | merge        child: send, tell now and then, end

Children are spawned, because whoever starts them may have threads. Each listens to its parent: told to stop, or
left alone because the parent is gone, it finishes what is in flight. A child that dies loses nothing: its claims
run out, and are swept.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Protocol

from newsletter.clock import Clock, SystemClock
from newsletter.delivery.sending.report import Ending, SendReport

_TELL_EVERY = 0.2  # seconds
_LOOK_EVERY = 0.1

# Of several endings the first of these counts: what somebody must know of, before what merely is so.
_GRAVEST_FIRST = (
    Ending.REFUSED,
    Ending.LINE_DOWN,
    Ending.LEASE_LOST,
    Ending.STOPPED,
    Ending.NOT_SENDING,
    Ending.FINISHED,
    Ending.NOTHING_DUE,
)


class NoSender(Exception):
    """Not one sender process could do its work; the text says why."""


class Job(Protocol):
    """What a child does; it must be picklable. `part` counts from 0 to `parts` - 1."""

    def __call__(
        self, part: int, parts: int, *, stop: Callable[[], bool], progress: Callable[[SendReport], None]
    ) -> SendReport:
        """Send, and return what came of it."""
        ...


@dataclass(slots=True)
class _Child:
    """A sender process as its parent sees it. `ended` is its last word; `failed` why there is none."""

    process: BaseProcess
    line: Connection
    report: SendReport = field(default_factory=SendReport)
    ended: bool = False
    failed: str = ""

    def hear(self) -> None:
        """Take in what it said; that it is gone, if it is."""
        try:
            while not self.is_over and self.line.poll():
                self.report, self.ended, self.failed = self.line.recv()
        except (EOFError, OSError):
            self.process.join()
            self.failed = f"sender process {self.process.pid} died ({self.process.exitcode})"

    @property
    def is_over(self) -> bool:
        return self.ended or bool(self.failed)


def send_in_processes(
    job: Job, parts: int, *, stop: Callable[[], bool], progress: Callable[[SendReport], None], clock: Clock
) -> SendReport:
    """Run the job in so many processes and return their reports as one. Raises NoSender."""
    children = [_started(job, part, parts) for part in range(parts)]
    try:
        is_told = False
        while open_ := [child for child in children if not child.is_over]:
            connection.wait([child.line for child in open_], _LOOK_EVERY)
            for child in open_:
                child.hear()
            progress(under_way([child.report for child in children]))
            if not is_told and stop():
                is_told = True
                _tell_to_stop(open_)
        return _ended(children)
    finally:
        for child in children:
            child.line.close()  # whoever still runs notices, and ends
        until = clock.monotonic() + 60
        for child in children:
            child.process.join(max(0.0, until - clock.monotonic()))


def merged(reports: Sequence[SendReport]) -> SendReport:
    """Return several reports as one: sums, the gravest ending, the earliest next try, the fewest that remain."""
    ending = min((report.stopped_because for report in reports), key=_GRAVEST_FIRST.index)
    tries = [report.try_again_at for report in reports if report.try_again_at is not None]
    return SendReport(
        accepted=sum(report.accepted for report in reports),
        deferred=sum(report.deferred for report in reports),
        rejected=sum(report.rejected for report in reports),
        in_doubt=sum(report.in_doubt for report in reports),
        withdrawn=sum(report.withdrawn for report in reports),
        remaining=min(report.remaining for report in reports),
        stopped_because=ending,
        detail="; ".join(dict.fromkeys(report.detail for report in reports if report.detail)),
        try_again_at=min(tries, default=None),
        failures=max(report.failures for report in reports),
    )


def under_way(reports: Sequence[SendReport]) -> SendReport:
    """Return what senders that are still at work have done so far. Each knows only what it did itself."""
    done = [each.accepted + each.rejected + each.in_doubt + each.withdrawn for each in reports]
    to_do = max(each.remaining + mine for each, mine in zip(reports, done, strict=True))
    return replace(merged(reports), remaining=max(to_do - sum(done), 0), stopped_because=Ending.NOTHING_DUE)


def share(whole: int, part: int, parts: int) -> int:
    """Return what one of so many parts gets of a whole; together they get exactly that."""
    return whole // parts + (part < whole % parts)


def _started(job: Job, part: int, parts: int) -> _Child:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(job, part, parts, theirs), daemon=True)
    process.start()
    theirs.close()
    return _Child(process, ours)


def _tell_to_stop(children: Sequence[_Child]) -> None:
    for child in children:
        try:
            child.line.send("stop")
        except OSError:
            child.hear()


def _ended(children: Sequence[_Child]) -> SendReport:
    """Return what the children said last. What a dead one held is not sent by anybody before its lease is over."""
    failures = "; ".join(child.failed for child in children if child.failed)
    if all(child.failed for child in children):
        raise NoSender(failures)
    report = merged([child.report for child in children if child.ended])
    if not failures:
        return report
    told = merged([child.report for child in children])
    detail = "; ".join(filter(None, (report.detail, failures)))
    ending = Ending.NOTHING_DUE if report.stopped_because is Ending.FINISHED else report.stopped_because
    counts = replace(told, remaining=report.remaining, try_again_at=report.try_again_at, failures=report.failures)
    return replace(counts, stopped_because=ending, detail=detail)


def _work(job: Job, part: int, parts: int, line: Connection) -> None:
    """The child. Ctrl-C reaches the whole group of a terminal; what it means is the parent's to say."""
    wish = _Wish(line)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, wish.heed)
    teller = _Teller(line)
    try:
        report = job(part, parts, stop=wish, progress=teller)
    except Exception as error:  # noqa: BLE001 - the parent tells people
        _say(line, SendReport(), ended=False, failed=f"{type(error).__name__}: {error}".splitlines()[0])
    else:
        _say(line, report, ended=True, failed="")


class _Wish:
    """Whether somebody wants us to stop: the parent, by word or by being gone, or SIGTERM."""

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._is_said = False

    def __call__(self) -> bool:
        if not self._is_said:
            try:
                self._is_said = self._line.poll()
            except OSError:
                self._is_said = True
        return self._is_said

    def heed(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's shape
        self._is_said = True


class _Teller:
    """Tells the parent how far things are, now and then."""

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._clock = SystemClock()
        self._told_at = float("-inf")

    def __call__(self, report: SendReport) -> None:
        now = self._clock.monotonic()
        if now - self._told_at >= _TELL_EVERY:
            self._told_at = now
            _say(self._line, report, ended=False, failed="")


def _say(line: Connection, report: SendReport, *, ended: bool, failed: str) -> None:
    try:
        line.send((report, ended, failed))
    except OSError:
        return  # nobody listens any more
