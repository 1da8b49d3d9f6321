"""The numbered links of an issue: where its letters' links lead, in a table that only printing writes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.rendering.counting import Counting
from newsletter.settings import TrackingSettings
from newsletter.tracking.tables import TrackedLink


@dataclass(slots=True)
class Links:
    """Numbers an issue's links while its letters are printed, from 1. The same address has the same number.

    Printing a further version goes on where the last left off.
    """

    session: Session
    issue_id: int
    numbers: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = {url: number for number, url in targets(self.session, self.issue_id).items()}

    def counting(self, settings: TrackingSettings) -> Counting:
        """Return what a letter is to be printed with."""
        return Counting(self.issue_id, self.number, opens=settings.opens, clicks=settings.clicks)

    def number(self, url: str, title: str) -> int:
        """Return the link's number, and write down where it leads."""
        if url not in self.numbers:
            number = self.numbers[url] = len(self.numbers) + 1
            self.session.add(TrackedLink(issue_id=self.issue_id, number=number, url=url, title=title))
        return self.numbers[url]


def targets(session: Session, issue_id: int) -> Mapping[int, str]:
    """Return where each of an issue's links leads."""
    wanted = select(TrackedLink.number, TrackedLink.url).where(TrackedLink.issue_id == issue_id)
    return {link.number: link.url for link in session.execute(wanted)}


def target(session: Session, issue_id: int, number: int) -> str | None:
    """Return where a link leads, None when there is no such link."""
    link = session.get(TrackedLink, (issue_id, number))
    return link.url if link else None
