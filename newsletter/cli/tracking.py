"""`newsletter tracking`: how often an issue was opened, and which of its stories were clicked on."""

from __future__ import annotations

from dataclasses import asdict

import click

from newsletter.cli import naming
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, out, write_json, write_pairs, write_table
from newsletter.tracking.figures import IssueFigures, Told, figures

_COLUMNS = ("readers", "clicks", "machines", "story", "leads_to")
_NOTHING = "Nothing was counted. It is only where [tracking] says so: see docs/tracking.md."


@click.command(
    epilog="\b\nExamples:\n  newsletter tracking\n  newsletter tracking evening/2026-03-10\n"
    "  newsletter tracking evening --json"
)
@naming.argument
@as_json
@pass_context
def tracking(context: Context, /, *, issue: str | None, as_json: bool) -> None:
    """Show how often an issue was opened and its stories clicked on, persons and machines apart.

    A reader counts once however often they come. Machines are scanners and prefetchers that look before people do.
    """
    with context.app.database.reading() as session:
        row = naming.issue_named(context, session, issue)
        told = figures(session, row.id)
    facts = {"issue": row.id, "newsletter": row.newsletter, "date": row.date, "subject": row.subject}
    if as_json:
        write_json(facts | asdict(told))
        return
    write_pairs(facts | {"opens": _words(told.opens), "clicks": _words(told.clicks)})
    out.print()
    write_table(_lines(told), _COLUMNS, empty="Clicks were not counted." if not told.is_empty else _NOTHING)


def _words(told: Told) -> str:
    persons, machines = told.persons, told.machines
    return f"{persons.readers:,} readers, {persons.hits:,} times; machines: {machines.hits:,} times"


def _lines(told: IssueFigures) -> list[dict[str, object]]:
    """Return the links, those with the most readers first."""
    ordered = sorted(told.links, key=lambda link: (-link.clicks.persons.readers, link.number))
    return [
        {
            "readers": link.clicks.persons.readers,
            "clicks": link.clicks.persons.hits,
            "machines": link.clicks.machines.hits,
            "story": link.title,
            "leads_to": link.url,
        }
        for link in ordered
    ]
