"""How a run of the sender ends: what it leaves in the issue, what it reports, and when to come again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from newsletter.clock import Chance, Clock
from newsletter.delivery import ledger, retry
from newsletter.delivery.ledger.claiming import Span
from newsletter.delivery.pace.gate import Pacing
from newsletter.delivery.sending.report import Ending, SendReport
from newsletter.domain.delivery import TransportDown
from newsletter.issues import store
from newsletter.issues.states import IssueState
from newsletter.settings import DeliverySettings
from subscribers.database import Database


@dataclass(frozen=True, slots=True)
class Endings:
    """The ends a run may come to. Each is given what the run did so far, and returns its report."""

    issue_id: int
    span: Span | None
    settings: DeliverySettings
    database: Database
    clock: Clock
    chance: Chance
    pacing: Pacing

    def nothing_claimed(self, so_far: SendReport, *, has_room: bool) -> SendReport:
        """Tell why nothing could be claimed, and finish the issue when nothing is left.

        In a transaction after the last settling, so that of two senders the one that settles last sees it all.
        """
        with self.database.writing() as session:
            issue = store.get(session, self.issue_id)
            is_finished = ledger.is_finished(session, self.issue_id, self.settings.in_doubt)
            if is_finished and issue.state == IssueState.SENDING:
                store.finish(session, issue, self.clock.now())
            state = issue.state
        if state not in ledger.UNDER_WAY:
            return self.report(so_far, Ending.NOT_SENDING, f"the issue is {state}")
        if is_finished:
            return self.report(so_far, Ending.FINISHED)
        crowded = "" if has_room else "every connection to the mail server is in use by other senders"
        return self.report(so_far, Ending.NOTHING_DUE, crowded)

    def line_down(self, so_far: SendReport, trouble: TransportDown, failures: int) -> SendReport:
        """Leave the line alone, longer each time; nobody is to blame, so nobody's tries are counted."""
        now = self.clock.now()
        with self.database.writing() as session:
            self.pacing.line_down(session, now, trouble.reply)
        failures = 1 if so_far.accepted else failures + 1
        wait = retry.line_delay(failures, self.chance.uniform(*retry.JITTER))
        report = self.report(so_far, Ending.LINE_DOWN, str(trouble))
        return replace(report, try_again_at=now + wait, failures=failures)

    def refused(self, so_far: SendReport, reason: str) -> SendReport:
        """Pause the issue, unless somebody stopped it before us."""
        now = self.clock.now()
        with self.database.writing() as session:
            if store.get(session, self.issue_id).state == IssueState.SENDING:
                words = f"The mail server refused it: {reason}"
                store.pause(session, self.issue_id, now, actor="daemon", reason=words)
        wait = retry.line_delay(1, self.chance.uniform(*retry.JITTER))
        return replace(self.report(so_far, Ending.REFUSED, reason), try_again_at=now + wait)

    def report(self, so_far: SendReport, ending: Ending, detail: str = "") -> SendReport:
        """Give back our seats, and return the report with what the books say now."""
        with self.database.writing() as session:
            self.pacing.leave(session)
        with self.database.reading() as session:
            remaining = ledger.still_open(session, self.issue_id, self.span)
            next_due = ledger.next_due(session, self.issue_id, self.settings.in_doubt)
            open_at = self.pacing.open_at(session, self.clock.now())
        return replace(
            so_far,
            remaining=remaining,
            stopped_because=ending,
            detail=detail,
            try_again_at=next_due and max(next_due, open_at),
        )
