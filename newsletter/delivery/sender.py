"""The sender: claims a window of deliveries, stamps and sends them, settles them with the next claim.

    claim | commit | stamp | transport | outcomes | settle + claim | commit | …

Killed at any instant it leaves at most one window of claims without an outcome; `ledger.sweep` puts it in doubt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter

from sqlalchemy.orm import Session

from newsletter.clock import Chance, Clock
from newsletter.delivery import ledger, retry
from newsletter.delivery.ledger import Claim
from newsletter.delivery.readers import Reader, Stationery, reader_values, wire_address
from newsletter.delivery.report import Ending, SendReport
from newsletter.delivery.retry import Settlement, Tried
from newsletter.delivery.states import DeliveryState
from newsletter.delivery.tables import LetterRow
from newsletter.domain.delivery import Batch, Envelope, IssueRefused, Outcome, Transport, TransportDown, deliver
from newsletter.domain.letter import Letter
from newsletter.issues import store
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.rendering.headers import domain_of
from newsletter.settings import NewsletterSettings, Settings
from subscribers.database import Database
from subscribers.tokens import Tokens

__all__ = ["Ending", "SendReport", "send_issue"]

Progress = Callable[[SendReport], None]

_OPEN = (DeliveryState.OWED, DeliveryState.CLAIMED, DeliveryState.DEFERRED)
_OWNER_SIZE = 16  # octets of chance that name a run


class _LeaseLost(Exception):
    """Some of our claims are no longer ours."""


def send_issue(
    issue_id: int,
    *,
    settings: Settings,
    database: Database,
    tokens: Tokens,
    clock: Clock,
    chance: Chance,
    transport: Transport,
    stop: Callable[[], bool],
    progress: Progress | None = None,
    failures: int = 0,
) -> SendReport:
    """Work off what an issue owes now; return when nothing is due, or when it makes no sense to go on.

    Asked to stop, it finishes its window. A line that is down gives back what was not begun; a refusal of the
    issue pauses it with the other side's words. `failures` is the last report's. Raises LookupError when there is
    no such issue; whatever the database raises is raised at once, and what was sent then is in doubt.
    """
    with database.reading() as session:
        issue = session.get(IssueRow, issue_id)
        if issue is None:
            raise LookupError(f"there is no issue {issue_id}")
        balance = ledger.balance(session, issue_id)
    run = _Run(
        issue_id=issue_id,
        newsletter=settings.newsletter(issue.newsletter),
        settings=settings,
        database=database,
        tokens=tokens,
        clock=clock,
        chance=chance,
        transport=transport,
        owner=chance.token(_OWNER_SIZE),
        to_do=sum(balance[state] for state in _OPEN),
    )
    return run.work(stop, progress or (lambda _: None), failures)


@dataclass(slots=True)
class _Run:
    """One run of the sender over one issue. `known` are outcomes that are not in the ledger yet."""

    issue_id: int
    newsletter: NewsletterSettings
    settings: Settings
    database: Database
    tokens: Tokens
    clock: Clock
    chance: Chance
    transport: Transport
    owner: str
    to_do: int
    tally: Counter[DeliveryState] = field(default_factory=Counter)
    stationery: dict[int, Stationery] = field(default_factory=dict)
    known: list[Settlement] = field(default_factory=list)
    held: int = 0  # claims of this window that the ledger has no outcome of
    held_since: float = 0.0

    def work(self, stop: Callable[[], bool], progress: Progress, failures: int) -> SendReport:
        """Turn after turn: settle what is known, claim a window, send it."""
        while not stop():
            claims = self._turn()
            progress(self._so_far())
            if not claims:
                return self._ended()
            try:
                self._send(claims)
            except TransportDown as trouble:
                return self._line_down(str(trouble), failures)
            except IssueRefused as trouble:
                return self._refused(str(trouble))
            except _LeaseLost as trouble:
                return self._report(Ending.LEASE_LOST, str(trouble))
        with self._settling():
            pass
        return self._report(Ending.STOPPED)

    def _turn(self) -> Sequence[Claim]:
        """Write the last window's outcomes and claim the next window, in one commit."""
        policy = self.settings.delivery
        with self._settling() as session:
            claimed = ledger.claim(
                session,
                self.issue_id,
                self.owner,
                self.clock.now(),
                lease=policy.lease,
                limit=policy.window,
                in_doubt=policy.in_doubt,
            )
        self.tally[DeliveryState.WITHDRAWN] += claimed.withdrawn
        self.held, self.held_since = len(claimed.claims), self.clock.monotonic()
        return claimed.claims

    @contextmanager
    def _settling(self) -> Iterator[Session]:
        """Open a transaction that begins with what is known; forget it only once it is committed."""
        with self.database.writing() as session:
            ledger.settle(session, self.issue_id, self.owner, self.clock.now(), self.known)
            yield session
        self.tally.update(settlement.state for settlement in self.known)
        self.held -= len(self.known)
        self.known.clear()

    def _send(self, claims: Sequence[Claim]) -> None:
        """Send a window, one batch a letter. Whatever stops it, the outcomes up to then are kept in `known`."""
        tried = {claim.subscription_id: Tried(claim.attempts, claim.first_due_at) for claim in claims}
        try:
            for outcome in self._outcomes(claims):
                self.known.append(self._settlement(outcome, tried[outcome.key]))
                self._hold_on()
        except (TransportDown, IssueRefused, _LeaseLost):
            raise
        except BaseException:
            with self._settling():
                pass
            raise

    def _outcomes(self, claims: Sequence[Claim]) -> Iterator[Outcome]:
        for letter_id, of_letter in groupby(sorted(claims, key=attrgetter("letter_id")), attrgetter("letter_id")):
            stationery = self._stationery(letter_id)
            envelopes = tuple(self._envelope(claim, stationery) for claim in of_letter)
            yield from deliver(self.transport, Batch(stationery.letter, envelopes))

    def _envelope(self, claim: Claim, stationery: Stationery) -> Envelope:
        reader = Reader(claim.subscription_id, claim.email, claim.name)
        return Envelope(
            key=claim.subscription_id,
            sender=wire_address(self.newsletter.from_address),
            recipient=wire_address(claim.email),
            values=reader_values(reader, stationery, self.tokens),
        )

    def _stationery(self, letter_id: int) -> Stationery:
        if letter_id not in self.stationery:
            with self.database.reading() as session:
                row = session.get_one(LetterRow, letter_id)
            self.stationery[letter_id] = Stationery(
                Letter.from_bytes(row.body),
                row.issue_id,
                row.greeting,
                row.greeting_nameless,
                domain_of(self.newsletter.from_address),
                row.frozen_at,
            )
        return self.stationery[letter_id]

    def _settlement(self, outcome: Outcome, tried: Tried) -> Settlement:
        jitter = self.chance.uniform(*retry.JITTER)
        return retry.settlement(outcome, tried, self.clock.now(), self.settings.delivery.give_up_after, jitter)

    def _hold_on(self) -> None:
        """Settle and prolong when a quarter of the lease is over, so that a slow line loses no claim to the sweep.

        Raises _LeaseLost when some of our claims are gone all the same: then another may be sending them.
        """
        lease = self.settings.delivery.lease
        if self.clock.monotonic() - self.held_since < lease.total_seconds() / 4:
            return
        with self._settling() as session:
            ours = ledger.extend(session, self.issue_id, self.owner, self.clock.now() + lease)
        self.held_since = self.clock.monotonic()
        if ours < self.held:
            raise _LeaseLost("some claims ran out while they were being sent")

    def _ended(self) -> SendReport:
        """Tell why nothing could be claimed, and finish the issue when nothing is left.

        In a transaction after the last settling, so that of two senders the one that settles last sees it all.
        """
        with self.database.writing() as session:
            issue = store.get(session, self.issue_id)
            is_finished = ledger.is_finished(session, self.issue_id, self.settings.delivery.in_doubt)
            if is_finished and issue.state == IssueState.SENDING:
                store.finish(session, issue, self.clock.now())
            state = issue.state
        if state not in ledger.UNDER_WAY:
            return self._report(Ending.NOT_SENDING, f"the issue is {state}")
        return self._report(Ending.FINISHED if is_finished else Ending.NOTHING_DUE)

    def _line_down(self, reason: str, failures: int) -> SendReport:
        """Give back what was not begun; nobody is to blame, so nobody's tries are counted."""
        with self._settling() as session:
            ledger.release(session, self.issue_id, self.owner)
        failures = 1 if self.tally[DeliveryState.ACCEPTED] else failures + 1
        wait = retry.line_delay(failures, self.chance.uniform(*retry.JITTER))
        report = self._report(Ending.LINE_DOWN, reason)
        return replace(report, try_again_at=self.clock.now() + wait, failures=failures)

    def _refused(self, reason: str) -> SendReport:
        """Give back what was not begun and pause the issue, unless somebody stopped it before us."""
        now = self.clock.now()
        with self._settling() as session:
            ledger.release(session, self.issue_id, self.owner)
            if store.get(session, self.issue_id).state == IssueState.SENDING:
                store.pause(
                    session, self.issue_id, now, actor="daemon", reason=f"The mail server refused it: {reason}"
                )
        wait = retry.line_delay(1, self.chance.uniform(*retry.JITTER))
        return replace(self._report(Ending.REFUSED, reason), try_again_at=now + wait)

    def _report(self, ending: Ending, detail: str = "") -> SendReport:
        """Return the run's report with what the books say now."""
        with self.database.reading() as session:
            balance = ledger.balance(session, self.issue_id)
            next_due = ledger.next_due(session, self.issue_id, self.settings.delivery.in_doubt)
        remaining = sum(balance[state] for state in _OPEN)
        return replace(
            self._so_far(), remaining=remaining, stopped_because=ending, detail=detail, try_again_at=next_due
        )

    def _so_far(self) -> SendReport:
        done = sum(count for state, count in self.tally.items() if state is not DeliveryState.DEFERRED)
        return SendReport(
            accepted=self.tally[DeliveryState.ACCEPTED],
            deferred=self.tally[DeliveryState.DEFERRED],
            rejected=self.tally[DeliveryState.REJECTED],
            in_doubt=self.tally[DeliveryState.IN_DOUBT],
            withdrawn=self.tally[DeliveryState.WITHDRAWN],
            remaining=max(self.to_do - done, 0),
            stopped_because=Ending.NOTHING_DUE,
        )
