"""The sender: keeps the transport fed with claims, and the ledger with outcomes.

    settle what is known + claim what there is room for | commit | stamp | transport | outcomes | settle + …

One commit holds the outcomes of the last messages and the intents of the next, before their first byte. At any
instant at most `in_doubt_bound` claims are open (window × connections where it is not set): killed then, it leaves
so many without an outcome, and `ledger.sweep` puts them in doubt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.clock import Chance, Clock
from newsletter.delivery import ledger, reports, retry
from newsletter.delivery.ledger import Claim, Claimed
from newsletter.delivery.ledger.claiming import Place, Span
from newsletter.delivery.pace.connections import Connections
from newsletter.delivery.pace.gate import Pacing
from newsletter.delivery.pace.warming import Warming
from newsletter.delivery.retry import Settlement, Tried
from newsletter.delivery.sending.endings import Endings
from newsletter.delivery.sending.envelopes import Envelopes
from newsletter.delivery.sending.report import Ending, SendReport
from newsletter.delivery.states import DeliveryState
from newsletter.domain.delivery import IssueRefused, Outcome, Transport, TransportDown
from newsletter.issues.tables import IssueRow
from newsletter.settings import Settings
from subscribers.database import Database
from subscribers.tokens import Tokens

__all__ = ["Ending", "SendReport", "send_issue"]

Progress = Callable[[SendReport], None]

_OWNER_SIZE = 16  # octets of chance that name a run
_LARGEST_TURN = 256  # outcomes and claims of one commit
_LONGEST_TURN = 0.25  # seconds after which what is known is written, be it ever so little
_BETWEEN_TRIES = 1.0  # seconds, to write what is known into a database that fails
_SOON = timedelta(seconds=2)  # what falls due so soon is waited for


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
    connections: Connections | None = None,
    progress: Progress | None = None,
    failures: int = 0,
    span: Span | None = None,
) -> SendReport:
    """Work off what an issue, or a span of it, owes now; return when nothing is due, or there is no sense in it.

    Asked to stop, it waits for what is in flight. A line that is down gives back what was not begun; a refusal of
    the issue pauses it with the other side's words. `connections` are held on to; `failures` is the last report's.
    Raises LookupError when there is no such issue; whatever the database raises is raised at once, and what was
    sent then is in doubt.
    """
    with database.reading() as session:
        issue = session.get(IssueRow, issue_id)
        if issue is None:
            raise LookupError(f"there is no issue {issue_id}")
        to_do = ledger.still_open(session, issue_id, span)
    limit = settings.delivery.in_doubt_bound
    bound = transport.capacity if limit is None else min(limit, transport.capacity)
    owner = chance.token(_OWNER_SIZE)
    warming = Warming(settings.warm_up, settings.site.time_zone) if settings.warm_up.starts_on else None
    pacing = Pacing(settings.pace, owner, settings.delivery.lease, warming)
    run = _Run(
        issue_id=issue_id,
        settings=settings,
        database=database,
        envelopes=Envelopes(
            database,
            tokens,
            settings.newsletter(issue.newsletter).from_address,
            settings.feedback.return_path,
        ),
        clock=clock,
        chance=chance,
        transport=transport,
        owner=owner,
        pacing=pacing,
        endings=Endings(issue_id, span, settings.delivery, database, clock, chance, pacing),
        connections=connections,
        bound=bound,
        turn=max(1, min(bound // 2, _LARGEST_TURN)),
        to_do=to_do,
        span=span,
    )
    return run.work(stop, progress or (lambda _: None), failures)


@dataclass(slots=True)
class _Run:
    """One run of the sender over one issue.

    `flying` are the claims the transport has, by subscription; `known` the outcomes that the ledger has not.
    """

    issue_id: int
    settings: Settings
    database: Database
    envelopes: Envelopes
    clock: Clock
    chance: Chance
    transport: Transport
    owner: str
    pacing: Pacing
    endings: Endings
    connections: Connections | None
    bound: int
    turn: int
    to_do: int
    span: Span | None
    place: Place | None = None
    tally: Counter[DeliveryState] = field(default_factory=Counter)
    flying: dict[int, Claim] = field(default_factory=dict)
    known: list[tuple[Claim, Outcome, Settlement]] = field(default_factory=list)
    held_since: float = 0.0

    def work(self, stop: Callable[[], bool], progress: Progress, failures: int) -> SendReport:
        """Turn after turn, until nothing is due or something stops us."""
        self.held_since = self.clock.monotonic()
        try:
            while not stop():
                claimed = self._turn()
                progress(self._so_far())
                if claimed.claims:
                    self._hand_over(claimed.claims)
                elif not self.flying and not claimed.is_cut_short and not self._something_soon():
                    return self.endings.nothing_claimed(self._so_far(), has_room=self.bound > 0)
                self._gather(self.turn)
            self._land()
        except TransportDown as trouble:
            self._give_back()
            return self.endings.line_down(self._so_far(), trouble, failures)
        except IssueRefused as trouble:
            self._give_back()
            return self.endings.refused(self._so_far(), str(trouble))
        except _LeaseLost as trouble:
            return self.endings.report(self._so_far(), Ending.LEASE_LOST, str(trouble))
        except SQLAlchemyError:
            self._salvage()
            raise
        self._give_back()
        return self.endings.report(self._so_far(), Ending.STOPPED)

    def _turn(self) -> Claimed:
        """Write what is known and claim as many as there is room for, in one commit."""
        policy = self.settings.delivery
        with self._settling() as session:
            claimed = ledger.claim(
                session,
                self.issue_id,
                self.owner,
                self.clock.now(),
                lease=policy.lease,
                limit=min(self.bound - len(self.flying), self.transport.room),
                in_doubt=policy.in_doubt,
                gate=self.pacing,
                span=self.span,
                place=self.place,
            )
        self.place = claimed.place
        self.tally[DeliveryState.WITHDRAWN] += claimed.withdrawn
        return claimed

    @contextmanager
    def _settling(self) -> Iterator[Session]:
        """Open a transaction that begins with what is known; forget it only once it is committed."""
        with self.database.writing() as session:
            now = self.clock.now()
            self._settle(session, now)
            if self.connections is not None:
                self.connections.renew(session, now)
            yield session
        self.tally.update(settlement.state for _, _, settlement in self.known)
        self.known.clear()

    def _settle(self, session: Session, now: datetime) -> None:
        """Write what is known in the books, and tell the pace and the register what concerns them."""
        ledger.settle(session, self.issue_id, self.owner, now, [settlement for _, _, settlement in self.known])
        self.pacing.settled(session, now, [(claim.email, outcome) for claim, outcome, _ in self.known])
        reports.report(
            session,
            now,
            [
                (claim.email, claim.subscription_id, settlement)
                for claim, _, settlement in self.known
                if settlement.state is DeliveryState.REJECTED
            ],
        )

    def _hand_over(self, claims: Sequence[Claim]) -> None:
        self.flying.update((claim.subscription_id, claim) for claim in claims)
        with self._nothing_forgotten():
            for batch in self.envelopes.batches(claims):
                self.transport.send(batch)

    def _gather(self, enough: int) -> None:
        """Take in outcomes until they are worth a commit, or have waited long enough for one."""
        until = self.clock.monotonic() + _LONGEST_TURN
        while self.flying and len(self.known) < enough and (left := until - self.clock.monotonic()) >= 0:
            with self._nothing_forgotten():
                for outcome in self.transport.receive(left):
                    claim = self.flying.pop(outcome.key)
                    self.known.append((claim, outcome, self._settlement(outcome, claim)))
        self._hold_on()

    @contextmanager
    def _nothing_forgotten(self) -> Iterator[None]:
        """Write what is known before anything unexpected ends the run."""
        try:
            yield
        except (TransportDown, IssueRefused):
            raise
        except BaseException:
            with self._settling():
                pass
            raise

    def _land(self) -> None:
        """Wait for everything in flight."""
        while self.flying:
            self._gather(self.bound)

    def _give_back(self) -> None:
        """Write what is known; whatever of ours has no outcome was not begun, and is owed again."""
        with self._settling() as session:
            ledger.release(session, self.issue_id, self.owner)
        self.flying.clear()

    def _salvage(self) -> None:
        """Claim no more after the database failed, but write what becomes of what is in flight, if it lets us.

        Given up when half a lease is over; then the sweep puts in doubt what could not be written.
        """
        until = self.clock.monotonic() + self.settings.delivery.lease.total_seconds() / 2
        while self.clock.monotonic() < until:
            try:
                with suppress(TransportDown, IssueRefused, _LeaseLost):
                    self._land()
                self._give_back()
            except SQLAlchemyError:
                self.clock.sleep(_BETWEEN_TRIES)
            else:
                return

    def _settlement(self, outcome: Outcome, claim: Claim) -> Settlement:
        if outcome.verdict in retry.FINAL:
            return retry.final(outcome)
        tried = Tried(claim.attempts, claim.first_due_at)
        jitter = self.chance.uniform(*retry.JITTER)
        return retry.settlement(outcome, tried, self.clock.now(), self.settings.delivery.give_up_after, jitter)

    def _something_soon(self) -> bool:
        """Wait a little if something may leave shortly, as it does under a pace; tell whether it may."""
        now = self.clock.now()
        with self.database.reading() as session:
            due = ledger.next_due(session, self.issue_id, self.settings.delivery.in_doubt)
            open_at = self.pacing.open_at(session, now)
        if due is None or not now < max(due, open_at) <= now + _SOON:
            return False
        self.clock.sleep(min((max(due, open_at) - now).total_seconds(), _LONGEST_TURN))
        return True

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
        if ours < len(self.flying):
            self.transport.close()
            raise _LeaseLost("some claims ran out while they were being sent")

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
