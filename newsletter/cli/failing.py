"""Failures as one sentence for the person at the terminal."""

from __future__ import annotations

from sqlalchemy.exc import DatabaseError, OperationalError

from newsletter.config import ConfigError
from newsletter.domain.delivery import IssueRefused, TransportDown
from newsletter.issues.placing import NothingLeft
from newsletter.issues.states import NoSuchTransition as NoSuchIssueTransition
from newsletter.migrations import DatabaseTooNew, DatabaseTooOld
from newsletter.web.desk.accounts import EditorExists, PasswordRefused
from newsletter.web.desk.preview import NoPreview
from subscribers.addresses import InvalidAddress
from subscribers.states import NoSuchTransition

_PLAIN = (
    ConfigError,
    DatabaseTooNew,
    DatabaseTooOld,
    EditorExists,
    InvalidAddress,
    IssueRefused,
    NoSuchIssueTransition,
    NoSuchTransition,
    NoPreview,
    NothingLeft,
    PasswordRefused,
    TransportDown,
)


def told(error: Exception) -> str:
    """Return the sentence: the error's own where it was written for people."""
    # A KeyError is a LookupError too, and a slip of ours; what is raised for people is the plain class.
    if isinstance(error, _PLAIN) or type(error) is LookupError:
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return f"The file is not UTF-8 text (byte {error.start}); save it as UTF-8 and try again."
    if isinstance(error, OperationalError) or (type(error) is DatabaseError):
        return f"The database can't be used: {error.orig}"
    if isinstance(error, OSError):
        return f"{error.filename or 'The system'}: {error.strerror or error}"
    return (
        f"Something unexpected happened ({type(error).__name__}: {error}); run it again with --debug to see where."
    )
