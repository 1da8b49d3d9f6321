"""Links that are mailed to somebody at the desk, signed, and good for one use within their time.

Whether a link is open is the row's; using it is one statement, so of two who use it at once one wins. A link that
was asked for with an address that nobody here has is a row like the others, and nothing is sent: what an address
is to us changes neither the answer nor the statements that are executed for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from newsletter.editors.tables import DeskLink, Editor, LinkKind, LinkState
from subscribers.database import Database
from subscribers.tokens import BadToken, Purpose, Tokens

SIGN_IN_LASTS = timedelta(minutes=15)
_PURPOSES = {LinkKind.INVITATION: Purpose.INVITATION, LinkKind.SIGN_IN: Purpose.SIGN_IN}


class DeadLink(Exception):
    """The link was used, is too old, was taken back, or is none of ours."""


def owe(
    session: Session, kind: LinkKind, editor: Editor | None, now: datetime, lasts: timedelta, *, made_by: str = ""
) -> DeskLink:
    """Make a link and owe its mail; to nobody where there is no such editor, or one who is shut out."""
    able = editor is not None and editor.disabled_at is None
    link = DeskLink(kind=kind, editor_id=editor.id if editor and able else None, made_by=made_by)
    link.state = LinkState.OWED if able else LinkState.NOBODY
    link.created_at = link.due_at = now
    link.expires_at = now + lasts
    session.add(link)
    session.flush()
    return link


def written(tokens: Tokens, link: DeskLink) -> str:
    """Return the token that the link carries."""
    return tokens.sign(_PURPOSES[LinkKind(link.kind)], link.id, link.created_at)


def whose(session: Session, tokens: Tokens, kind: LinkKind, text: str, now: datetime) -> Editor:
    """Return whom an open link lets in, and change nothing. Raises DeadLink."""
    link = session.get(DeskLink, _number(session, tokens, kind, text))
    if link is None or link.used_at is not None or link.expires_at <= now or link.editor_id is None:
        raise DeadLink
    return session.get_one(Editor, link.editor_id)


def use(session: Session, tokens: Tokens, kind: LinkKind, text: str, now: datetime) -> Editor:
    """Use a link up and return whom it lets in. Raises DeadLink."""
    number = _number(session, tokens, kind, text)
    is_open = DeskLink.id == number, DeskLink.used_at.is_(None), DeskLink.expires_at > now
    taken = update(DeskLink).where(*is_open).values(used_at=now).returning(DeskLink.editor_id)
    editor_id = session.scalars(taken).one_or_none()
    editor = session.get(Editor, editor_id) if editor_id is not None else None
    if editor is None or editor.disabled_at is not None:
        raise DeadLink
    return editor


def void(session: Session, editor_id: int, now: datetime) -> None:
    """Make every open link of somebody's good for nothing."""
    session.execute(
        update(DeskLink).where(DeskLink.editor_id == editor_id, DeskLink.used_at.is_(None)).values(used_at=now)
    )


def latest_invitation(session: Session, editor_id: int) -> DeskLink | None:
    """Return the invitation that was mailed last."""
    wanted = select(DeskLink).where(DeskLink.editor_id == editor_id, DeskLink.kind == LinkKind.INVITATION)
    return session.scalars(wanted.order_by(DeskLink.id.desc()).limit(1)).one_or_none()


def tidy(database: Database, before: datetime) -> None:
    """Drop the links that expired before a moment."""
    with database.writing() as session:
        session.execute(delete(DeskLink).where(DeskLink.expires_at < before))


def _number(session: Session, tokens: Tokens, kind: LinkKind, text: str) -> int:
    """Return the row of a link of that kind. A row's number may be given anew; the moment tells them apart."""
    try:
        token = tokens.read(_PURPOSES[kind], text)
    except BadToken:
        raise DeadLink from None
    made_at = session.scalar(select(DeskLink.created_at).where(DeskLink.id == token.row))
    if made_at is None or made_at.replace(microsecond=0) != token.made_at:
        raise DeadLink
    return token.row
