"""The readers' journey, made by itself: sign up under an article, confirm, get tonight's issue, once.

Everything goes through the doors that people use: the newsroom's pages, the form, the mailbox's files, the links
in the mails. What is off is told in one sentence (JourneyFailed).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from sqlalchemy import select

from newsletter.daemon import Daemon
from newsletter.demo import evening
from newsletter.demo.browser import Browser
from newsletter.demo.mailbox import Mail
from newsletter.demo.stage import Stage
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from subscribers.models import Subscriber, Subscription
from subscribers.states import State

HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")
_WHY = {State.PENDING: "never confirmed", State.UNSUBSCRIBED: "has left"}


class JourneyFailed(Exception):
    """Something on the way was not as it should be; the text is one clear sentence."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Someone who signs up."""

    name: str
    email: str
    confirms: bool = True


READERS = (
    Reader("Ada Quill", "ada@example.org"),
    Reader("Björn Sailer", "bjoern@example.net"),
    Reader("Carla Oxley", "carla@example.com", confirms=False),
)


@dataclass(frozen=True, slots=True)
class Report:
    """What the journey came to. `skipped` has each address that got no issue, and why."""

    articles: int
    subject: str
    delivered: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]


def journey(stage: Stage, console: Console) -> Report:
    """Make the whole journey and return what it came to. Raises JourneyFailed."""
    daemon = Daemon(stage.app)
    articles = _collect(stage)
    _say(console, f"Collected {articles} articles from {stage.newsroom_url}/feed.xml")
    issue = _built(stage)
    _say(console, f"Built tonight's issue: {issue.subject}")
    _sign_up(stage)
    _say(console, f"{len(READERS)} readers signed up under “{stage.lead.title}”")
    daemon.send_notices()
    _confirm(stage)
    _say(console, f"{_confirming()} of them confirmed by the link in the mail they got")
    evening.send_now(stage, issue.id)
    daemon.send_due(stage.newsletter)
    delivered = _delivered(stage, issue)
    _say(console, f"Sent it to {len(delivered)} of them, each with their own links")
    Daemon(stage.app).send_due(stage.newsletter)
    _require(len(_issues(stage, issue)) == len(delivered), "a second daemon sent the issue again")
    _say(console, "A second daemon looked for what is due: nothing was sent twice")
    return Report(articles, issue.subject, delivered, tuple(_skipped(stage, delivered)))


def _collect(stage: Stage) -> int:
    reports = evening.collect_articles(stage)
    for report in reports:
        _require(not report.error, f"the source {report.name} could not be collected: {report.error}")
    found = sum(report.found for report in reports)
    _require(found == len(stage.stories), f"{found} articles were collected of {len(stage.stories)} in the feed")
    return found


def _built(stage: Stage) -> IssueRow:
    issue = evening.build(stage)
    _require(issue.state != IssueState.SKIPPED, f"tonight's issue was skipped: {issue.reason}")
    return issue


def _sign_up(stage: Stage) -> None:
    url = stage.newsroom_url + stage.lead.path
    browser = Browser()
    form = browser.open(url).form()
    asked = [browser.send(form, email=reader.email, name=reader.name) for reader in READERS]
    stage.app.clock.sleep(stage.app.settings.signup.minimum_time.total_seconds())
    for page in asked:  # a form that comes without a stamp, from another site, is asked for by one press more
        browser.send(page.form())


def _confirm(stage: Stage) -> None:
    for reader in READERS:
        mails = stage.mailbox.mails(reader.email)
        _require(len(mails) == 1, f"{reader.email} got {len(mails)} mails after signing up instead of one")
        if reader.confirms:
            browser = Browser()
            browser.send(browser.open(_link(mails[0], f"{stage.web_url}/confirm/")).form())


def _confirming() -> int:
    return sum(reader.confirms for reader in READERS)


def _delivered(stage: Stage, issue: IssueRow) -> tuple[str, ...]:
    mails = _issues(stage, issue)
    got = sorted(mail.recipient for mail in mails)
    expected = sorted(reader.email for reader in READERS if reader.confirms)
    _require(got == expected, f"the issue reached {', '.join(got) or 'nobody'} instead of {', '.join(expected)}")
    for mail in mails:
        _inspect(stage, mail)
    with stage.app.database.reading() as session:
        state = session.get_one(IssueRow, issue.id).state
    _require(state == IssueState.SENT, f"the issue is {state} instead of sent")
    return tuple(got)


def _inspect(stage: Stage, mail: Mail) -> None:
    missing = [name for name in HEADERS if not mail.header(name)]
    _require(not missing, f"the mail to {mail.recipient} has no {', '.join(missing)} header")
    for kind in ("html", "plain"):
        _require(
            stage.newsroom_url in mail.text(kind),
            f"the mail to {mail.recipient} has no stories in its {kind} part",
        )
        _require(
            f"{stage.web_url}/unsubscribe/" in mail.text(kind),
            f"the {kind} part to {mail.recipient} has no way out",
        )
    name = next(reader.name for reader in READERS if reader.email == mail.recipient)
    _require(name in mail.header("To"), f"the mail to {mail.recipient} does not know {name}'s name")


def _issues(stage: Stage, issue: IssueRow) -> list[Mail]:
    return [mail for mail in stage.mailbox.mails() if mail.subject == issue.subject]


def _skipped(stage: Stage, delivered: Sequence[str]) -> Iterator[tuple[str, str]]:
    signed_up = (
        select(Subscriber.email, Subscription.state).join(Subscription.subscriber).order_by(Subscriber.email)
    )
    with stage.app.database.reading() as session:
        rows = session.execute(signed_up).all()
    for email, state in rows:
        if email not in delivered:
            _require(state in _WHY, f"{email} is {state} and got no issue")
            yield email, _WHY[State(state)]


def _link(mail: Mail, start: str) -> str:
    found = re.search(re.escape(start) + r"[\w-]+", mail.text("plain"))
    if found is None:
        raise JourneyFailed(f"the mail to {mail.recipient} has no link that begins with {start}")
    return found[0]


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise JourneyFailed(otherwise)


def _say(console: Console, done: str) -> None:
    console.print(f"[green]✓[/] {escape(done)}", soft_wrap=True)
