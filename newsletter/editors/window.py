"""The editors' window: who is written to about an issue that waits. The row is the mail's outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from newsletter.editors.roles import Role
from newsletter.editors.tables import Editor, LinkState, WindowKind, WindowMail
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from subscribers.inserting import insert_missing

WAITING = frozenset({IssueState.DRAFT, IssueState.HELD, IssueState.APPROVED})
_TOLD = frozenset(role for role in Role if role.includes(Role.EDITOR))


def owe(session: Session, issue_id: int, kind: WindowKind, now: datetime) -> int:
    """Owe a mail to everybody who shapes issues, each once; return how many are new. `now` is aware UTC."""
    told = select(Editor.id).where(
        Editor.role.in_(_TOLD), Editor.disabled_at.is_(None), Editor.accepted_at.is_not(None)
    )
    known = select(WindowMail.editor_id).where(WindowMail.issue_id == issue_id, WindowMail.kind == kind)
    new = session.scalars(told.where(Editor.id.not_in(known))).all()
    for editor_id in new:
        values = {"issue_id": issue_id, "editor_id": editor_id, "kind": kind, "created_at": now, "due_at": now}
        values |= {"state": LinkState.OWED, "attempts": 0, "reply": ""}
        session.execute(insert_missing(session, WindowMail, ["issue_id", "editor_id", "kind"]).values(values))
    return len(new)


def is_owed(session: Session, issue_id: int, kind: WindowKind) -> bool:
    """Tell whether somebody was, or is to be, written to for that reason."""
    known = select(WindowMail.id).where(WindowMail.issue_id == issue_id, WindowMail.kind == kind).limit(1)
    return session.scalar(known) is not None


def due(now: datetime) -> Select[WindowMail, Editor, IssueRow]:
    """Return the statement of the next mail to send: what is owed, and what its sender died over.

    One that comes twice has the same Message-ID.
    """
    lapsed = (WindowMail.state == LinkState.CLAIMED) & (WindowMail.lease_until < now)
    owed = (WindowMail.state == LinkState.OWED) & (WindowMail.due_at <= now)
    wanted = select(WindowMail, Editor, IssueRow).join(Editor, Editor.id == WindowMail.editor_id)
    wanted = wanted.join(IssueRow, IssueRow.id == WindowMail.issue_id).where(owed | lapsed)
    return wanted.order_by(WindowMail.due_at, WindowMail.id).limit(1)


def forget_pointless(session: Session) -> None:
    """Drop what is still owed about issues that wait no longer."""
    gone = select(IssueRow.id).where(IssueRow.state.not_in(WAITING))
    session.execute(delete(WindowMail).where(WindowMail.state == LinkState.OWED, WindowMail.issue_id.in_(gone)))
