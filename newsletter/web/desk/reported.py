"""An issue's report at the desk: as a page, as CSV for spreadsheets, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from newsletter.app import App
from newsletter.issues.tables import IssueRow
from newsletter.results.comparing import IssueReport, as_csv, as_json, report
from newsletter.web.desk.charts import Chart, Series, lines
from newsletter.web.desk.moments import short_day
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.summaries import IssueSummary, newsletter_of, summarise


@dataclass(frozen=True, slots=True)
class Reported:
    """The views of a report, and what they look through."""

    app: App

    @needs(Role.VIEWER)
    def page(self, issue_id: int) -> ResponseReturnValue:
        """Show how an issue did, beside the same weekday's before."""
        issue, told = self._told(issue_id)
        newsletter = newsletter_of(self.app.settings, issue.newsletter)
        titles = {each.name: each.title for each in newsletter.sections} if newsletter else {}
        return render_template(
            "web/desk/report.html",
            issue=issue,
            told=told,
            titles=titles,
            charts=charts(told) if told.before else (),
        )

    @needs(Role.VIEWER)
    def csv(self, issue_id: int) -> ResponseReturnValue:
        """Give the report as a table."""
        issue, told = self._told(issue_id)
        return _file(as_csv(told), "text/csv", f"{issue.newsletter}-{issue.date}.csv")

    @needs(Role.VIEWER)
    def json(self, issue_id: int) -> ResponseReturnValue:
        """Give the report as one document."""
        issue, told = self._told(issue_id)
        text = json.dumps(as_json(told), ensure_ascii=False, indent=2)
        return _file(text, "application/json", f"{issue.newsletter}-{issue.date}.json")

    def _told(self, issue_id: int) -> tuple[IssueSummary, IssueReport]:
        with self.app.database.reading() as rows:
            row = rows.get(IssueRow, issue_id) or abort(404, "There is no such issue.")
            [issue] = summarise(rows, self.app.settings, [row])
            return issue, report(rows, row, self.app.clock.now())


def charts(told: IssueReport) -> Sequence[Chart]:
    """Return how many got, opened and left it, week by week."""
    weeks = [*told.before, told.figures]
    labels = [f"{short_day(each.date)} {each.date:%Y}" for each in weeks]
    reached = [Series("accepted", "line-active", [each.accepted for each in weeks])]
    if any(each.opened is not None for each in weeks):
        reached.append(Series("opened", "line-confirmed", [each.opened or 0 for each in weeks]))
    lost = [
        Series("left", "line-signed-up", [each.left for each in weeks]),
        Series("came back", "line-confirmed", [each.bounced for each in weeks]),
    ]
    about = "of this issue and the same weekday’s before."
    return (
        lines("Reached", f"How many readers’ mail servers accepted it, {about}", labels, *reached, from_zero=True),
        lines("Lost", f"How many left, and how many letters came back, {about}", labels, *lost, from_zero=True),
    )


def _file(text: str, media_type: str, name: str) -> Response:
    answer = Response(text, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
