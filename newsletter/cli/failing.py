"""Failures as one sentence for the person at the terminal."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from newsletter.config import ConfigError
from newsletter.domain.delivery import IssueRefused, TransportDown
from newsletter.issues.placing import NothingLeft
from newsletter.issues.states import NoSuchTransition as NoSuchIssueTransition
from newsletter.migrations import DatabaseTooNew, DatabaseTooOld
from newsletter.web.desk.accounts import EditorExists, PasswordRefused
from subscribers.addresses import InvalidAddress
from subscribers.states import NoSuchTransition

_PLAIN = (
    ConfigError,
    DatabaseTooNew,
    DatabaseTooOld,
    EditorExists,
    InvalidAddress,
    IssueRefused,
    LookupError,
    NoSuchIssueTransition,
    NoSuchTransition,
    NothingLeft,
    PasswordRefused,
    TransportDown,
)


def told(error: Exception) -> str:
    """Return the sentence: the error's own where it was written for people."""
    if isinstance(error, _PLAIN):
        return str(error).strip("'\"")
    if isinstance(error, OperationalError):
        return f"The database can't be used: {error.orig}"
    if isinstance(error, OSError):
        return f"{error.filename or 'The system'}: {error.strerror or error}"
    return (
        f"Something unexpected happened ({type(error).__name__}: {error}); run it again with --debug to see where."
    )
