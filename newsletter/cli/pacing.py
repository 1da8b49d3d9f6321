"""`newsletter pace`: how fast letters may leave just now, and why."""

from __future__ import annotations

from dataclasses import asdict

import click

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, out, write_json, write_table
from newsletter.config import values
from newsletter.delivery.brake import Waiting, waiting
from newsletter.delivery.pace import limits, overview

_TRANSPORT = "transport"  # what people call the empty key; no domain, as it has no dot
_EPILOG = "\b\nExamples:\n  newsletter pace\n  newsletter pace --json\n  newsletter pace forget mail.example"


@click.group(invoke_without_command=True, epilog=_EPILOG)
@as_json
@click.pass_context
def pace(ctx: click.Context, /, *, as_json: bool) -> None:
    """Show the limits in force, in messages per second: configured, and learned from mail servers' replies.

    And that of confirmation mails, while some of them wait.
    """
    if ctx.invoked_subcommand is not None:
        return
    context: Context = ctx.obj
    app = context.app
    with app.database.reading() as session:
        found = overview.in_force(session, app.settings.pace, app.clock.now())
        waits = waiting(session, app.clock.now())
    rows = [
        asdict(limit)
        | {"key": limit.key or _TRANSPORT, "since": context.local(limit.since)}
        | {"rate": None if limit.rate is None else round(limit.rate, 2)}
        for limit in found
    ]
    if waits:
        rows.append(_confirmations(context, waits))
    columns = ("key", "configured", "rate", "concurrent", "under_way", "since", "reason")
    empty = "No limits: letters leave as fast as they are taken."
    write_json(rows) if as_json else write_table(rows, columns, empty=empty)


def _confirmations(context: Context, waits: Waiting) -> dict[str, object]:
    rate = context.app.settings.signup.confirmations_per_minute / 60 or None
    return {
        "key": "confirmations",
        "configured": rate and round(rate, 2),
        "rate": rate and round(rate, 2),
        "concurrent": None,
        "under_way": None,
        "reason": f"confirmation mails waiting: {waits.number}",
        "since": context.local(waits.since),
    }


@pace.command(epilog="\b\nExamples:\n  newsletter pace forget mail.example\n  newsletter pace forget transport")
@click.argument("domain")
@pass_context
def forget(context: Context, /, *, domain: str) -> None:
    """Drop what was learned about a domain, or about the transport: letters leave as configured again.

    Who waits for their turn already is asked again within a minute.
    """
    try:
        key = "" if domain == _TRANSPORT else values.domain(domain)
    except values.Expected as expected:
        raise click.UsageError(f'"{domain}" is no domain; expected {expected}, or "{_TRANSPORT}".') from None
    app = context.app
    with app.database.writing() as session:
        learned = [
            limit.key for limit in overview.in_force(session, app.settings.pace, app.clock.now()) if limit.reason
        ]
        limits.forget(session, [key] if key in learned else [])
    name = key or _TRANSPORT
    said = (
        f"What was learned about {name} is forgotten." if key in learned else f"Nothing was learned about {name}."
    )
    out.print(said, soft_wrap=True)
