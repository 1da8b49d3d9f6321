"""Consequences drawn: a report into the register, in the transaction that notes it. A replay does nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.feedback.report import Report, ReportKind
from newsletter.feedback.rules import Consequence, consequence
from newsletter.feedback.tables import Incoming, ReportRow
from newsletter.issues.tables import IssueRow
from newsletter.settings import FeedbackSettings
from subscribers import leaving
from subscribers.addresses import InvalidAddress, normalise
from subscribers.bouncing import Bounce, bounced
from subscribers.complaining import complained
from subscribers.evidence import Evidence
from subscribers.inserting import insert_missing
from subscribers.models import Subscriber, Subscription
from subscribers.tokens import BadToken, Purpose, Tokens


@dataclass(frozen=True, slots=True)
class About:
    """Whom a report is about; None where nobody knows."""

    issue_id: int | None = None
    subscription_id: int | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws the consequences of what came in by one transaction. `now` is aware UTC."""

    session: Session
    tokens: Tokens
    settings: FeedbackSettings
    now: datetime
    _issues: dict[int, bool] = field(default_factory=dict)  # whether they exist: a burst is about few

    def draw(self, incoming: Incoming, reports: Sequence[Report]) -> list[Consequence]:
        """Note each report and do what follows from it; those known already are passed over."""
        return [drawn for report in reports if (drawn := self._one(incoming, report)) is not None]

    def _one(self, incoming: Incoming, report: Report) -> Consequence | None:
        about = self._about(report)
        follows = consequence(report)
        if follows is Consequence.COUNTED and self._too_often(about):
            follows = Consequence.SUPPRESSED
        if not self._note(incoming, report, about, follows):
            return None
        self._act(report, about, follows, incoming.source)
        return follows

    def _about(self, report: Report) -> About:
        """Return what a signed reference or link names, else a reader of that address who was sent something."""
        try:
            return About(*self.tokens.read_reference(report.reference))
        except BadToken:
            pass
        try:
            return About(None, self.tokens.read(Purpose.UNSUBSCRIBE, report.reference).row)
        except BadToken:
            return self._by_address(report.recipient)

    def _by_address(self, recipient: str) -> About:
        try:
            key = normalise(recipient).key
        except InvalidAddress:
            return About()
        mine = select(Subscription.id).join(Subscriber).where(Subscriber.address == key)
        return About(None, self.session.scalars(mine.order_by(Subscription.changed_at.desc()).limit(1)).first())

    def _note(self, incoming: Incoming, report: Report, about: About, follows: Consequence) -> bool:
        """Write the report; tell whether it is new."""
        values = {
            "incoming_id": incoming.id,
            "source": incoming.source,
            "key": report.key,
            "kind": report.kind,
            "at": report.at,
            "issue_id": about.issue_id if self._is_issue(about.issue_id) else None,
            "subscription_id": about.subscription_id if self._subscription(about) else None,
            "recipient": report.recipient[:320],
            "status": report.status[:16],
            "words": report.words,
            "remote_id": report.remote_id,
            "consequence": follows,
        }
        insert = insert_missing(self.session, ReportRow, ["source", "key"]).values(values).returning(ReportRow.id)
        return self.session.scalars(insert).first() is not None

    def _is_issue(self, number: int | None) -> bool:
        if number is not None and number not in self._issues:
            self._issues[number] = self.session.get(IssueRow, number) is not None
        return number is not None and self._issues[number]

    def _subscription(self, about: About) -> Subscription | None:
        return None if about.subscription_id is None else self.session.get(Subscription, about.subscription_id)

    def _too_often(self, about: About) -> bool:
        """Tell whether this failure is one too many among the newsletter's latest issues."""
        if about.subscription_id is None or about.issue_id is None:
            return False
        issue = self.session.get(IssueRow, about.issue_id)
        if issue is None:
            return False
        latest = (
            select(IssueRow.id)
            .where(IssueRow.newsletter == issue.newsletter, IssueRow.locked_at.is_not(None))
            .order_by(IssueRow.date.desc())
            .limit(self.settings.transient_issues)
        )
        failed = select(func.count(func.distinct(ReportRow.issue_id))).where(
            ReportRow.subscription_id == about.subscription_id,
            ReportRow.kind.in_([ReportKind.BOUNCED, ReportKind.REFUSED]),
            ReportRow.consequence == Consequence.COUNTED,
            ReportRow.issue_id.in_(latest),
            ReportRow.issue_id != issue.id,
        )
        return (self.session.scalar(failed) or 0) + 1 >= self.settings.transient_limit

    def _act(self, report: Report, about: About, follows: Consequence, source: str) -> None:
        subscription = self._subscription(about)
        if subscription is None:
            return
        evidence = Evidence("mail" if source == "mail" else "provider", actor=source)
        if follows is Consequence.SUPPRESSED:
            email = subscription.subscriber.email
            bounced(self.session, [Bounce(subscription.id, email, report.status, report.words)], self.now)
        elif follows is Consequence.COMPLAINED:
            complained(self.session, self.tokens, subscription.id, evidence, self.now, words=report.words)
        elif follows is Consequence.LEFT:
            leaving.unsubscribe(self.session, subscription.id, evidence, self.now)
