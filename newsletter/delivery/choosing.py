"""What the readers of an issue chose: its edition for them, and the hour at which they want it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Date, Select, and_, case, exists, false, func, literal, null, or_, select
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import DeliveryRow
from newsletter.delivery.states import DeliveryState
from newsletter.issues.selection import is_weekly_night
from newsletter.issues.tables import IssueRow
from newsletter.issues.weekly import WEEK
from newsletter.settings import NewsletterSettings
from subscribers.audience import awake, readers
from subscribers.models import Frequency, Subscriber, Subscription

_SATURDAY = 5
_NOT_SENT = (DeliveryState.WITHDRAWN, DeliveryState.REJECTED)


class Choice(NamedTuple):
    """Sections as the register writes them, a language, and for weekly readers the evening they were sent last.

    `tracked` are readers whose opens and clicks may be counted, where they are.
    """

    sections: str
    language: str
    since: date | None = None
    tracked: bool = False


class Hour(NamedTuple):
    """A reader's zone (an IANA name, empty where it is not known) and hour (None is the newsletter's)."""

    time_zone: str
    hour: int | None


@dataclass(frozen=True, slots=True)
class Choosing:
    """The readers who want an issue at all, at a moment (aware UTC), by what they chose."""

    session: Session
    issue: IssueRow
    newsletter: NewsletterSettings
    now: datetime
    with_weekly: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "with_weekly", is_weekly_night(self.session, self.issue, self.newsletter))

    def counted(self) -> dict[Choice, Counter[Hour]]:
        """Return how many readers made each choice, of those who are not owed this issue yet."""
        owed = exists().where(
            DeliveryRow.issue_id == self.issue.id, DeliveryRow.subscription_id == Subscription.id
        )
        edition = (
            Subscription.sections,
            Subscriber.language,
            self._since().label("since"),
            self._tracked().label("tracked"),
        )
        each = (
            self._readers()
            .with_only_columns(*edition, Subscriber.time_zone, Subscription.hour)
            .where(~owed)
            .subquery()
        )
        counted: dict[Choice, Counter[Hour]] = {}
        grouped = select(*each.c, func.count().label("number")).group_by(*each.c).order_by(*each.c)
        for *chosen, number in self.session.execute(grouped):
            *edition_of, zone, hour = chosen
            counted.setdefault(Choice(*edition_of), Counter())[Hour(zone, hour)] += number
        return counted

    def of(self, choices: Iterable[Choice]) -> Select[int]:
        """Return the statement of the subscriptions whose readers made one of these choices, in order."""
        made = or_(*map(self._made, choices))
        return self._readers().with_only_columns(Subscription.id).where(made).order_by(Subscription.id)

    def _readers(self) -> Select[int, str, str]:
        frequencies = [Frequency.DAILY]
        frequencies += [Frequency.WEEKDAYS] if self.issue.date.weekday() < _SATURDAY else []
        frequencies += [Frequency.WEEKLY] if self.with_weekly else []
        return readers(self.issue.newsletter).where(Subscription.frequency.in_(frequencies), awake(self.now))

    def _made(self, choice: Choice) -> ColumnElement[bool]:
        alike = [Subscription.sections == choice.sections, Subscriber.language == choice.language]
        if self.newsletter.tracking.is_on:
            alike.append(Subscriber.tracking == choice.tracked)
        same = and_(*alike)
        if not self.with_weekly:
            return same
        if choice.since is None:
            return and_(same, Subscription.frequency != Frequency.WEEKLY)
        return and_(same, Subscription.frequency == Frequency.WEEKLY, self._last_sent() == choice.since)

    def _tracked(self) -> ColumnElement[bool]:
        return Subscriber.tracking.expression if self.newsletter.tracking.is_on else false()

    def _since(self) -> ColumnElement[date | None]:
        if not self.with_weekly:
            return literal(None, Date)
        return case((Subscription.frequency == Frequency.WEEKLY, self._last_sent()), else_=null())

    def _last_sent(self) -> ColumnElement[date]:
        """Return the evening that a reader was sent last within the week before the issue, else its beginning."""
        begins = self.issue.date - WEEK
        lately = select(IssueRow.id).where(
            IssueRow.newsletter == self.issue.newsletter,
            IssueRow.locked_at.is_not(None),
            IssueRow.date > begins,
            IssueRow.date < self.issue.date,
        )
        sent = (
            select(func.max(IssueRow.date))
            .join(DeliveryRow, DeliveryRow.issue_id == IssueRow.id)
            .where(IssueRow.id.in_(list(self.session.scalars(lately))))
            .where(DeliveryRow.subscription_id == Subscription.id, DeliveryRow.state.not_in(_NOT_SENT))
            .correlate(Subscription)
            .scalar_subquery()
        )
        return func.coalesce(sent, literal(begins, Date), type_=Date)
