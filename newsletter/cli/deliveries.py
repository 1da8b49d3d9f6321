"""`newsletter deliveries`: did she get it, when, and what did the server say?"""

from __future__ import annotations

from dataclasses import asdict

import click

from newsletter.cli import naming
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, write_json, write_table
from newsletter.delivery import ledger


@click.command(
    epilog="\b\nExamples:\n  newsletter deliveries ada@example.org\n  newsletter deliveries --issue evening --json"
)
@click.argument("email", required=False)
@click.option("--issue", metavar="ISSUE", help="Of this issue only: a number, `evening`, or `evening/2026-03-10`.")
@as_json
@pass_context
def deliveries(context: Context, /, *, email: str | None, issue: str | None, as_json: bool) -> None:
    """Show what became of each letter.

    Of every letter to an address, or of all letters of an issue, with the mail server's reply.
    """
    if email is None and issue is None:
        raise click.UsageError("Name an address, or an issue with --issue.")
    app = context.app
    with app.database.reading() as session:
        number = naming.issue_named(context, session, issue).id if issue else None
        lines = ledger.deliveries_of(session, email, number)
    rows = [
        asdict(line) | {"state": str(line.state), "settled_at": context.local(line.settled_at)} for line in lines
    ]
    columns = ("date", "newsletter", "email", "state", "attempts", "settled_at", "reply")
    write_json(rows) if as_json else write_table(rows, columns, empty="No issue was owed there yet.")
