"""`newsletter issues preview | test | send`: an issue as the letters that leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from newsletter.app import App
from newsletter.cli import naming, sending
from newsletter.cli.checking import check
from newsletter.cli.context import Context, pass_context
from newsletter.cli.issues import ACTOR
from newsletter.cli.printing import as_json, count, err, out, write_json, write_pairs
from newsletter.delivery.sending.report import Ending
from newsletter.domain.delivery import Outcome, Verdict
from newsletter.issues import store
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.proofs.preview import preview as printed
from newsletter.rendering.message import Message

SOMETHING_REMAINS = 3
_UNSENT = frozenset({IssueState.DRAFT, IssueState.HELD, IssueState.APPROVED})
_LOCKED = frozenset({IssueState.SENDING, IssueState.SENT})
_SETTLED = frozenset({Ending.FINISHED, Ending.NOTHING_DUE, Ending.NOT_SENDING})


@click.command(
    epilog="\b\nExamples:\n  newsletter issues preview\n  newsletter issues preview evening --folder /tmp/look"
)
@naming.argument
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("preview"),
    show_default=True,
    help="Where the files go.",
)
@click.option("--variant", metavar="KEY", default="", help="One variant; by default that of the most readers.")
@pass_context
def preview(context: Context, /, *, issue: str | None, folder: Path, variant: str) -> None:
    """Write an issue as a reader gets it: .html, .txt and .eml. Nothing is sent.

    A variant is a set of sections in a language; each has a letter of its own.
    """
    app = context.app
    with app.database.reading() as session:
        row = _with_stories(naming.issue_named(context, session, issue))
        shown = printed(session, app, row, variant, app.clock.now())
    if variant not in {"", shown.choice.key}:
        known = ", ".join(choice.key for choice in shown.choices)
        raise click.UsageError(f'The issue has no variant "{variant}"; it has: {known}.')
    folder.mkdir(parents=True, exist_ok=True)
    for file in _written(shown.message, folder / f"{row.newsletter}-{row.date}"):
        out.print(f"wrote {file}", soft_wrap=True)
    for choice in shown.choices:
        out.print(f"variant {choice.key}: {choice.label}, {count(choice.readers, 'reader')}", soft_wrap=True)


@click.command(epilog="\b\nExample:\n  newsletter issues test evening editor@example.org")
@click.argument("issue")
@click.argument("email")
@pass_context
def test(context: Context, /, *, issue: str, email: str) -> None:
    """Send one test mail of an issue, marked so. Its links work and change nothing."""
    app = context.app
    with app.database.reading() as session:
        row = _with_stories(naming.issue_named(context, session, issue))
    _complain(app.send_trial(row.id, email))
    out.print(f"A test of issue {row.id} went to {email}.", soft_wrap=True)


@click.command(
    epilog="\b\nExamples:\n  newsletter issues send\n  newsletter issues send evening/2026-03-10 --json\n\n"
    "Exit code 3 says that something remains to be sent; the daemon, or this command again, goes on with it."
)
@naming.argument
@as_json
@pass_context
def send(context: Context, /, *, issue: str | None, as_json: bool) -> None:
    """Send an issue now. Sent before, it goes on where it was: nobody gets it twice.

    Shows on standard error how it goes. Ctrl-C finishes what is in flight and stops; a second Ctrl-C stops at
    once, and leaves in doubt what was in flight.
    """
    app = context.app
    with app.database.reading() as session:
        row = naming.issue_named(context, session, issue)
    if row.state in _UNSENT:
        _lock(app, row.id)
    elif row.state not in _LOCKED:
        raise click.ClickException(f"The {row.newsletter} issue of {row.date} is {row.state}; nothing was sent.")
    sent = sending.send(app, row.id)
    report = sent.report
    facts = asdict(report) | {
        "seconds": round(sent.seconds, 1),
        "messages_per_second": round(sent.per_second, 1),
        "stopped_because": str(report.stopped_because),
        "try_again_at": context.local(report.try_again_at),
    }
    write_json(facts) if as_json else write_pairs({name: fact for name, fact in facts.items() if fact})
    if report.remaining or report.stopped_because not in _SETTLED:
        raise click.exceptions.Exit(SOMETHING_REMAINS)


def add_to(group: click.Group) -> None:
    """Add the commands to `newsletter issues`."""
    for command in (preview, check, test, send):
        group.add_command(command)


def _with_stories(row: IssueRow) -> IssueRow:
    """Return the issue. Raises ClickException for one that was skipped, with the reason."""
    if row.state == IssueState.SKIPPED:
        raise click.ClickException(f"The {row.newsletter} issue of {row.date} was skipped: {row.reason}")
    return row


def _lock(app: App, issue_id: int) -> None:
    now = app.clock.now()
    with app.database.writing() as session:
        store.send_now(session, issue_id, now, actor=ACTOR)
        locked = app.lock(session, issue_id, actor=ACTOR)
    err.print(f"Locked: {count(locked.letters, 'letter')} for {count(locked.enqueued, 'reader')}.")
    if locked.without_stories:
        err.print(f"{count(locked.without_stories, 'reader')} chose only sections that have nothing tonight.")


def _written(message: Message, stem: Path) -> Iterator[Path]:
    parts = {".html": message.html, ".txt": message.text, ".eml": message.source.replace("\n", "\r\n")}
    for ending, content in parts.items():
        file = stem.with_name(stem.name + ending)
        file.write_text(content, encoding="utf-8", newline="")
        yield file


def _complain(outcome: Outcome) -> None:
    if outcome.verdict is not Verdict.ACCEPTED:
        raise click.ClickException(f"The mail was not accepted ({outcome.verdict}): {outcome.reply}")
