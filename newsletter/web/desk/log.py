"""What was done, by whom and when, from all the books that know a part of it.

The log has accounts, sessions, keys and webhooks; each issue has its history and its edits, each subscription its
events, each import its row. They are read together here, and nothing is written twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.app import App
from newsletter.editors import accounts
from newsletter.editors.tables import LogEntry
from newsletter.issues.shaping.store import edit_of
from newsletter.issues.shaping.tables import EditRow
from newsletter.issues.tables import IssueHistory, IssueRow
from newsletter.web.desk.roles import Role, needs
from newsletter.web.desk.shaping.telling import deed_in_words
from subscribers.models import Import, Subscription, SubscriptionEvent

SHOWN = 100
_BY_PEOPLE = ("desk", "cli")  # sources of events; what readers did themselves stands with the readers


@dataclass(frozen=True, slots=True)
class Question:
    """Which lines are wanted: of one actor, of one issue, of one day in the newsroom, from before a moment."""

    actor: str = ""
    issue_id: int | None = None
    day: dt.date | None = None
    before: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One deed. `at` is aware UTC."""

    at: dt.datetime
    actor: str
    deed: str
    about: str
    subject: str
    detail: str = ""
    issue_id: int | None = None
    reader_id: int | None = None


def lines(rows: Session, asked: Question, zone: ZoneInfo, limit: int = SHOWN) -> list[Line]:
    """Return what was done, the latest first: at most `limit` lines, but always all of one moment."""
    found: list[Line] = []
    for book in (_log, _issues, _edits, *([_readers, _imports] if asked.issue_id is None else [])):
        found += book(rows, asked, zone, limit)
    found.sort(key=lambda line: line.at, reverse=True)
    last = found[limit - 1].at if len(found) > limit else None
    return [line for line in found if last is None or line.at >= last]


@dataclass(frozen=True, slots=True)
class LogPage:
    """The page, and what it looks through."""

    app: App

    @needs(Role.VIEWER)
    def page(self) -> ResponseReturnValue:
        """Show what was done, filtered."""
        asked, mistake = _question()
        with self.app.database.reading() as rows:
            found = lines(rows, asked, self.app.settings.site.time_zone)
            people = [editor.email for editor in accounts.everybody(rows)]
        page = render_template(
            "web/desk/log.html",
            asked=asked,
            lines=found,
            has_more=len(found) >= SHOWN,
            people=[*people, "cli", "daemon"],
            mistake=mistake,
        )
        return page, 400 if mistake else 200


def _question() -> tuple[Question, str]:
    """Return what is asked for, and what could not be read of it."""
    typed = request.args
    try:
        return Question(
            actor=typed.get("actor", "").strip()[:320],
            issue_id=min(int(typed["issue"]), 2**31 - 1) if typed.get("issue") else None,
            day=dt.date.fromisoformat(typed["day"]) if typed.get("day") else None,
            before=dt.datetime.fromisoformat(typed["before"]).astimezone(dt.UTC) if typed.get("before") else None,
        ), ""
    except (ValueError, OverflowError):
        return Question(), "An issue is a number, and a day is written like 2026-09-30."


def _log(rows: Session, asked: Question, zone: ZoneInfo, limit: int) -> Iterator[Line]:
    which = _which(asked, zone, LogEntry.at, LogEntry.actor)
    which += [LogEntry.issue_id == asked.issue_id] if asked.issue_id is not None else []
    latest = LogEntry.at.desc(), LogEntry.id.desc()
    for one in rows.scalars(select(LogEntry).where(*which).order_by(*latest).limit(limit)):
        yield Line(one.at, one.actor, one.deed, one.about, one.subject, one.detail, one.issue_id)


def _issues(rows: Session, asked: Question, zone: ZoneInfo, limit: int) -> Iterator[Line]:
    which = _which(asked, zone, IssueHistory.at, IssueHistory.actor)
    which += [IssueHistory.issue_id == asked.issue_id] if asked.issue_id is not None else []
    wanted = select(IssueHistory, IssueRow.newsletter, IssueRow.date).join(IssueRow).where(*which)
    latest = IssueHistory.at.desc(), IssueHistory.id.desc()
    for one, newsletter, date in rows.execute(wanted.order_by(*latest).limit(limit)):
        deed = one.event.replace("_", " ")
        yield Line(one.at, one.actor, deed, "issue", f"{newsletter} {date}", one.detail, one.issue_id)


def _edits(rows: Session, asked: Question, zone: ZoneInfo, limit: int) -> Iterator[Line]:
    """Yield what editors changed of issues; what holds in all of a newsletter's has no issue."""
    which = _which(asked, zone, EditRow.at, EditRow.actor)
    which += [EditRow.issue_id == asked.issue_id] if asked.issue_id is not None else []
    wanted = select(EditRow, IssueRow.date).outerjoin(IssueRow, IssueRow.id == EditRow.issue_id).where(*which)
    latest = EditRow.at.desc(), EditRow.id.desc()
    for one, date in rows.execute(wanted.order_by(*latest).limit(limit)):
        subject = f"{one.newsletter} {date}" if date else one.newsletter
        yield Line(one.at, one.actor, deed_in_words(edit_of(one)), "issue", subject, issue_id=one.issue_id)


def _readers(rows: Session, asked: Question, zone: ZoneInfo, limit: int) -> Iterator[Line]:
    event = SubscriptionEvent
    which = [*_which(asked, zone, event.at, event.actor), event.source.in_(_BY_PEOPLE), event.actor != ""]
    wanted = select(event, Subscription.subscriber_id, Subscription.newsletter).join(Subscription).where(*which)
    for one, reader, newsletter in rows.execute(wanted.order_by(event.at.desc(), event.id.desc()).limit(limit)):
        deed = one.event.replace("_", " ")
        yield Line(one.at, one.actor, deed, "reader", f"{reader}, {newsletter}", reader_id=reader)


def _imports(rows: Session, asked: Question, zone: ZoneInfo, limit: int) -> Iterator[Line]:
    """Yield the imports by command; of those at the desk the log itself tells."""
    which = [*_which(asked, zone, Import.started_at, Import.actor), Import.actor.startswith("cli")]
    wanted = select(Import).where(*which)
    for one in rows.scalars(wanted.order_by(Import.started_at.desc(), Import.id.desc()).limit(limit)):
        yield Line(one.started_at, one.actor, "imported", "readers", one.newsletter, f"{one.added:,} added")


def _which(
    asked: Question, zone: ZoneInfo, at: InstrumentedAttribute[dt.datetime], actor: InstrumentedAttribute[str]
) -> list[ColumnElement[bool]]:
    """Narrow one book down to what was asked for."""
    which: list[ColumnElement[bool]] = []
    if asked.actor:
        which.append((actor == asked.actor) | actor.startswith(f"{asked.actor}:", autoescape=True))
    if asked.day is not None:
        which += [at >= _midnight(asked.day, zone), at < _midnight(asked.day + dt.timedelta(days=1), zone)]
    if asked.before is not None:
        which.append(at < asked.before)
    return which


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)
