"""`newsletter feedback`: what comes back by mail and by webhook, and the ways in."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import timedelta

import click
from sqlalchemy import func, select

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, out, write_json, write_table
from newsletter.feedback.forged import forged_since
from newsletter.feedback.mailboxes.lmtp import LmtpServer
from newsletter.feedback.tables import Incoming, IncomingState, ReportRow

_LATELY = timedelta(days=30)
_EPILOG = """\b
Examples:
  newsletter feedback                    what came back in the last 30 days
  newsletter feedback kept               what could not be understood
  newsletter feedback mailbox            empty the configured mailbox now
  newsletter feedback pipe < bounce.eml  take one mail, as Postfix hands it to a command
"""


@click.group(invoke_without_command=True, epilog=_EPILOG)
@as_json
@click.pass_context
def feedback(ctx: click.Context, /, *, as_json: bool) -> None:
    """Show what came back in the last 30 days: bounces, complaints, goodbyes, and what followed."""
    if ctx.invoked_subcommand is not None:
        return
    context: Context = ctx.obj
    columns = ReportRow.source, ReportRow.kind, ReportRow.consequence
    since = context.app.clock.now() - _LATELY
    counted = (
        select(*columns, func.count())
        .where(ReportRow.at > since)
        .group_by(*columns)
        .order_by(func.count().desc(), *columns)
    )
    with context.app.database.reading() as session:
        rows = [
            {"source": source, "report": kind, "consequence": follows, "number": number}
            for source, kind, follows, number in session.execute(counted)
        ]
        rows += [
            {"source": provider, "report": "(forged)", "consequence": "refused", "number": number}
            for provider, number in forged_since(session, since).items()
        ]
    names = ("source", "report", "consequence", "number")
    write_json(rows) if as_json else write_table(rows, names, empty="Nothing came back in the last 30 days.")


@feedback.command(epilog="\b\nExamples:\n  newsletter feedback kept\n  newsletter feedback kept --json")
@as_json
@pass_context
def kept(context: Context, /, *, as_json: bool) -> None:
    """List what could not be understood, the latest first. `newsletter feedback show` prints one."""
    wanted = (
        select(Incoming.id, Incoming.source, Incoming.received_at, Incoming.note)
        .where(Incoming.state == IncomingState.NOT_UNDERSTOOD)
        .order_by(Incoming.id.desc())
        .limit(200)
    )
    with context.app.database.reading() as session:
        rows = [
            {"id": number, "source": source, "received_at": context.local(at), "note": note}
            for number, source, at, note in session.execute(wanted)
        ]
    names = ("id", "source", "received_at", "note")
    write_json(rows) if as_json else write_table(rows, names, empty="Everything that came back was understood.")


@feedback.command(epilog="\b\nExamples:\n  newsletter feedback show 12 > strange.eml")
@click.argument("number", type=int)
@pass_context
def show(context: Context, /, *, number: int) -> None:
    """Print what came in, octet by octet."""
    with context.app.database.reading() as session:
        found = session.get(Incoming, number)
    if found is None:
        raise click.ClickException(f"Nothing came in under the number {number}; see `newsletter feedback kept`.")
    sys.stdout.buffer.write(found.body)


@feedback.command(epilog="\b\nExamples:\n  newsletter feedback mailbox")
@pass_context
def mailbox(context: Context, /) -> None:
    """Empty the configured mailbox now, as the daemon does by itself."""
    if context.settings.feedback.mailbox is None:
        raise click.ClickException(
            "There is no [feedback.mailbox] in the configuration; name an IMAP or Maildir one."
        )
    taken = context.app.empty_mailbox(stop=lambda: False)
    out.print(f"{taken} mail{'' if taken == 1 else 's'} taken.")


@feedback.command(
    epilog="\b\nExamples:\n  newsletter feedback pipe < bounce.eml\n\n\b\nIn Postfix's /etc/aliases:\n"
    '  bounces: "|/srv/evening/bin/newsletter -c /srv/evening/config.toml feedback pipe"'
)
@pass_context
def pipe(context: Context, /) -> None:
    """Take one mail from standard input; exit 75 (try again later) unless its effect is committed."""
    try:
        envelope = b"".join(
            f"X-Original-To: {os.environ[name]}\r\n".encode()
            for name in ("ORIGINAL_RECIPIENT", "RECIPIENT")
            if os.environ.get(name, "").isprintable() and os.environ.get(name)
        )
        context.app.inbox().take_mail(envelope + sys.stdin.buffer.read())
    except Exception as trouble:
        click.echo(f"The mail was not taken: {trouble}", err=True)
        raise click.exceptions.Exit(os.EX_TEMPFAIL) from trouble


@feedback.command(
    epilog="\b\nExamples:\n  newsletter feedback lmtp --port 2424\nIn Postfix's transport map:\n"
    "  bounces.ledger.example lmtp:inet:127.0.0.1:2424"
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=2424, show_default=True, type=click.IntRange(1, 65535))
@pass_context
def lmtp(context: Context, /, *, host: str, port: int) -> None:
    """Take mails by LMTP until stopped. Nobody is asked for a password, so listen on this machine only."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    server = LmtpServer(context.app.inbox().take_mail, host, port)
    server.start()
    out.print(f"Listening on {host}:{port} (LMTP). Ctrl-C stops.")
    try:
        stop.wait()
    finally:
        server.stop()
