"""What comes: the evenings of the next weeks by newsletter, with holidays and issues that are there already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.issues import schedule
from newsletter.issues.tables import IssueRow
from newsletter.settings import NewsletterSettings
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.summaries import IssueSummary, summarise

DAYS: Final = 42
BACK: Final = 7  # days before today that are shown as well


@dataclass(frozen=True, slots=True)
class Day:
    """A local date of one newsletter: an evening, a holiday, or neither; with the issue where there is one."""

    date: dt.date
    newsletter: NewsletterSettings
    evening: schedule.Evening | None
    issue: IssueSummary | None

    @property
    def is_holiday(self) -> bool:
        """Tell whether it would have been an evening."""
        return self.newsletter.rests_on(self.date) and self.date.weekday() in self.newsletter.days


@dataclass(frozen=True, slots=True)
class Calendar:
    """The view, and what it looks through."""

    app: App

    @needs(Role.VIEWER)
    def page(self) -> ResponseReturnValue:
        """Show what comes."""
        zone = self.app.settings.site.time_zone
        today = self.app.clock.now().astimezone(zone).date()
        with self.app.database.reading() as rows:
            issues = self._issues(rows, today)
            weeks = list(self._weeks(issues, today))
        return render_template("web/desk/calendar.html", weeks=weeks, today=today)

    def _issues(self, rows: Session, today: dt.date) -> dict[tuple[str, dt.date], IssueSummary]:
        wanted = select(IssueRow).where(IssueRow.date >= today - dt.timedelta(days=BACK), IssueRow.part == 0)
        found = summarise(rows, self.app.settings, rows.scalars(wanted).all())
        return {(each.newsletter, each.date): each for each in found}

    def _weeks(
        self, issues: dict[tuple[str, dt.date], IssueSummary], today: dt.date
    ) -> Iterator[tuple[dt.date, list[Day]]]:
        """Yield each week by its Monday with the days on which something comes, or would."""
        settings, zone = self.app.settings, self.app.settings.site.time_zone
        start = today - dt.timedelta(days=BACK + (today.weekday() - BACK) % 7)
        for monday in (start + dt.timedelta(weeks=week) for week in range((DAYS + BACK) // 7 + 1)):
            dates = [monday + dt.timedelta(days=number) for number in range(7)]
            days = [
                Day(
                    date,
                    each,
                    schedule.evening(each, zone, date),
                    issues.get((each.slug, date)),
                )
                for date in dates
                for each in settings.newsletters
            ]
            yield monday, [day for day in days if day.evening or day.issue or day.is_holiday]
