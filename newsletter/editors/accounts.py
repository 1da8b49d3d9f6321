"""The desk's accounts: who may sign in, and by what password.

Passwords are kept as argon2id (RFC 9106). Checking one takes about a tenth of a second of work, and as long for an
address that nobody has, so that the time of an answer does not tell who works here. Nothing here writes while it
checks, so that the work is never done under the database's write lock.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.editors.roles import Role
from newsletter.editors.tables import Editor
from subscribers.addresses import InvalidAddress, normalise

MINIMUM_LENGTH = 10
MAXIMUM_LENGTH = 1000
_hasher = PasswordHasher()


class PasswordRefused(ValueError):
    """The password is too short, too long, or the account's own address."""


class EditorExists(ValueError):
    """Somebody with that address already works at the desk."""


def add_editor(
    session: Session, email: str, name: str, password: str, now: datetime, *, role: Role = Role.ADMINISTRATOR
) -> Editor:
    """Open an account. `now` is aware UTC. Raises InvalidAddress, PasswordRefused, EditorExists."""
    address = normalise(email).key
    _require_good(password, address)
    if _by_address(session, address) is not None:
        raise EditorExists(f"{address} already has an account at the desk")
    hashed = _hasher.hash(password)
    editor = Editor(email=address, name=name.strip(), role=role, password_hash=hashed, created_at=now)
    session.add(editor)
    session.flush()
    return editor


def set_password(session: Session, email: str, password: str) -> Editor:
    """Give the account a new password and so end its sessions. Raises LookupError, PasswordRefused."""
    editor = find(session, email)
    if editor is None:
        raise LookupError(f"nobody at the desk has the address {email}")
    _require_good(password, editor.email)
    editor.password_hash = _hasher.hash(password)
    session.flush()
    return editor


def verify(session: Session, email: str, password: str) -> Editor | None:
    """Return the editor whose address and password these are. Only reads.

    When `outdated(editor)`, call `renew_hash` in a transaction that may write.
    """
    editor = find(session, email)
    matches = _matches(editor.password_hash if editor else _nobody(), password[:MAXIMUM_LENGTH])
    return editor if matches else None


def outdated(editor: Editor) -> bool:
    """Tell whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(editor.password_hash)


def renew_hash(session: Session, editor_id: int, password: str) -> Editor:
    """Hash a password that was just verified anew, with today's parameters."""
    editor = session.get_one(Editor, editor_id)
    editor.password_hash = _hasher.hash(password)
    session.flush()
    return editor


def find(session: Session, email: str) -> Editor | None:
    """Return the editor with that address, however it is written."""
    try:
        return _by_address(session, normalise(email).key)
    except InvalidAddress:
        return None


def fingerprint(editor: Editor) -> str:
    """Return what a session remembers of the password, so that a new password ends it."""
    return sha256(editor.password_hash.encode()).hexdigest()[:16]


def _by_address(session: Session, address: str) -> Editor | None:
    return session.scalars(select(Editor).where(Editor.email == address)).one_or_none()


def _require_good(password: str, address: str) -> None:
    if len(password) < MINIMUM_LENGTH:
        raise PasswordRefused(f"a password needs at least {MINIMUM_LENGTH} characters")
    if len(password) > MAXIMUM_LENGTH:
        raise PasswordRefused(f"a password may have at most {MAXIMUM_LENGTH} characters")
    if password.casefold() == address:
        raise PasswordRefused("the address itself is no password")


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """Return the hash that is checked for an unknown address, of a password too long to be tried."""
    return _hasher.hash("-" * (MAXIMUM_LENGTH + 1))
