"""One issue sent by processes that are killed at random instants.

    fork senders | SIGKILL | the leases pass | sweep: what they left is in doubt | fork the next | … | finished

The clock of the senders is the machine's, set forward whenever nobody is alive and everything waits.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

from bench.auditing import Findings
from bench.newsroom import settings
from newsletter.app import Sending, compose
from newsletter.clock import SystemClock
from newsletter.delivery import ledger
from newsletter.issues import store
from newsletter.issues.states import IssueState
from newsletter.settings import Settings
from subscribers.database import Database, open_database

_LEASE = timedelta(minutes=1)
_LONGEST_NIGHT = 900.0  # seconds


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent from where to where; `senders` are alive at once."""

    url: str
    issue: int
    port: int
    connections: int
    window: int
    senders: int = 1
    in_doubt_bound: int | None = None

    @property
    def bound(self) -> int:
        """How many deliveries may be in doubt when all senders that are alive are killed."""
        return self.in_doubt_bound or self.connections * self.window

    def settings(self) -> Settings:
        """Return the newsroom's settings, with the patience that so many kills take."""
        found = settings(self.url, self.port, connections=self.connections, window=self.window)
        patient = replace(
            found.delivery,
            lease=_LEASE,
            give_up_after=timedelta(days=365),
            in_doubt_bound=self.in_doubt_bound,
        )
        return replace(found, delivery=patient)


class ForwardClock(SystemClock):
    """The machine's clock, set forward."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def now(self) -> datetime:
        """Return the moment it shows."""
        return super().now() + self.by


class Night:
    """One issue, from its draft to its end. `life` says how many seconds the next sender lives at most."""

    def __init__(self, plan: Plan, life: Callable[[], float]) -> None:
        self.found = Findings()
        self._plan, self._life = plan, life
        self._settings = plan.settings()
        self._clock = ForwardClock()
        self._ends: dict[int, float] = {}  # when (monotonic seconds) each that is alive is to be killed

    def spend(self) -> Findings:
        """Send until nothing is owed, kill after kill."""
        began = self._clock.monotonic()
        app = compose(self._settings)
        with app.database.writing() as session:
            self.found.readers = app.lock(session, self._plan.issue, actor="daemon").enqueued
        app.database.dispose()
        try:
            while self._is_under_way():
                self._live_and_die()
                if self._clock.monotonic() > began + _LONGEST_NIGHT:
                    self.found.wrong.append("the night did not end")
        finally:
            for pid in list(self._ends):
                self._kill(pid)
        self.found.seconds = self._clock.monotonic() - began
        return self.found

    def _is_under_way(self) -> bool:
        """Set the clock to when something is due; tell whether there is."""
        with self._database() as database, database.reading() as session:
            state = store.get(session, self._plan.issue).state
            due = ledger.next_due(session, self._plan.issue, self._settings.delivery.in_doubt)
        if state not in {IssueState.SENDING, IssueState.SENT}:
            self.found.wrong.append(f"the issue is {state}")
        if due is not None:
            self._clock.by += max(due - self._clock.now(), timedelta(0))
        return state == IssueState.SENDING and not self.found.wrong

    def _live_and_die(self) -> None:
        """Let each sender end or meet its end, then let the leases pass of those who were killed."""
        for part in range(self._plan.senders):
            self._fork(part)
        kills = 0
        while self._ends:
            for pid, end in list(self._ends.items()):
                if self._clock.monotonic() >= end:
                    kills += self._kill(pid)
                else:
                    self._bury(pid, os.WNOHANG)
            self._clock.sleep(0.001)
        if kills:
            self._sweep(kills)

    def _sweep(self, kills: int) -> None:
        self._clock.by += _LEASE + timedelta(seconds=1)
        with self._database() as database, database.writing() as session:
            swept = ledger.sweep(session, self._clock.now()).in_doubt
        self.found.kills += kills
        self.found.swept += swept
        self.found.most_swept = max(self.found.most_swept, swept)
        if swept > self._plan.bound:
            self.found.wrong.append(f"killed senders left {swept} in doubt, more than {self._plan.bound}")

    def _fork(self, part: int) -> None:
        life = self._life()
        pid = os.fork()
        if pid == 0:
            self._be_a_sender(part)
        self._ends[pid] = self._clock.monotonic() + life

    def _kill(self, pid: int) -> bool:
        """Kill it; tell whether it was still alive."""
        os.kill(pid, signal.SIGKILL)
        return self._bury(pid) == -signal.SIGKILL

    def _bury(self, pid: int, options: int = 0) -> int | None:
        """Return how it ended, if it has."""
        gone, status = os.waitpid(pid, options)
        if not gone:
            return None
        del self._ends[pid]
        ending = os.waitstatus_to_exitcode(status)
        if ending not in {0, -signal.SIGKILL}:
            self.found.wrong.append(f"a sender ended by itself with {ending}")
        return ending

    def _be_a_sender(self, part: int) -> NoReturn:
        """Never return from a fork, whatever happens."""
        try:
            self._send(part)
        except BaseException:  # noqa: BLE001 - even then
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def _send(self, part: int) -> None:
        job = Sending(self._settings, self._plan.issue)
        app = compose(self._settings, self._clock)
        app.send_part(job, part, self._plan.senders, stop=lambda: False, progress=lambda _: None)

    @contextmanager
    def _database(self) -> Iterator[Database]:
        """Open the database while nobody is alive: a fork must not inherit its connections."""
        database = open_database(self._plan.url)
        try:
            yield database
        finally:
            database.dispose()
