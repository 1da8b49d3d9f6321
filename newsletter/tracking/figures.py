"""What an issue's readers did, in figures: persons and machines apart, live hits and sums together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from newsletter.tracking.judging import Kind, Who
from newsletter.tracking.sums import kept, of_hits
from newsletter.tracking.tables import Hit, HitSum, TrackedLink


@dataclass(frozen=True, slots=True)
class Tally:
    """How many hits, by how many readers; hits that came after the readers were forgotten count without one."""

    hits: int = 0
    readers: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.hits + other.hits, self.readers + other.readers)


@dataclass(frozen=True, slots=True)
class Told:
    """Persons and machines, never together. A reader can be among both: a scanner looks first."""

    persons: Tally = Tally()
    machines: Tally = Tally()


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """The clicks on one link."""

    number: int
    title: str
    url: str
    clicks: Told


@dataclass(frozen=True, slots=True)
class IssueFigures:
    """An issue's openings and clicks. `links` are in the letters' order; none where clicks were not counted."""

    opens: Told
    clicks: Told
    links: Sequence[LinkFigures]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was ever counted of the issue."""
        return not self.links and self.opens == self.clicks == Told()


def figures(session: Session, issue_id: int) -> IssueFigures:
    """Return what was counted of an issue."""
    tallies = _tallies(session, issue_id)
    links = select(TrackedLink).where(TrackedLink.issue_id == issue_id).order_by(TrackedLink.number)

    def told(kind: Kind, link: int = 0) -> Told:
        return Told(tallies[kind, link, Who.PERSON], tallies[kind, link, Who.MACHINE])

    return IssueFigures(
        opens=told(Kind.OPEN),
        clicks=told(Kind.CLICK),
        links=[
            LinkFigures(link.number, link.title, link.url, told(Kind.CLICK, link.number))
            for link in session.scalars(links)
        ],
    )


def has_any(session: Session, issue_id: int) -> bool:
    """Tell whether anything is counted of an issue, or was."""
    return any(
        session.scalar(select(exists().where(table.issue_id == issue_id))) for table in (TrackedLink, HitSum, Hit)
    )


def _tallies(session: Session, issue_id: int) -> defaultdict[tuple[str, int, str], Tally]:
    tallies: defaultdict[tuple[str, int, str], Tally] = defaultdict(Tally)
    for each in (*of_hits(session, Hit.issue_id == issue_id), *kept(session, issue_id)):
        tallies[each.kind, each.link, each.who] += Tally(each.hits, each.readers)
    return tallies
