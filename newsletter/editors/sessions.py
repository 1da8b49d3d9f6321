"""Sessions as rows, so that they can be seen and ended. The cookie has a key; the row knows only its hash.

A session lapses when it was not used for a while (`idle`), and in any case some time after it began (`lasts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session, joinedload

from newsletter.clock import Chance
from newsletter.editors.tables import DeskSession
from newsletter.settings import DeskSettings
from subscribers.database import Database

SEEN_IS_KEPT_TO = timedelta(minutes=1)
_KEY = 32  # octets
_LONGEST_NAME = 300
KNOWN_FOR = timedelta(days=90)  # that a network from which somebody signed in is theirs


@dataclass(frozen=True, slots=True)
class Browser:
    """From where somebody comes: a network address, and what the browser says it is."""

    network_address: str
    name: str


def begin(session: Session, chance: Chance, editor_id: int, browser: Browser, now: datetime, *, way: str) -> str:
    """Sign somebody in; return what the cookie keeps."""
    key = chance.token(_KEY)
    row = DeskSession(editor_id=editor_id, key_hash=_hashed(key), way=way)
    row.created_at = row.seen_at = row.proven_at = now
    row.network_address, row.browser = browser.network_address[:45], browser.name[:_LONGEST_NAME]
    session.add(row)
    session.flush()
    return f"{row.id}.{key}"


def recognise(session: Session, cookie: str, limits: DeskSettings, now: datetime) -> DeskSession | None:
    """Return the session that a cookie is of, with its editor, while it is good."""
    number, _, key = cookie.partition(".")
    if not (number.isdecimal() and len(number) < 10):
        return None
    wanted = select(DeskSession).options(joinedload(DeskSession.editor))
    row = session.scalars(wanted.where(DeskSession.id == int(number), *_good(limits, now))).one_or_none()
    fits = row is not None and compare_digest(row.key_hash, _hashed(key))
    return row if fits and row is not None and row.editor.disabled_at is None else None


def was_of(session: Session, cookie: str, editor_id: int) -> bool:
    """Tell whether a cookie is of a session that was somebody's, also where it is over."""
    number, _, key = cookie.partition(".")
    row = session.get(DeskSession, int(number)) if number.isdecimal() and len(number) < 10 else None
    return row is not None and row.editor_id == editor_id and compare_digest(row.key_hash, _hashed(key))


def note_use(session: Session, number: int, network_address: str, now: datetime) -> None:
    """Write down that a session was used just now, and from where."""
    row = DeskSession.id == number, DeskSession.ended_at.is_(None)
    session.execute(update(DeskSession).where(*row).values(seen_at=now, network_address=network_address[:45]))


def note_proof(session: Session, number: int, now: datetime) -> None:
    """Write down that whoever is signed in just showed again who they are."""
    session.execute(update(DeskSession).where(DeskSession.id == number).values(proven_at=now))


def of(session: Session, editor_id: int, limits: DeskSettings, now: datetime) -> list[DeskSession]:
    """Return somebody's good sessions, the one used last first."""
    wanted = select(DeskSession).where(DeskSession.editor_id == editor_id, *_good(limits, now))
    return list(session.scalars(wanted.order_by(DeskSession.seen_at.desc(), DeskSession.id.desc())))


def end(session: Session, number: int, editor_id: int, now: datetime, *, by: str) -> bool:
    """End one session of somebody's; tell whether there was something to end."""
    return _end(session, now, by, DeskSession.id == number, DeskSession.editor_id == editor_id) > 0


def end_all(session: Session, editor_id: int, now: datetime, *, by: str, but: int | None = None) -> int:
    """End all of somebody's sessions, but perhaps one; return how many."""
    return _end(session, now, by, DeskSession.editor_id == editor_id, DeskSession.id != (but or 0))


def is_known(session: Session, editor_id: int, network_address: str, now: datetime) -> bool:
    """Tell whether somebody signed in from that network address lately."""
    lately = DeskSession.created_at > now - KNOWN_FOR, DeskSession.network_address == network_address[:45]
    wanted = select(DeskSession.id).where(DeskSession.editor_id == editor_id, *lately).limit(1)
    return session.scalars(wanted).first() is not None


def tidy(database: Database, before: datetime) -> None:
    """Drop the sessions that were used last before a moment."""
    with database.writing() as session:
        session.execute(delete(DeskSession).where(DeskSession.seen_at < before))


def last_seen(session: Session) -> dict[int, datetime]:
    """Return when each editor used the desk last, by number."""
    rows = session.execute(select(DeskSession.editor_id, DeskSession.seen_at).order_by(DeskSession.seen_at))
    return {row.editor_id: row.seen_at for row in rows}


def _good(limits: DeskSettings, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        DeskSession.ended_at.is_(None),
        DeskSession.seen_at > now - limits.session_idle,
        DeskSession.created_at > now - limits.session_lasts,
    )


def _end(session: Session, now: datetime, by: str, *which: ColumnElement[bool]) -> int:
    ended = update(DeskSession).where(DeskSession.ended_at.is_(None), *which)
    return len(session.scalars(ended.values(ended_at=now, ended_by=by).returning(DeskSession.id)).all())


def _hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()
