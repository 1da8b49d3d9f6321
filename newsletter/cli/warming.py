"""`newsletter warm-up`: the ramp of a new domain, planned and walked."""

from __future__ import annotations

from itertools import zip_longest

import click

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, count, out, write_json, write_table
from newsletter.delivery.ledger.tables import WarmUpRow
from newsletter.delivery.pace import ramp, warming
from newsletter.doctor.names import names
from newsletter.doctor.warming_up import learn, review
from newsletter.settings import WarmUpSettings

_EPILOG = "\b\nExamples:\n  newsletter warm-up\n  newsletter warm-up --json\n  newsletter warm-up review"


@click.group("warm-up", invoke_without_command=True, epilog=_EPILOG)
@as_json
@click.pass_context
def warm_up(ctx: click.Context, /, *, as_json: bool) -> None:
    """Show how many letters a day may go to each mailbox provider, and on which days how many went."""
    if ctx.invoked_subcommand is not None:
        return
    context: Context = ctx.obj
    app, settings = context.app, context.settings.warm_up
    with app.database.reading() as session:
        walked = warming.days(session)
    if as_json:
        write_json(
            {"starts_on": settings.starts_on, "plan": _plan(settings), "days": [_day(row) for row in walked]}
        )
        return
    if settings.starts_on is None:
        out.print(
            "No warm-up: [warm_up] names no starts_on, and letters are not counted by the day.", soft_wrap=True
        )
        return
    out.print(f"Letters a day, from {settings.starts_on} on; beyond them: {settings.beyond}.", soft_wrap=True)
    write_table(_plan(settings), ("step", *ramp.PROVIDERS), empty="")
    out.print()
    columns = ("day", "provider", "step", "cap", "taken", "put_off", "held")
    write_table([_day(row) for row in walked], columns, empty="No day of it yet.")


@warm_up.command("review", epilog="\b\nExample:\n  newsletter warm-up review")
@pass_context
def look(context: Context, /) -> None:
    """Look at once at what the daemon looks at every hour: complaints, bounces, and whose mailboxes are whose."""
    app = context.app
    asked = learn(app.database, names(app.settings.doctor.name_server), app.clock.now())
    out.print(f"{count(asked, 'domain')} asked for their MX.")
    with app.database.writing() as session:
        changed = review(session, app.settings, app.clock.now())
    for provider, reason in changed.items():
        out.print(f"{provider}: {'held, ' + reason if reason else 'goes on'}.", soft_wrap=True)


def _plan(settings: WarmUpSettings) -> list[dict[str, object]]:
    """Return the caps by step. A step counts from 1; a ramp that is over has no limit."""
    ramps = [ramp.steps(settings, provider) for provider in ramp.PROVIDERS]
    rows: list[dict[str, object]] = []
    for number, caps in enumerate(zip_longest(*ramps), 1):
        rows.append({"step": number, **dict(zip(ramp.PROVIDERS, caps, strict=True))})
    return rows


def _day(row: WarmUpRow) -> dict[str, object]:
    return {
        "day": row.day,
        "provider": row.provider,
        "step": row.step + 1,
        "cap": row.cap,
        "taken": row.taken,
        "put_off": row.put_off,
        "held": row.held,
    }
