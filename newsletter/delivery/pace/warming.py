"""The day's caps of a warm-up, kept over all processes by a row for each provider and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.admission import Candidate, Later
from newsletter.delivery.ledger.tables import MailboxDomainRow, WarmUpRow
from newsletter.delivery.pace import limits, ramp
from newsletter.delivery.pace.domains import domain_of
from newsletter.settings import Beyond, WarmUpSettings


@dataclass(slots=True)
class Warming:
    """The part of the gate that keeps a warm-up, for one run of the sender."""

    settings: WarmUpSettings
    zone: ZoneInfo
    _learned: dict[str, str] | None = field(default=None)

    def put_off(self, session: Session, now: datetime, candidates: Sequence[Candidate]) -> list[Later | None]:
        """Return for each candidate None when the day has room for it, else when to come again.

        Nobody else is told anything until the transaction ends; `count` notes who was let through in the end.
        """
        answers: list[Later | None] = [None] * len(candidates)
        if not ramp.is_on(self.settings, now, self.zone):
            return answers
        limits.one_at_a_time(session)
        providers = [self._provider(session, each.email) for each in candidates]
        today = {each: self._today(session, now, each) for each in set(providers)}
        room = {each: row.cap - row.taken for each, row in today.items() if row}
        for position, (provider, candidate) in enumerate(zip(providers, candidates, strict=True)):
            if provider not in room or candidate.attempts:  # what was tried is known there, and was counted
                continue
            room[provider] -= 1
            if room[provider] < 0:
                answers[position] = self._later(now, provider, today[provider], candidate.email)
        return answers

    def count(self, session: Session, now: datetime, candidates: Sequence[Candidate]) -> None:
        """Count those that were let through for the first time; called in the transaction of `put_off`."""
        first = [each.email for each in candidates if not each.attempts]
        for provider, number in Counter(self._provider(session, each) for each in first).items():
            if row := session.get(WarmUpRow, (ramp.day_of(now, self.zone), provider)):
                row.taken += number
        session.flush()

    def _later(self, now: datetime, provider: str, row: WarmUpRow | None, email: str) -> Later:
        reply = ""
        if row:
            row.put_off += 1
            what = "is left out" if self.settings.beyond is Beyond.SKIP else "waits for another day"
            reply = f"{what}: the warm-up lets {row.cap:,} a day go to {provider}"
        at = ramp.another_day(self.settings, now, self.zone, email)
        return Later(at, 0, reply, is_never=self.settings.beyond is Beyond.SKIP)

    def _today(self, session: Session, now: datetime, provider: str) -> WarmUpRow | None:
        """Return today's row of a provider, made if there is none; None where its ramp is over."""
        day = ramp.day_of(now, self.zone)
        row = session.get(WarmUpRow, (day, provider), populate_existing=True)
        if row is None:
            step, held = _step_of(session, provider, day)
            most = ramp.cap(self.settings, provider, step)
            if most is None:
                return None
            row = WarmUpRow(day=day, provider=provider, step=step, cap=most, taken=0, put_off=0, held=held)
            session.add(row)
            session.flush()
        return row

    def _provider(self, session: Session, email: str) -> str:
        if self._learned is None:
            rows = session.execute(select(MailboxDomainRow.domain, MailboxDomainRow.provider))
            self._learned = {domain: provider for domain, provider in rows if provider != ramp.OTHERS}
        return ramp.provider_of(domain_of(email), self._learned)


def _step_of(session: Session, provider: str, day: date) -> tuple[int, str]:
    """Return the step that a new day begins at, by the provider's last day, and why it is held, if it is."""
    before = select(WarmUpRow).where(WarmUpRow.provider == provider, WarmUpRow.day < day)
    last = session.scalars(before.order_by(WarmUpRow.day.desc()).limit(1)).first()
    return (ramp.next_step(last.step, last.held), last.held) if last else (0, "")


def hold(session: Session, provider: str, held: str) -> bool:
    """Hold a provider's ramp at its last step for this reason, or let it go on (empty); tell if that is new."""
    row = session.scalars(
        select(WarmUpRow).where(WarmUpRow.provider == provider).order_by(WarmUpRow.day.desc()).limit(1)
    ).first()
    if row is None or row.held == held:
        return False
    changed = bool(row.held) != bool(held)
    row.held = held
    session.flush()
    return changed


def days(session: Session, since: date = date.min) -> list[WarmUpRow]:
    """Return every day since then, the first one first."""
    wanted = select(WarmUpRow).where(WarmUpRow.day >= since)
    return list(session.scalars(wanted.order_by(WarmUpRow.day, WarmUpRow.provider)))
