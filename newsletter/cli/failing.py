"""Failures as one sentence for the person at the terminal."""

from __future__ import annotations

from traceback import extract_tb

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError
from sqlalchemy.exc import DBAPIError

from newsletter.config import ConfigError
from newsletter.domain.delivery import IssueRefused, TransportDown
from newsletter.editors.accounts import EditorExists, LastAdministrator
from newsletter.editors.passwords import PasswordRefused
from newsletter.feedback.mailboxes.mailbox import MailboxDown
from newsletter.issues.placing import NothingLeft
from newsletter.issues.states import NoSuchTransition as NoSuchIssueTransition
from newsletter.migrations import DatabaseTooNew, DatabaseTooOld
from newsletter.proofs.preview import NoPreview
from newsletter.rendering.inline import UnsafeStyle
from newsletter.rendering.phrases import BadPhrases
from newsletter.transports.api.lists.listed import ListRefused
from newsletter.web.api.keys import KeyRefused
from newsletter.web.api.scopes import UnknownScope
from newsletter.web.catalogues import BadCatalogue
from newsletter.webhooks.endpoints import EndpointRefused
from newsletter.webhooks.payload import UnknownType
from newsletter.webhooks.sending import BadAddress
from subscribers.addresses import InvalidAddress
from subscribers.exchanging.files import NoAddresses, NoCsv
from subscribers.states import NoSuchTransition

_PLAIN = (
    BadAddress,
    BadCatalogue,
    BadPhrases,
    ConfigError,
    DatabaseTooNew,
    DatabaseTooOld,
    EditorExists,
    EndpointRefused,
    InvalidAddress,
    IssueRefused,
    ListRefused,
    NoAddresses,
    NoCsv,
    KeyRefused,
    LastAdministrator,
    MailboxDown,
    NoSuchIssueTransition,
    NoSuchTransition,
    NoPreview,
    NothingLeft,
    PasswordRefused,
    TransportDown,
    UnknownScope,
    UnknownType,
    UnsafeStyle,
)


def told(error: BaseException) -> str:
    """Return the sentence: the error's own where it was written for people."""
    if isinstance(error, NoPreview) and isinstance(error.__cause__, TemplateError):
        return told(error.__cause__)
    # A KeyError is a LookupError too, and a slip of ours; what is raised for people is the plain class.
    if isinstance(error, _PLAIN) or type(error) is LookupError:
        return _capitalised(str(error))
    if isinstance(error, TemplateError):
        return f"A template can't be used: {_mistake(error)}{_place(error)}."
    return _of_the_machine(error) or (
        f"Something unexpected happened ({type(error).__name__}: {_first_line(error)}); "
        "run it again with --debug to see where."
    )


def _of_the_machine(error: BaseException) -> str:
    """Return what files and the database said, empty for any other error."""
    if isinstance(error, UnicodeDecodeError):
        return f"A file is not UTF-8 text (byte {error.start}); save it as UTF-8 and try again."
    if isinstance(error, UnicodeEncodeError) and error.encoding == "utf-8":  # else the terminal can't show it
        return "Something was given on the command line that is not UTF-8 text; nothing was changed."
    if isinstance(error, DBAPIError):
        return f"The database can't be used: {_first_line(error.orig)}"
    if isinstance(error, OSError):
        return f"{error.filename or 'The system'}: {error.strerror or error}"
    return ""


def _mistake(error: TemplateError) -> str:
    return f"there is no {error.name}" if isinstance(error, TemplateNotFound) else str(error.message)


def _place(error: TemplateError) -> str:
    """Return the file and line of a template's mistake, in parentheses; empty where it has none."""
    if isinstance(error, TemplateSyntaxError):
        return f" ({error.filename or error.name}, line {error.lineno})"
    # Jinja puts the template's own lines into the traceback, the innermost last.
    frames = [f" ({one.filename}, line {one.lineno})" for one in extract_tb(error.__traceback__)]
    return next((frame for frame in reversed(frames) if ".py, line" not in frame), "")


def _first_line(error: BaseException | None) -> str:
    return str(error).partition("\n")[0]


def _capitalised(sentence: str) -> str:
    """Return a sentence with a capital; names of files and keys, which have a dot, stay as they are written."""
    word = sentence.partition(" ")[0]
    return sentence if set(word) & set("._:/@") else sentence[:1].upper() + sentence[1:]
