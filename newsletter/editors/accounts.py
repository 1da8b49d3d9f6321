"""The desk's accounts: opened, invited, changed, disabled.

Nothing here writes while it checks a password, so that the work is never done under the database's write lock. An
account is never deleted, because histories name it; a disabled one opens nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.editors import links, passwords, second_factor, sessions
from newsletter.editors.log import About, note
from newsletter.editors.roles import Role
from newsletter.editors.tables import DeskLink, Editor, LinkKind
from subscribers.addresses import InvalidAddress, normalise

LONGEST_NAME = 200


class EditorExists(ValueError):
    """Somebody with that address already works at the desk."""


class LastAdministrator(ValueError):
    """Without this account nobody could change accounts any more."""


def add_editor(
    session: Session,
    email: str,
    name: str,
    password: str,
    now: datetime,
    *,
    role: Role = Role.ADMINISTRATOR,
    actor: str = "cli",
) -> Editor:
    """Open an account. `now` is aware UTC. Raises InvalidAddress, PasswordRefused, EditorExists."""
    address = normalise(email).key
    passwords.require_good(password, address, name)
    _require_new(session, address)
    editor = Editor(email=address, name=_good_name(name), role=role, password_hash=passwords.hashed(password))
    editor.created_at = editor.accepted_at = now
    session.add(editor)
    note(session, now, actor, "opened", About.ACCOUNT, subject=address, detail=f"as {role}")
    session.flush()
    return editor


def invite(
    session: Session, email: str, name: str, now: datetime, *, role: Role, actor: str, lasts: timedelta
) -> DeskLink:
    """Open an account for somebody who is mailed how to begin. Raises InvalidAddress, EditorExists.

    Whoever was invited and has not begun is invited once more, with the role and name of now; the former link is
    good for nothing then.
    """
    address = normalise(email).key
    editor = find(session, address)
    if editor is None:
        editor = Editor(email=address, created_at=now)
        session.add(editor)
    elif editor.accepted_at is not None or editor.disabled_at is not None:
        raise EditorExists(f"{address} already has an account at the desk")
    editor.name, editor.role = _good_name(name) or editor.name or "", role
    session.flush()
    links.void(session, editor.id, now)
    note(session, now, actor, "invited", About.ACCOUNT, subject=address, detail=f"as {role}")
    return links.owe(session, LinkKind.INVITATION, editor, now, lasts, made_by=actor)


def accept(session: Session, editor: Editor, password: str | None, now: datetime) -> None:
    """Begin to work here, with a password or by links alone. Raises PasswordRefused."""
    if password is not None:
        passwords.require_good(password, editor.email, editor.name)
        editor.password_hash = passwords.hashed(password)
    if editor.accepted_at is None:
        editor.accepted_at = now
        how = "by mailed links" if password is None else "with a password"
        note(
            session, now, editor.email, "accepted the invitation", About.ACCOUNT, subject=editor.email, detail=how
        )


def set_password(session: Session, email: str, password: str, now: datetime, *, actor: str = "cli") -> Editor:
    """Give the account a new password and so end its sessions. Raises LookupError, PasswordRefused."""
    editor = require(session, email)
    passwords.require_good(password, editor.email, editor.name)
    editor.password_hash, editor.accepted_at = passwords.hashed(password), editor.accepted_at or now
    sessions.end_all(session, editor.id, now, by=actor)
    note(session, now, actor, "changed the password", About.ACCOUNT, subject=editor.email)
    session.flush()
    return editor


def change_role(session: Session, editor: Editor, role: Role, now: datetime, *, actor: str) -> None:
    """Let somebody do more or less from their next click on. Raises LastAdministrator."""
    if role is not Role.ADMINISTRATOR:
        _require_another(session, editor)
    if editor.role != role:
        note(
            session,
            now,
            actor,
            "changed the role",
            About.ACCOUNT,
            subject=editor.email,
            detail=f"{editor.role} → {role}",
        )
        editor.role = role


def disable(session: Session, editor: Editor, now: datetime, *, actor: str) -> None:
    """Shut somebody out at once: sessions end, links are void. Again changes nothing. Raises LastAdministrator."""
    _require_another(session, editor)
    if editor.disabled_at is None:
        editor.disabled_at = now
        sessions.end_all(session, editor.id, now, by=actor)
        links.void(session, editor.id, now)
        note(session, now, actor, "disabled", About.ACCOUNT, subject=editor.email)


def enable(session: Session, editor: Editor, now: datetime, *, actor: str) -> None:
    """Let somebody in again. Again changes nothing."""
    if editor.disabled_at is not None:
        editor.disabled_at = None
        note(session, now, actor, "enabled", About.ACCOUNT, subject=editor.email)


def reset_second_factor(session: Session, editor: Editor, now: datetime, *, actor: str) -> None:
    """Take a lost second factor off, and end what was signed in with it."""
    second_factor.turn_off(session, editor.id)
    sessions.end_all(session, editor.id, now, by=actor)
    note(session, now, actor, "took the second factor off", About.ACCOUNT, subject=editor.email)


def verify(session: Session, email: str, password: str) -> Editor | None:
    """Return the editor whose address and password these are. Only reads.

    When the hash is outdated, call `renew_hash` in a transaction that may write.
    """
    editor = find(session, email)
    fits = passwords.matches(editor.password_hash if editor else None, password)
    return editor if fits and editor and editor.disabled_at is None else None


def outdated(editor: Editor) -> bool:
    """Tell whether the password's hash was made with other parameters than today's."""
    return editor.password_hash is not None and passwords.outdated(editor.password_hash)


def renew_hash(session: Session, editor_id: int, password: str) -> Editor:
    """Hash a password that was just verified anew, with today's parameters."""
    editor = session.get_one(Editor, editor_id)
    editor.password_hash = passwords.hashed(password)
    session.flush()
    return editor


def find(session: Session, email: str) -> Editor | None:
    """Return the editor with that address, however it is written."""
    try:
        address = normalise(email).key
    except InvalidAddress:
        address = ""
    return session.scalars(select(Editor).where(Editor.email == address)).one_or_none()


def require(session: Session, email: str) -> Editor:
    """Return the editor with that address. Raises LookupError."""
    editor = find(session, email)
    if editor is None:
        raise LookupError(f"nobody at the desk has the address {email}")
    return editor


def everybody(session: Session) -> list[Editor]:
    """Return all accounts, the disabled ones last."""
    return list(session.scalars(select(Editor).order_by(Editor.disabled_at.is_not(None), Editor.email)))


def _require_new(session: Session, address: str) -> None:
    if find(session, address) is not None:
        raise EditorExists(f"{address} already has an account at the desk")


def _require_another(session: Session, editor: Editor) -> None:
    """Refuse to lose the last administrator who has begun and is not shut out.

    All of them are locked in one order, so that two administrators cannot disable each other at once.
    """
    able = Editor.role == Role.ADMINISTRATOR, Editor.disabled_at.is_(None), Editor.accepted_at.is_not(None)
    administrators = session.scalars(select(Editor.id).where(*able).order_by(Editor.id).with_for_update()).all()
    if list(administrators) == [editor.id]:
        raise LastAdministrator(f"{editor.email} is the last administrator; make somebody else one first")


def _good_name(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]


def count(session: Session) -> int:
    """Return how many accounts there are."""
    return session.scalar(select(func.count()).select_from(Editor)) or 0
