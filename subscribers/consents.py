"""The words of consent by their version, so that they can be shown whatever the configuration says by then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.inserting import insert_missing
from subscribers.models import ConsentText


def remember(session: Session, version: str, text: str, now: datetime) -> None:
    """Keep the words of a version, unless they are kept already: what a version says never changes."""
    values = {"version": version, "text": text, "first_used_at": now}
    session.execute(insert_missing(session, ConsentText, ["version"]).values(values))


def words(session: Session, versions: Iterable[str]) -> dict[str, str]:
    """Return the words of these versions, as far as they were ever ours."""
    found = session.scalars(select(ConsentText).where(ConsentText.version.in_(set(versions))))
    return {consent.version: consent.text for consent in found}
