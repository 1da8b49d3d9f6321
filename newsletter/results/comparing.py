"""An issue beside the weeks before: the medians of the same weekday; as CSV and as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.issues.tables import IssueRow
from newsletter.results.figures import Figures, SectionFigures, StoryFigures, by_story, figures
from subscribers.spreadsheet import harmless

WEEKS = 8  # earlier issues of the same weekday that are looked at
_LOOKED_AT = 120  # issues among which they are sought
COMPARED = (
    "sent", "accepted", "rejected", "in_doubt", "withdrawn", "bounced", "complained", "left", "opened", "clicked",
)  # fmt: skip
WORDS = {
    "sent": "Sent to",
    "accepted": "Accepted",
    "rejected": "Refused",
    "in_doubt": "In doubt",
    "withdrawn": "Withdrawn before it was sent",
    "bounced": "Came back later",
    "complained": "Called it spam",
    "left": "Left before the next issue",
    "opened": "Opened it",
    "clicked": "Clicked",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure, and its median over the weeks before; None where it was not counted."""

    name: str
    number: int | None
    usual: float | None

    @property
    def words(self) -> str:
        """What the figure is called."""
        return WORDS[self.name]


@dataclass(frozen=True, slots=True)
class IssueReport:
    """Everything that is told of an issue. `before` are the same weekday's issues, the oldest first."""

    figures: Figures
    before: Sequence[Figures]
    compared: Sequence[Compared]
    stories: Sequence[StoryFigures]
    sections: Sequence[SectionFigures]


def report(session: Session, issue: IssueRow, now: datetime) -> IssueReport:
    """Return the report of an issue as of `now` (aware UTC)."""
    this, before = figures(session, issue, now), [figures(session, each, now) for each in _before(session, issue)]
    stories, sections = by_story(session, issue)
    compared = [Compared(name, getattr(this, name), _usual(before, name)) for name in COMPARED]
    return IssueReport(this, before, compared, stories, sections)


def as_json(told: IssueReport) -> Mapping[str, Any]:
    """Return the report as what JSON can say."""
    return {
        **_plain(told.figures),
        "usual": {each.name: each.usual for each in told.compared},
        "weeks_before": [_plain(each) for each in told.before],
        "stories": [asdict(each) for each in told.stories],
        "sections": [asdict(each) for each in told.sections],
    }


def as_csv(told: IssueReport) -> str:
    """Return the report as one table, safe to open in a spreadsheet: what, of which, the number and the usual."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(("figure", "of", "number", "usual"))
    for each in told.compared:
        writer.writerow((each.name, "", each.number, each.usual))
    for section in told.sections:
        writer.writerow(("section_clicks", harmless(section.section), section.clicks, None))
    for story in told.stories:
        writer.writerow(("story_readers", harmless(story.title), story.readers, None))
        writer.writerow(("story_clicks", harmless(story.title), story.clicks, None))
    return written.getvalue()


def _plain(each: Figures) -> dict[str, Any]:
    return asdict(each) | {"date": each.date.isoformat()}


def _before(session: Session, issue: IssueRow) -> list[IssueRow]:
    earlier = (
        select(IssueRow)
        .where(IssueRow.newsletter == issue.newsletter, IssueRow.part == 0, IssueRow.date < issue.date)
        .where(IssueRow.begun_at.is_not(None))
        .order_by(IssueRow.date.desc())
        .limit(_LOOKED_AT)
    )
    alike = [each for each in session.scalars(earlier) if each.date.weekday() == issue.date.weekday()]
    return alike[:WEEKS][::-1]


def _usual(before: Sequence[Figures], name: str) -> float | None:
    numbers = [number for each in before if (number := getattr(each, name)) is not None]
    return float(median(numbers)) if numbers else None
