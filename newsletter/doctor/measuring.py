"""What became of real letters, by day and mailbox provider: sent, bounced, called spam.

A day is the issue's. A bounce is a refusal for good, at once or by mail later; each counts once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import DeliveryRow, DeliveryState, MailboxDomainRow
from newsletter.delivery.pace.domains import domain_of
from newsletter.delivery.pace.ramp import provider_of
from newsletter.feedback.report import ReportKind
from newsletter.feedback.rules import Consequence
from newsletter.feedback.tables import ReportRow
from newsletter.issues.tables import IssueRow
from subscribers.models import Subscriber, Subscription

_ENDED = (DeliveryState.ACCEPTED, DeliveryState.REJECTED)


@dataclass(frozen=True, slots=True)
class Fate:
    """How many letters went to a provider on a day, and what became of them."""

    day: date
    provider: str
    sent: int = 0
    bounced: int = 0
    complained: int = 0

    @property
    def bounces(self) -> float:
        """Bounces in percent of what was sent."""
        return 100 * self.bounced / self.sent if self.sent else 0.0

    @property
    def complaints(self) -> float:
        """Complaints in percent of what was sent."""
        return 100 * self.complained / self.sent if self.sent else 0.0


def fates(session: Session, since: date, zone: ZoneInfo) -> list[Fate]:
    """Return the fates of every issue's letters since a day, the latest day first."""
    learned = {row.domain: row.provider for row in session.scalars(select(MailboxDomainRow))}
    found: defaultdict[tuple[date, str], Fate] = defaultdict(lambda: Fate(since, ""))

    def add(day: date, domain: str, **more: int) -> None:
        key = day, provider_of(domain_of(f"@{domain}"), learned)
        kept = found[key]
        sums = {name: getattr(kept, name) + number for name, number in more.items()}
        found[key] = replace(kept, day=key[0], provider=key[1], **sums)

    for day, domain, state, number in session.execute(_deliveries(session, since)):
        add(day, domain, sent=number, bounced=number if state == DeliveryState.REJECTED else 0)
    for at, day, domain, kind, number in session.execute(_reports(session, since)):
        told = "complained" if kind == ReportKind.COMPLAINED else "bounced"
        add(day or _day(at, zone), domain, **{told: number})
    return sorted(found.values(), key=lambda each: (each.day, each.provider), reverse=True)


def together(each: Iterable[Fate]) -> Mapping[str, Fate]:
    """Return the sums by provider, whatever the day."""
    found: dict[str, Fate] = {}
    for fate in each:
        kept = found.get(fate.provider, replace(fate, sent=0, bounced=0, complained=0))
        found[fate.provider] = replace(
            kept,
            sent=kept.sent + fate.sent,
            bounced=kept.bounced + fate.bounced,
            complained=kept.complained + fate.complained,
        )
    return found


def _deliveries(session: Session, since: date) -> Select[*tuple[Any, ...]]:
    domain = _domain(session)
    return (
        select(IssueRow.date, domain, DeliveryRow.state, func.count())
        .join(DeliveryRow, DeliveryRow.issue_id == IssueRow.id)
        .join(Subscription, Subscription.id == DeliveryRow.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(IssueRow.date >= since, DeliveryRow.state.in_(_ENDED))
        .group_by(IssueRow.date, domain, DeliveryRow.state)
    )


def _reports(session: Session, since: date) -> Select[*tuple[Any, ...]]:
    """Return complaints, and the bounces of letters that were accepted at first."""
    domain = _domain(session)
    is_bounce = (ReportRow.kind == ReportKind.BOUNCED) & ReportRow.consequence.in_(
        [Consequence.SUPPRESSED, Consequence.ALARM]
    )
    return (
        select(func.min(ReportRow.at), IssueRow.date, domain, ReportRow.kind, func.count())
        .join(Subscription, Subscription.id == ReportRow.subscription_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .outerjoin(IssueRow, IssueRow.id == ReportRow.issue_id)
        .where(
            (ReportRow.kind == ReportKind.COMPLAINED) | is_bounce,
            func.coalesce(IssueRow.date, since) >= since,
            ReportRow.at >= _start(since),
        )
        .group_by(IssueRow.date, domain, ReportRow.kind)
    )


def _domain(session: Session) -> ColumnElement[str]:
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(Subscriber.address, func.instr(Subscriber.address, "@") + 1)
    return func.split_part(Subscriber.address, "@", 2)


def _start(since: date) -> datetime:
    return datetime.combine(since, datetime.min.time(), ZoneInfo("UTC"))


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def largest_domains(session: Session, most: int) -> Sequence[str]:
    """Return the domains with the most readers."""
    domain = _domain(session)
    counted = (
        select(domain)
        .where(Subscriber.erased_at.is_(None))
        .group_by(domain)
        .order_by(func.count().desc(), domain)
        .limit(most)
    )
    return session.scalars(counted).all()
