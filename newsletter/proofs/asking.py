"""Asks editors about an issue before it leaves: the letter as readers will get it, its checks, what can be done.

One mail at a time, each claimed before it is sent, as notices are. Its links lead to one page at the desk, by a
token of that mail's own; nothing happens there before a button is pressed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from newsletter.app import App
from newsletter.delivery import retry
from newsletter.delivery.sending.readers import wire_address
from newsletter.domain.delivery import (
    Batch,
    Envelope,
    IssueRefused,
    Outcome,
    Transport,
    TransportDown,
    Verdict,
    deliver,
)
from newsletter.domain.finding import Finding
from newsletter.editors import window
from newsletter.editors.roles import Role
from newsletter.editors.tables import Editor, LinkState, WindowKind, WindowMail
from newsletter.issues.tables import IssueRow
from newsletter.proofs.examining import findings
from newsletter.proofs.preview import NoPreview, preview
from newsletter.rendering.headers import common_headers, domain_of
from newsletter.rendering.holes import Holes
from newsletter.rendering.letter import Message, compile_letter
from newsletter.rendering.text import tidy
from newsletter.settings import NewsletterSettings, WhenNobodyActs
from subscribers.tokens import Purpose

_NOT_AN_ISSUE = 1 << 63  # of a Message-ID: neither an issue's letter nor a notice
_OF_THE_WINDOW = 1 << 62
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_SUBJECTS: Final = {
    WindowKind.DRAFT: "Tonight at {time}: {subject}",
    WindowKind.REMINDER: "Not released yet, due at {time}: {subject}",
    WindowKind.HELD: "Held, and not sent at {time}: {subject}",
}
log = structlog.get_logger("newsletter.editors")


@dataclass(frozen=True, slots=True)
class _Owed:
    """One mail that is ours to send. `attempt` fences what is settled: a later claim has a higher one."""

    id: int
    attempt: int
    email: str
    batch: Batch


def ask_editors(app: App, *, stop: Callable[[], bool]) -> int:
    """Send the mails that editors are owed; return how many were accepted. What can't leave now stays owed."""
    with app.database.reading() as session:  # mostly there is nothing to do, and no line need be opened
        if session.execute(window.due(app.clock.now())).first() is None:
            return 0
    accepted = 0
    with closing(app.open_transport()) as transport:
        while not stop() and (owed := _claim(app)):
            try:
                accepted += _send(app, transport, owed)
            except (TransportDown, IssueRefused) as trouble:
                log.warning("mails to editors were not sent", reason=str(trouble))
                break
    return accepted


def _claim(app: App) -> _Owed | None:
    now = app.clock.now()
    with app.database.writing() as session:
        window.forget_pointless(session)
        found = session.execute(window.due(now).with_for_update(of=WindowMail, skip_locked=True)).first()
        if found is None:
            return None
        mail, editor, issue = found
        mail.attempts, mail.state = mail.attempts + 1, LinkState.CLAIMED
        mail.lease_until = now + app.settings.delivery.lease
        return _Owed(mail.id, mail.attempts, editor.email, _batch(app, mail, editor, _told(session, app, issue)))


@dataclass(frozen=True, slots=True)
class _Told:
    """What there is to tell of an issue: the letter's two parts, and what the checks found."""

    issue: IssueRow
    findings: Sequence[Finding]
    html: str = "<html><body></body></html>"
    text: str = ""


def _told(session: Session, app: App, issue: IssueRow) -> _Told:
    now = app.clock.now()
    found = findings(session, app, issue, now)
    try:
        shown = preview(session, app, issue, "", now).message
    except NoPreview:
        return _Told(issue, found)
    return _Told(issue, found, shown.html, shown.text)


def _batch(app: App, mail: WindowMail, editor: Editor, told: _Told) -> Batch:
    """Return the letter with what editors need to know above what readers will read."""
    issue, newsletter = told.issue, app.settings.newsletter(told.issue.newsletter)
    at = issue.send_at.astimezone(app.settings.site.time_zone)
    subject = _SUBJECTS[WindowKind(mail.kind)].format(time=f"{at:%H:%M}", subject=issue.subject or "no subject")
    base = app.settings.site.base_url.rstrip("/")
    context = {
        "issue": issue,
        "kind": mail.kind,
        "at": at,
        "what_follows": _what_follows(newsletter, issue),
        "findings": told.findings,
        "may_publish": Role(editor.role).includes(Role.PUBLISHER),
        "link": f"{base}/desk/window/{app.tokens.sign(Purpose.WINDOW, mail.id, mail.created_at)}",
        "edit": f"{base}/desk/issues/{issue.id}",
        "name": editor.name,
    }
    above = app.templates.render("email/desk/window.html", **context)
    key = f"window/{mail.id}"
    holes = Holes(key, f"{told.html}{above}")
    message = Message(
        key,
        common_headers(newsletter, app.settings.site, holes, subject, mail.created_at),
        tidy(app.templates.render("email/desk/window.txt", **context)) + "\n" + told.text,
        _BODY.sub(lambda body: body[0] + above, told.html, count=1),
    )
    message_id = app.tokens.message_id(_NOT_AN_ISSUE | mail.id, _OF_THE_WINDOW)
    values = {
        "to_name": editor.name,
        "to_address": wire_address(editor.email),
        "message_id": f"{message_id}@{domain_of(newsletter.from_address)}",
    }
    envelope = Envelope(mail.id, wire_address(newsletter.from_address), wire_address(editor.email), values)
    return Batch(compile_letter(message, holes), (envelope,))


def _what_follows(newsletter: NewsletterSettings, issue: IssueRow) -> str:
    if issue.state == "held":
        return "It is held: nothing goes out until somebody releases it."
    if issue.state == "approved":
        return "It was released, and goes out at that time."
    return {
        WhenNobodyActs.SEND: "If nobody acts, it goes out at that time.",
        WhenNobodyActs.HOLD: "If nobody releases it, it does not go out.",
        WhenNobodyActs.SEND_UNLESS_STOP: "If nobody acts, it goes out at that time, unless a check says stop.",
    }[newsletter.when_nobody_acts]


def _send(app: App, transport: Transport, owed: _Owed) -> bool:
    outcome: Outcome | None = None
    try:
        for outcome in deliver(transport, owed.batch):  # noqa: B007 - one has one outcome
            pass
    finally:
        _settle(app, owed, outcome)
    return outcome is not None and outcome.verdict is Verdict.ACCEPTED


def _settle(app: App, owed: _Owed, outcome: Outcome | None) -> None:
    """Write what came of it; without an outcome it is owed again, a little later."""
    now = app.clock.now()
    ours = WindowMail.id == owed.id, WindowMail.state == LinkState.CLAIMED, WindowMail.attempts == owed.attempt
    with app.database.writing() as session:
        values = _after(owed, outcome, now)
        session.execute(update(WindowMail).where(*ours).values(lease_until=None, **values))


def _after(owed: _Owed, outcome: Outcome | None, now: datetime) -> dict[str, object]:
    if outcome is None:
        return {"state": LinkState.OWED, "due_at": now + retry.FIRST_LINE_DELAY}
    if outcome.verdict is not Verdict.DEFERRED:
        return {"state": LinkState(outcome.verdict), "reply": outcome.reply}
    return {"state": LinkState.OWED, "due_at": now + retry.delay(owed.attempt, jitter=1), "reply": outcome.reply}
