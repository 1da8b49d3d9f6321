"""An issue's editions: tonight's, and the best of the week for who was sent nothing since some evening."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from newsletter.domain.issue import IssueDraft
from newsletter.issues import selection
from newsletter.issues.tables import IssueRow
from newsletter.issues.weekly import Night, best_of_week
from newsletter.settings import Settings


@dataclass(slots=True)
class Editions:
    """The drafts of one issue; the week's stories are read when the first weekly edition is asked for."""

    session: Session
    settings: Settings
    issue: IssueRow
    tonight: IssueDraft
    _nights: list[Night] | None = None
    _weekly: dict[date, IssueDraft] = field(default_factory=dict)

    def of(self, since: date | None) -> IssueDraft:
        """Return tonight's draft, or the best of the evenings after `since`."""
        if since is None:
            return self.tonight
        if self._nights is None:
            self._nights = selection.nights(self.session, self.issue)
        if since not in self._weekly:
            newsletter = self.settings.newsletter(self.issue.newsletter)
            self._weekly[since] = best_of_week(self.tonight, self._nights, newsletter, since)
        return self._weekly[since]
