"""What the page of corrections shows of an issue, read in one snapshot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.delivery.corrections import mails, versions
from newsletter.delivery.corrections.mails import Reach
from newsletter.delivery.corrections.tables import CorrectionMailRow, CorrectionRow
from newsletter.domain.article import Article
from newsletter.issues.shaping import store
from newsletter.issues.shaping.shape import Change, Shape
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.web.desk.summaries import IssueSummary, summarise


@dataclass(frozen=True, slots=True)
class Field:
    """A text of the issue that can be corrected, as a correction made now would have it."""

    name: str
    label: str
    value: str
    rows: int = 2


@dataclass(frozen=True, slots=True)
class CorrectionPage:
    """An issue and what can be put right of it.

    `seen` is the last edit; `changes` are those since its letters were frozen last, `frozen_at` when that was.
    `remainder` is how many letters are still to be sent; `mail` is being written, and `stamp` its state. `sent`
    are the mails that went out.
    """

    issue: IssueSummary
    seen: int
    fields: Sequence[Field]
    changes: Sequence[Change]
    version: int
    frozen_at: dt.datetime
    remainder: int
    corrections: Sequence[CorrectionRow]
    mail: CorrectionMailRow | None
    sent: Sequence[CorrectionMailRow]
    stamp: str
    faulty: int
    reach: Reach

    @property
    def can_fix_remainder(self) -> bool:
        """Tell whether there is something to be sent, and nothing leaves at this moment."""
        return self.issue.state is IssueState.PAUSED and self.remainder > 0

    @property
    def versions(self) -> range:
        """The versions that readers can have got."""
        return range(1, self.version + 1)


def page_of(session: Session, app: App, issue_id: int, now: dt.datetime) -> CorrectionPage | None:
    """Return the page; None when there is no such issue, or nothing of it was frozen."""
    row = session.get(IssueRow, issue_id)
    if row is None or row.locked_at is None or row.part:
        return None
    letters = versions.latest(session, issue_id)
    if not letters:
        return None
    version, frozen_at = max(each.version for each in letters), max(each.frozen_at for each in letters)
    [issue] = summarise(session, app.settings, [row])
    shaped = store.shaped(session, app.settings, row)
    mail = mails.unsent(session, issue_id)
    faulty = mail.faulty if mail else max(version - 1, 1)
    since = [
        change
        for edit in shaped.edits
        if edit.deed == "correct" and edit.at >= frozen_at
        for change in edit.changes
    ]
    all_mails = select(CorrectionMailRow).where(
        CorrectionMailRow.issue_id == issue_id, CorrectionMailRow.sent_as.is_not(None)
    )
    made = select(CorrectionRow).where(CorrectionRow.issue_id == issue_id).order_by(CorrectionRow.version)
    return CorrectionPage(
        issue=issue,
        seen=shaped.last,
        fields=_fields(shaped.shape, row, [one.article for one in shaped.board.placed]),
        changes=[change for change in since if not change.is_of_newsletter],
        version=version,
        frozen_at=frozen_at,
        remainder=versions.not_sent(session, issue_id),
        corrections=session.scalars(made).all(),
        mail=mail,
        sent=session.scalars(all_mails.order_by(CorrectionMailRow.id)).all(),
        stamp=mails.stamp(mail),
        faulty=faulty,
        reach=mails.reach(session, row, faulty, now),
    )


def _fields(shape: Shape, row: IssueRow, articles: Sequence[Article]) -> list[Field]:
    words = [
        Field("subject", "Subject", shape.get("subject") or row.subject),
        Field("preheader", "Preheader", shape.get("preheader") or row.preheader),
        Field("note", "Note (Markdown)", shape.get("note") or "", rows=4),
    ]
    for article in articles:
        words.append(Field(f"headline/{article.id}", "Headline", article.title))
        words.append(Field(f"standfirst/{article.id}", f"Standfirst of “{article.title}”", article.standfirst, 3))
    return words
