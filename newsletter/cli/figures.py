"""`newsletter figures`: how the readership changes, day by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import click

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, out, write_json, write_table
from subscribers import figures as register

_SHOWN = 15  # pages and reasons on a terminal
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(
    epilog="\b\nExamples:\n  newsletter figures\n  newsletter figures --newsletter evening --since 2026-10-01\n"
    "  newsletter figures --since 2026-01-01 --csv > days.csv\n  newsletter figures --csv --table pages"
)
@click.option("--newsletter", metavar="SLUG", help="Of this newsletter only; all together by default.")
@click.option("--since", type=_DAY, help="The first day; 30 days by default.")
@click.option("--until", type=_DAY, help="The last day; today by default.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, safe to open in a spreadsheet.")
@click.option("--table", type=click.Choice(register.TABLES), default="days", help="Which one --csv prints.")
@as_json
@pass_context
def figures(
    context: Context,
    /,
    *,
    newsletter: str | None,
    since: datetime | None,
    until: datetime | None,
    as_csv: bool,
    table: str,
    as_json: bool,
) -> None:
    """Show sign-ups, confirmations, leavers and growth by day of the newsroom.

    And on which pages readers signed up, how many of them have confirmed since, how readers left, and why.
    """
    if as_csv and as_json:
        raise click.UsageError("Choose one of --csv and --json.")
    told = _told(context, newsletter, since, until)
    if as_json:
        write_json(register.as_json(told))
    elif as_csv:
        click.echo(register.as_csv(told, table), nl=False)
    else:
        _show(told)


def _told(context: Context, slug: str | None, since: datetime | None, until: datetime | None) -> register.Report:
    app, zone = context.app, context.settings.site.time_zone
    first, last = _days(app.clock.now().astimezone(zone).date(), since, until)
    chosen = context.newsletter(slug).slug if slug else None
    with app.database.reading() as session:
        return register.report(session, zone, app.clock.now(), first, last, newsletter=chosen)


def _days(today: date, since: datetime | None, until: datetime | None) -> tuple[date, date]:
    last = until.date() if until else today
    first = since.date() if since else last - timedelta(days=29)
    if last < first:
        raise click.UsageError(f"--until {last} comes before --since {first}.")
    return first, last


def _show(told: register.Report) -> None:
    columns = ("date", "signed_up", "confirmed", "imported", "left", "complained", "bounced", "growth", "active")
    write_table(told.table("days"), columns, empty="There is no day.")
    _title("Where they signed up")
    pages = [
        row | {"confirmed": f"{row['confirmed']} ({row['rate']:.0%})"} for row in told.table("pages")[:_SHOWN]
    ]
    write_table(pages, ("signed_up", "confirmed", "source", "page"), empty="Nobody signed up.")
    _title("How and why they left")
    write_table(told.table("departures")[:_SHOWN], ("readers", "event", "source", "reason"), empty="Nobody left.")


def _title(words: str) -> None:
    out.print()
    out.print(words, style="bold")
