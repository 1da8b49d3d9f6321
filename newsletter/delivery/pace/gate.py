"""The gate that keeps the limits of `[pace]`, and those that other mail servers ask for, over all processes.

Who comes too early is given a place, a moment of its own; so the readers of a slow domain step aside and hold up
nobody. Without limits, configured or learned, it costs one small query a second.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.delivery.ledger.admission import Candidate, Later
from newsletter.delivery.pace import buckets, limits, seats
from newsletter.delivery.pace.buckets import Bucket, Meter, Pace
from newsletter.delivery.pace.domains import (
    TRANSPORT,
    asking_rate,
    configured_keys,
    configured_rate,
    domain_of,
    seats_of,
)
from newsletter.delivery.pace.throttling import asks_for_patience, is_throttling
from newsletter.delivery.pace.warming import Warming
from newsletter.domain.delivery import Outcome
from newsletter.settings import PaceSettings

# When most of a settling was refused so, for so many domains, it is our own mail server that asks for patience.
DOMAINS_OF_ONE_SERVER = 3

_FRESH = timedelta(seconds=1)  # how long it is believed that no other process has learned a limit


@dataclass(slots=True)
class Pacing:
    """The pace's `Gate` for one run of the sender, named `owner`.

    Its seats at domains with a limit on concurrency last for `hold`; a run that asks from time to time keeps them.
    `warming` keeps the warm-up, where there is one.
    """

    settings: PaceSettings
    owner: str
    hold: timedelta = timedelta(minutes=10)
    warming: Warming | None = None
    _limited: frozenset[str] = frozenset()
    _limited_at: datetime | None = None
    _renew_at: datetime | None = None
    _meter: Meter | None = None

    def allowance(self, session: Session, now: datetime, wanted: int) -> int:
        """Return how many of `wanted` deliveries the transport may be given now.

        Until the transaction ends no other process is told anything, and what `admit` lets through is counted: so
        nothing is counted that was not there to be sent.
        """
        self._renew(session, now)
        if TRANSPORT not in self._keys(session, now):
            return wanted
        limits.one_at_a_time(session)
        return buckets.allot(self._transport(session, now), now, wanted)

    def open_at(self, session: Session, now: datetime) -> datetime:
        """Return when `allowance` gives something again, which may be now. Takes no lock."""
        if TRANSPORT not in self._keys(session, now):
            return now
        return buckets.open_at(self._transport(session, now), now)

    def admit(self, session: Session, now: datetime, candidates: Sequence[Candidate]) -> Sequence[Later | None]:
        """Return for each candidate, in order, None when it may go now, else when to come again."""
        if self.warming is None:
            return self._paced(session, now, candidates)
        answers = self.warming.put_off(session, now, candidates)
        today = [position for position, later in enumerate(answers) if later is None]
        paced = self._paced(session, now, [candidates[position] for position in today])
        for position, later in zip(today, paced, strict=True):
            answers[position] = later
        going = [each for each, later in zip(candidates, answers, strict=True) if later is None]
        self.warming.count(session, now, going)
        return answers

    def _paced(self, session: Session, now: datetime, candidates: Sequence[Candidate]) -> Sequence[Later | None]:
        """Answer as `admit`, by the pace alone."""
        answers: list[Later | None] = [None] * len(candidates)
        limited = self._keys(session, now)
        asking = _by_domain(candidates, limited) if limited else {}
        if not asking and TRANSPORT not in limited:
            return answers
        limits.one_at_a_time(session)
        before = limits.load(session, {TRANSPORT, *asking})
        after: dict[str, Pace] = {}
        for domain, positions in asking.items():
            slots = [candidates[position].slot for position in positions]
            put_off, after[domain] = self._decide(session, now, domain, before.get(domain), slots)
            for n, later in put_off.items():
                answers[positions[n]] = later
        if TRANSPORT in limited:
            current, bucket = self._standing(TRANSPORT, before.get(TRANSPORT), now)
            bucket = buckets.spent(bucket, now, answers.count(None))
            after[TRANSPORT] = replace(current, next_at=bucket.next_at)
        self._keep(session, now, before, after)
        return answers

    def settled(self, session: Session, now: datetime, outcomes: Sequence[tuple[str, Outcome]]) -> None:
        """Give seats back, and slow down where we were asked to; each outcome is told once."""
        self._meter = (self._meter or Meter(now)).counted(now, len(outcomes))
        self._give_back(session, outcomes)
        refused = [(address, outcome) for address, outcome in outcomes if is_throttling(outcome)]
        if not refused:
            return
        asked = {domain_of(address): outcome.reply for address, outcome in refused}
        if len(asked) >= DOMAINS_OF_ONE_SERVER and 2 * len(refused) >= len(outcomes):
            asked = {TRANSPORT: refused[0][1].reply}
        self._slow_down(session, now, asked)

    def line_down(self, session: Session, now: datetime, words: str) -> None:
        """Slow the transport down if the words with which its line was closed ask for it (`421 4.7.0 …`)."""
        if asks_for_patience(words):
            self._slow_down(session, now, {TRANSPORT: words})

    def leave(self, session: Session) -> None:
        """Give back every seat at a domain: the run ends, or nothing of it is under way any more."""
        if seated := self._seated():
            seats.leave(session, self.owner, seated)

    def _decide(
        self, session: Session, now: datetime, domain: str, known: Pace | None, slots: Sequence[int]
    ) -> tuple[Mapping[int, Later], Pace]:
        """Return the candidates of one domain that can't go now, by position, and the domain's pace after it."""
        current, bucket = self._standing(domain, known, now)
        ready, placed = buckets.ready(bucket, current.epoch, now, slots)
        concurrent = seats_of(self.settings, domain)
        if concurrent and ready:
            wanted, until = len(ready), now + self.hold
            free = seats.take(session, domain, self.owner, wanted=wanted, limit=concurrent, now=now, until=until)
            ready = ready[:free]
        bucket = buckets.spent(bucket, now, max(len(ready) - placed, 0))
        going = frozenset(ready)
        waiting = [n for n in range(len(slots)) if n not in going]
        moments, bucket = buckets.put_off(bucket, current.epoch, now, len(waiting))
        later = {n: Later(*moment) for n, moment in zip(waiting, moments, strict=True)}
        return later, replace(current, next_at=bucket.next_at)

    def _transport(self, session: Session, now: datetime) -> Bucket:
        known = limits.load(session, [TRANSPORT])
        return self._standing(TRANSPORT, known.get(TRANSPORT), now)[1]

    def _standing(self, key: str, known: Pace | None, now: datetime) -> tuple[Pace, Bucket]:
        """Return the pace of a key as it is now, and its bucket."""
        rate = asking_rate(self.settings, key)
        current = buckets.recovered(known, now, rate) if known else Pace(rate, now, now)
        return current, Bucket(buckets.rate_at(current, now, rate), current.next_at)

    def _keep(
        self, session: Session, now: datetime, before: Mapping[str, Pace], after: Mapping[str, Pace]
    ) -> None:
        """Write what has changed, and drop what is no limit any more."""
        over = {key for key, each in after.items() if buckets.is_over(each, now, asking_rate(self.settings, key))}
        limits.forget(session, over & before.keys())
        limits.save(session, before, {key: each for key, each in after.items() if key not in over})

    def _slow_down(self, session: Session, now: datetime, asked: Mapping[str, str]) -> None:
        limits.one_at_a_time(session)
        before = limits.load(session, asked)
        after = {}
        for key, words in asked.items():
            current, _ = self._standing(key, before.get(key), now)
            observed = self._meter.speed(now) if self._meter and key == TRANSPORT else 0.0
            after[key] = buckets.slowed(current, now, configured_rate(self.settings, key), words, observed)
        limits.save(session, before, after)
        self._limited_at = None

    def _keys(self, session: Session, now: datetime) -> frozenset[str]:
        """Return every key that may have a limit. What another process learns is seen within a second."""
        if self._limited_at is None or not self._limited_at <= now < self._limited_at + _FRESH:
            self._limited, self._limited_at = limits.known(session) | configured_keys(self.settings), now
        return self._limited

    def _seated(self) -> frozenset[str]:
        return frozenset(domain for domain in self.settings.domains if seats_of(self.settings, domain))

    def _give_back(self, session: Session, outcomes: Sequence[tuple[str, Outcome]]) -> None:
        if seated := self._seated():
            back = Counter(domain_of(address) for address, _ in outcomes)
            for domain in sorted(seated & back.keys()):
                seats.give_back(session, domain, self.owner, back[domain])

    def _renew(self, session: Session, now: datetime) -> None:
        """Hold our seats for longer when a quarter of their time is over: a slow line may keep them for long."""
        if self._renew_at is None:
            self._renew_at = now + self.hold / 4
        if now >= self._renew_at and (seated := self._seated()):
            seats.renew(session, self.owner, seated, now + self.hold)
            self._renew_at = now + self.hold / 4


def _by_domain(candidates: Sequence[Candidate], limited: AbstractSet[str]) -> dict[str, list[int]]:
    """Return the positions of the candidates of each domain that has a limit."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for position, candidate in enumerate(candidates):
        domain = domain_of(candidate.email)
        if domain in limited:
            found[domain].append(position)
    return dict(found)
