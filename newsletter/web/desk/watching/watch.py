"""Looks at issues under way, shared by everybody who watches: however many they are, the database is asked once.

A look is taken no more often than it costs little: never more than a twentieth of the time goes into looking, and
a thirtieth into the walk through all deliveries. A small issue is looked at every second; one of a million, at the
speed that its size allows.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.delivery.ledger.answers import Refusals, refusals
from newsletter.delivery.pace.overview import Limit, in_force
from newsletter.delivery.progress.counting import Details, Standing, details, standing
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow

SHOWN = 20
_LEAST = 1.0  # seconds between looks
_LOOKING, _WALKING = 20, 30  # times what they cost is waited before the next
_RATE_OVER = 60.0  # seconds
_MOST_ISSUES = 50


@dataclass(frozen=True, slots=True)
class Look:
    """An issue under way at a moment (aware UTC); `walked_at` is when states, lanes and domains were counted.

    `rate` is in deliveries per second over the last minute, 0 where it is not known yet. `limits` are those that
    hold something back now, with their servers' words.
    """

    issue_id: int
    state: IssueState
    at: datetime
    standing: Standing
    details: Details
    walked_at: datetime
    refusals: Sequence[Refusals]
    limits: Sequence[Limit]
    rate: float

    @property
    def done(self) -> int:
        """How many nothing more happens to by itself."""
        return max(self.details.total - self.standing.open, 0)

    @property
    def ends_at(self) -> datetime | None:
        """When it will have gone out at this rate; the last lane cannot end before it begins."""
        if not self.rate or not self.standing.open:
            return None
        worked_off = self.at + timedelta(seconds=self.standing.open / self.rate)
        return max(worked_off, self.standing.last_due or worked_off)


@dataclass(slots=True)
class _Watched:
    """What is known of one issue: the last look, when the next may be, and how much was done when."""

    look: Look | None = None
    next_look: float = 0.0
    next_walk: float = 0.0
    done: deque[tuple[float, int]] = field(default_factory=deque)


class Watch:
    """Looks for everybody in this process."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._watched: dict[int, _Watched] = {}
        self._lock = threading.Lock()

    def look(self, issue_id: int) -> Look | None:
        """Return how an issue is now, or was a moment ago; None when there is no such issue."""
        with self._lock:
            kept = self._watched.setdefault(issue_id, _Watched())
            if len(self._watched) > _MOST_ISSUES:
                self._watched = {issue_id: kept}
            if kept.look is None or self._app.clock.monotonic() >= kept.next_look:
                self._renew(issue_id, kept)
            return kept.look

    def _renew(self, issue_id: int, kept: _Watched) -> None:
        clock = self._app.clock
        before, began = kept.look, clock.monotonic()
        with self._app.database.reading() as session:
            issue = session.get(IssueRow, issue_id)
            if issue is None:
                return
            now, state = clock.now(), IssueState(issue.state)
            open_now = standing(session, issue_id, now)
            looked = clock.monotonic()
            has_walked = before is None or before.state is not state or looked >= kept.next_walk
            walked = self._walk(session, issue_id, now) if has_walked else None
        ended = clock.monotonic()
        if walked is not None:
            kept.next_walk = ended + max(_LEAST, _WALKING * (ended - looked))
        kept.next_look = ended + max(_LEAST, _LOOKING * (looked - began))
        counted, refused, limits = walked or (before.details, before.refusals, before.limits)  # type: ignore[union-attr]
        walked_at = now if walked or before is None else before.walked_at
        rate = _rate(kept.done, began, counted.total - open_now.open, is_sending=state is IssueState.SENDING)
        kept.look = Look(issue_id, state, now, open_now, counted, walked_at, refused, limits, rate)

    def _walk(
        self, session: Session, issue_id: int, now: datetime
    ) -> tuple[Details, Sequence[Refusals], Sequence[Limit]]:
        settings = self._app.settings
        counted = details(session, issue_id, settings.delivery.spread_over)
        limits = [limit for limit in in_force(session, settings.pace, now) if limit.reason or limit.rate]
        return counted, refusals(session, issue_id)[:SHOWN], limits


def _rate(done: deque[tuple[float, int]], at: float, number: int, *, is_sending: bool) -> float:
    """Return how many a second over the last minute, this look counted in."""
    if not is_sending:
        done.clear()
        return 0.0
    done.append((at, number))
    while done[0][0] < at - _RATE_OVER:
        done.popleft()
    (first_at, first), (last_at, last) = done[0], done[-1]
    return max(last - first, 0) / (last_at - first_at) if last_at > first_at else 0.0
