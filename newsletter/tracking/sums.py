"""Hits as sums: by what was hit, which link, and who is behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, literal, select, update
from sqlalchemy.orm import Session

from newsletter.tracking.judging import Kind, Reason, Who
from newsletter.tracking.tables import Hit, HitSum
from subscribers.inserting import insert_missing

_WHO = case((Hit.reason == Reason.NONE, Who.PERSON.value), else_=Who.MACHINE.value)


class Sum(NamedTuple):
    """How many hits, by how many readers. Of clicks `link` 0 is the issue as a whole, each reader once."""

    kind: str
    link: int
    who: str
    hits: int
    readers: int


def of_hits(session: Session, *which: ColumnElement[bool]) -> Iterator[Sum]:
    """Yield the sums of these hits."""
    hits, readers = func.count(), func.count(Hit.subscription_id.distinct())
    by_link = select(Hit.kind, Hit.link, _WHO, hits, readers).where(*which).group_by(Hit.kind, Hit.link, _WHO)
    whole = select(Hit.kind, literal(0), _WHO, hits, readers).where(*which, Hit.kind == Kind.CLICK)
    for query in (by_link, whole.group_by(Hit.kind, _WHO)):
        yield from (Sum(*row) for row in session.execute(query))


def kept(session: Session, issue_id: int) -> Iterator[Sum]:
    """Yield an issue's sums whose hits are gone."""
    for row in session.scalars(select(HitSum).where(HitSum.issue_id == issue_id)):
        yield Sum(row.kind, row.link, row.who, row.hits, row.readers)


def keep(session: Session, issue_id: int, more: Sum) -> None:
    """Add to an issue's sums."""
    key = {"issue_id": issue_id, "kind": more.kind, "link": more.link, "who": more.who}
    session.execute(insert_missing(session, HitSum, list(key)).values(**key, hits=0, readers=0))
    session.execute(
        update(HitSum)
        .filter_by(**key)
        .values(hits=HitSum.hits + more.hits, readers=HitSum.readers + more.readers)
        .execution_options(synchronize_session=False)
    )
