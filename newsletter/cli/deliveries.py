"""`newsletter deliveries`: did she get it, when, what did the server say, and what is done about doubts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice

import click
from sqlalchemy.orm import Session

from newsletter.cli import naming
from newsletter.cli.context import Context, pass_context
from newsletter.cli.issues import ACTOR
from newsletter.cli.printing import as_json, count, err, out, written
from newsletter.delivery import ledger
from newsletter.delivery.ledger import doubts
from newsletter.delivery.ledger.answers import Answer, answers, dropped, refusals
from newsletter.delivery.ledger.doubts import Decision
from newsletter.delivery.outcomes import in_words
from newsletter.delivery.states import DeliveryState
from newsletter.issues.tables import IssueRow

_ON_SCREEN = 50  # deliveries of an issue that a terminal shows unless it is asked for more
_REFUSALS = 10

_issue = click.option(
    "--issue", metavar="ISSUE", help="Of this issue: a number, `evening`, or `evening/2026-03-10`."
)


class _Deliveries(click.Group):
    """A group that shows deliveries where no other command of its is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command's name before its arguments."""
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_Deliveries,
    epilog="\b\nExamples:\n  newsletter deliveries ada@example.org\n"
    "  newsletter deliveries --issue evening --state in_doubt\n"
    "  newsletter deliveries resend --issue evening ada@example.org",
)
def deliveries() -> None:
    """What became of each letter. `deliveries EMAIL` is short for `deliveries show EMAIL`."""


@deliveries.command(
    epilog="\b\nExamples:\n  newsletter deliveries show ada@example.org\n"
    "  newsletter deliveries --issue evening --json"
)
@click.argument("email", required=False)
@_issue
@click.option("--state", type=click.Choice([str(state) for state in DeliveryState]), help="In this state only.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@as_json
@pass_context
def show(
    context: Context,
    /,
    *,
    email: str | None,
    issue: str | None,
    state: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Show what became of each letter.

    Of every letter to an address, or of all letters of an issue, with the mail server's reply. An issue's sums and
    the reasons for refusals come first. Without --limit a terminal shows 50 of an issue's deliveries; a pipe, a
    file and --json get them all.
    """
    if email is None and issue is None:
        raise click.UsageError("Name an address, or an issue with --issue.")
    with context.app.database.reading() as session:
        row = naming.issue_named(context, session, issue) if issue else None
        wanted = DeliveryState(state) if state else None
        found = answers(session, email=email, issue_id=row.id if row else None, state=wanted, limit=limit)
        if as_json:
            _write_array(_fact(context, answer) for answer in found)
        elif row and email is None:
            _show_issue(context, session, row, found, None if limit or not out.is_terminal else _ON_SCREEN)
        else:
            _show_reader(context, session, found)


def _decision(name: str, decision: Decision, done: str, text: str) -> None:
    @deliveries.command(
        name,
        help=text,
        epilog=f"\b\nExamples:\n  newsletter deliveries {name} --issue evening\n"
        f"  newsletter deliveries {name} --issue evening ada@example.org",
    )
    @click.argument("email", required=False)
    @_issue
    @pass_context
    def command(context: Context, /, *, email: str | None, issue: str | None) -> None:
        if issue is None:
            raise click.UsageError("Name the issue with --issue.")
        app = context.app
        with app.database.writing() as session:
            row = naming.issue_named(context, session, issue)
            only = _subscription(session, row, email) if email else None
            decided = doubts.decide(session, row.id, decision, app.clock.now(), actor=ACTOR, subscription_id=only)
        out.print(
            done.format(_letters(decided)) if decided else "Nothing there waits for a decision.", soft_wrap=True
        )


_decision(
    "resend",
    Decision.RESEND,
    "{} in doubt will be sent again, by the daemon or `newsletter issues send`.",
    "Have letters in doubt sent again.\n\nThe same message with the same Message-ID; a reader may find two.",
)
_decision(
    "leave",
    Decision.LEAVE,
    "{} will be left in doubt: not sent again, and not asked about any more.",
    "Leave letters in doubt as they are: not sent again, and not asked about any more.",
)


def _show_issue(
    context: Context, session: Session, row: IssueRow, found: Iterator[Answer], most: int | None
) -> None:
    """Show an issue's sums, why servers refused it, and then delivery by delivery."""
    sums = {state: number for state, number in ledger.balance(session, row.id).items() if number}
    out.print(f"The {row.newsletter} issue of {row.date} is {row.state}.", soft_wrap=True)
    parts = " · ".join(f"{state.replace('_', ' ')} {number:,}" for state, number in sums.items())
    out.print(
        f"{sum(sums.values()):,} deliveries: {parts}" if sums else "It was owed to nobody yet.", soft_wrap=True
    )
    refused = refusals(session, row.id)
    for each in refused[:_REFUSALS]:
        out.print(f"  {each.deliveries:,} {each.state}: {each.words or 'without a word'}", soft_wrap=True)
    if len(refused) > _REFUSALS:
        out.print(f"  and {count(len(refused) - _REFUSALS, 'other answer')}", soft_wrap=True)
    for gone in dropped(session, row.id):
        out.print(
            f"Details of {gone.deliveries:,} were dropped for their age ([delivery] keep_days).", soft_wrap=True
        )
    out.print()
    for answer in islice(found, most):
        click.echo(f"{answer.email}: {in_words(answer, context.local)}")
    if most and next(found, None):
        err.print(f"These are the first {most}; --limit shows more.")


def _show_reader(context: Context, session: Session, found: Iterable[Answer]) -> None:
    is_any = False
    for answer in found:
        is_any = True
        click.echo(f"{answer.newsletter} {answer.date}: {in_words(answer, context.local)}")
    if not is_any:
        out.print("No issue was owed there yet.")
    if gone := dropped(session):
        err.print(f"Of {count(len(gone), 'issue')}, up to that of {gone[0].date}, only the sums are kept.")


def _write_array(facts: Iterable[dict[str, object]]) -> None:
    """Print a JSON array, an element a line, without ever holding it."""
    before = "[\n"
    for fact in facts:
        click.echo(before + json.dumps(fact, ensure_ascii=False, default=written), nl=False)
        before = ",\n"
    click.echo("[]" if before == "[\n" else "\n]")


def _fact(context: Context, answer: Answer) -> dict[str, object]:
    moments = {name: context.local(getattr(answer, name)) for name in ("due_at", "settled_at", "left_at")}
    return asdict(answer) | {"state": str(answer.state)} | moments


def _subscription(session: Session, row: IssueRow, email: str) -> int:
    """Return the subscription to the issue's newsletter. Raises InvalidAddress, LookupError."""
    held = [
        each for each in naming.reader_named(session, email).subscriptions if each.newsletter == row.newsletter
    ]
    if not held:
        raise LookupError(f"{email} never subscribed to {row.newsletter}.")
    return held[0].id


def _letters(number: int) -> str:
    return count(number, "letter")
