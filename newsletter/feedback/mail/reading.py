"""A mail that came back, as reports. Pure but for the tokens that prove what it names.

Whom a mail is about is told by what only our own letters have: the delivery's reference in the return path, or a
signed link in the letter that is sent back along. Never by To, which anybody may write.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime

from flufl.bounce import all_failures

from newsletter.feedback.mail.diagnosis import diagnose
from newsletter.feedback.mail.parsing import blocks, header, parse, part, words_of
from newsletter.feedback.report import NotUnderstood, Report, ReportKind

_REFERENCE = re.compile(rb"[1-9][0-9]{0,17}\.[1-9][0-9]{0,17}\.[0-9a-f]{32}", re.IGNORECASE)
_ACTIONS = {
    "failed": ReportKind.BOUNCED,
    "delayed": ReportKind.DELAYED,
    "delivered": ReportKind.DELIVERED,
    "relayed": ReportKind.DELIVERED,
    "expanded": ReportKind.DELIVERED,
}
# RFC 5965, section 7.3, and RFC 6430; "not-spam" takes a complaint back, and there is nothing to take back here.
_FEEDBACK = {"not-spam": ReportKind.OTHER, "opt-out": ReportKind.UNSUBSCRIBED}
_ROBOTS = re.compile(
    r"mailer-daemon|postmaster|mail ?delivery|bounce|no-?reply|exchange|delivery.?system", re.IGNORECASE
)
_RETURNED = re.compile(
    r"undeliver|non-?deliver|returned mail|mail error|user unknown|not (be )?delivered|returning message|non remis"
    r"|deliver\w*[ -](failure|failed|error|status|warning|problem)|(permanent|mail) delivery",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"out of (the )?office|\bauto(matic|matische|matyczn\w+)?[ -]?(reply|response|antwort)"
    r"|on (vacation|holiday|leave)|abwesen|urlaub|nicht im (haus|büro)|\babsen(t|ce)"
    r"|fuera de la oficina|respuesta autom|nieobecn|відпуст|отпуск"
    r"|please confirm|verif(y|ication)|challenge|boxbe|spamarrest",
    re.IGNORECASE,
)
_TRYING = re.compile(
    r"will (be retried|keep trying|retry|try again)|still being retried|warning only", re.IGNORECASE
)
_GOODBYE = re.compile(r"unsubscribe\s+([A-Za-z0-9_-]{38})\s*$", re.IGNORECASE)
_LONGEST_WORDS = 500

Leaves = Callable[[str], bool]  # tells whether a link's token is one to leave by


def read_mail(raw: bytes, now: datetime, leaves: Leaves) -> Sequence[Report]:
    """Return what a mail says. `now` (aware UTC) stands in for a date that it lacks.

    Raises NotUnderstood for one that is neither a failure, a complaint, a goodbye nor an automatic reply.
    """
    message = parse(raw)
    mail = _Mail(raw, message, now)
    for read in (_complaint, _notification, _goodbye(leaves), _unusual, _automatic):
        if reports := list(read(mail)):
            return reports
    raise NotUnderstood("it is neither a bounce, a complaint, a goodbye nor an automatic reply")


class _Mail:
    """A mail, and what every report of it has."""

    def __init__(self, raw: bytes, message: Message, now: datetime) -> None:
        self.message = message
        self.key = hashlib.sha256(raw).hexdigest()[:40]
        self.at = _date(message, now)
        found = _REFERENCE.search(raw)
        self.reference = found[0].decode().lower() if found else ""

    def report(self, number: int, kind: ReportKind, **more: str) -> Report:
        words = " ".join(more.pop("words", "").split())[:_LONGEST_WORDS]
        return Report(kind, f"{self.key}/{number}", self.at, reference=self.reference, words=words, **more)


def _complaint(mail: _Mail) -> Iterator[Report]:
    found = part(mail.message, "message/feedback-report")
    if found is None:
        return
    fields = next(blocks(found), Message())
    kind = _FEEDBACK.get(header(fields, "Feedback-Type").lower(), ReportKind.COMPLAINED)
    recipient = _address(header(fields, "Original-Rcpt-To"))
    yield mail.report(0, kind, recipient=recipient, words=header(fields, "User-Agent"))


def _notification(mail: _Mail) -> Iterator[Report]:
    """RFC 3464: a group of fields for each recipient, behind one for the message."""
    found = part(mail.message, "message/delivery-status")
    if found is None:
        return
    explained = words_of(mail.message)
    for number, fields in enumerate(blocks(found)):
        action = header(fields, "Action").lower().split(" ")[0]
        if action not in _ACTIONS:
            continue
        said = header(fields, "Diagnostic-Code").partition(";")[2].strip()
        kind = _ACTIONS[action]
        status = header(fields, "Status").split(" ")[0]
        if kind is ReportKind.BOUNCED:
            status = diagnose(said or explained, status)
        recipient = _address(header(fields, "Final-Recipient") or header(fields, "Original-Recipient"))
        yield mail.report(number, kind, recipient=recipient, status=status, words=said or explained)


def _goodbye(leaves: Leaves) -> Callable[[_Mail], Iterator[Report]]:
    def read(mail: _Mail) -> Iterator[Report]:
        found = _GOODBYE.search(header(mail.message, "Subject"))
        if found and leaves(found[1]):
            yield Report(ReportKind.UNSUBSCRIBED, f"{mail.key}/0", mail.at, reference=found[1])

    return read


def _unusual(mail: _Mail) -> Iterator[Report]:
    """Bounces of no standard form: flufl.bounce says that it is one, the words say how bad it is."""
    message = mail.message
    if not _is_from_a_robot(message):
        return
    temporary, permanent = _failures(message)
    said = words_of(message)
    status = diagnose(said)
    if not (temporary or permanent or status):
        return
    recipient = min(permanent or temporary or frozenset({b""})).decode(errors="replace")
    if temporary and not permanent and not status.startswith("5.1"):
        yield mail.report(0, ReportKind.DELAYED, recipient=recipient, status=status or "4.0.0", words=said)
        return
    kind = ReportKind.DELAYED if _TRYING.search(said) else ReportKind.BOUNCED
    yield mail.report(0, kind, recipient=recipient, status=status, words=said)


def _automatic(mail: _Mail) -> Iterator[Report]:
    """RFC 3834, and what came before it: somebody is away, or wants a proof that we are human."""
    message = mail.message
    is_marked = header(message, "Auto-Submitted").lower() not in {"", "no"} or any(
        message.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")
    )
    subject = header(message, "Subject")
    if is_marked or _AWAY.search(subject) or header(message, "Precedence").lower() == "auto_reply":
        yield mail.report(0, ReportKind.OTHER, words=subject)


def _failures(message: Message) -> tuple[frozenset[bytes], frozenset[bytes]]:
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - whatever strange mail does to a parser, it is kept as not understood
        return frozenset(), frozenset()
    return frozenset(temporary), frozenset(permanent)


def _is_from_a_robot(message: Message) -> bool:
    if header(message, "Return-Path") == "<>" or _RETURNED.search(header(message, "Subject")):
        return True
    name, address = parseaddr(header(message, "From"))
    return bool(_ROBOTS.search(f"{name} {address.partition('@')[0]} {header(message, 'Return-Path')}"))


def _address(field: str) -> str:
    """Return the address of a field such as `rfc822; reader@example.org` (RFC 3464, section 2.3.2)."""
    return field.rpartition(";")[2].strip().strip("<>")


def _date(message: Message, now: datetime) -> datetime:
    try:
        at = parsedate_to_datetime(header(message, "Date"))
    except ValueError:
        return now
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return min(at, now)
