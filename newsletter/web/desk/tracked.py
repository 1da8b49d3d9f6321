"""An issue's opens and clicks as the desk shows them: persons and machines apart."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from newsletter.app import App
from newsletter.issues.tables import IssueRow
from newsletter.tracking.figures import figures
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.summaries import newsletter_of, summarise


@dataclass(frozen=True, slots=True)
class Tracked:
    """The page, and what it looks through."""

    app: App

    @needs(Role.VIEWER)
    def page(self, issue_id: int) -> ResponseReturnValue:
        """Show what was counted of an issue, the stories with the most readers first."""
        settings = self.app.settings
        with self.app.database.reading() as rows:
            row = rows.get(IssueRow, issue_id) or abort(404, "There is no such issue.")
            [issue] = summarise(rows, settings, [row])
            told = figures(rows, issue_id)
        newsletter = newsletter_of(settings, row.newsletter)
        links = sorted(told.links, key=lambda link: (-link.clicks.persons.readers, link.number))
        return render_template(
            "web/desk/tracking.html",
            issue=issue,
            told=told,
            links=links,
            most=max((link.clicks.persons.readers for link in links), default=0),
            tracking=newsletter.tracking if newsletter else settings.tracking,
        )
