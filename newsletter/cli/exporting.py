"""`newsletter subscribers export`: the register as a file."""

from __future__ import annotations

import sys
from typing import IO

import click

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, count, err
from newsletter.editors.log import About, note
from subscribers import exporting
from subscribers.finding import BARRED, Search
from subscribers.states import State


@click.command(
    epilog="\b\nExamples:\n  newsletter subscribers export > all.csv\n"
    "  newsletter subscribers export --newsletter evening --state active -o evening.csv\n"
    "  newsletter subscribers export --json -o all.json"
)
@click.option("--newsletter", metavar="SLUG", help="Of this newsletter only; all by default.")
@click.option("--state", type=click.Choice([*(str(state) for state in State), BARRED]), help="In this state only.")
@click.option("--section", default="", metavar="NAME", help="Of those who get this section only.")
@click.option("--source", default="", metavar="WAY", help="Begun by this way only: form, import, api, cli, desk.")
@click.option("--find", "typed", default="", metavar="PART", help="With this part of an address or a name only.")
@click.option("--output", "-o", type=click.File("w", encoding="utf-8", lazy=False), default="-", help="A file.")
@as_json
@pass_context
def export(
    context: Context,
    /,
    *,
    newsletter: str | None,
    state: str | None,
    section: str,
    source: str,
    typed: str,
    output: IO[str],
    as_json: bool,
) -> None:
    """Write every subscription as CSV (safe to open in a spreadsheet) or JSON; `import` reads the CSV again."""
    app = context.app
    slug = context.newsletter(newsletter).slug if newsletter else ""
    search = Search(typed=typed, newsletter=slug, standing=state or "", section=section, source=source)
    write = exporting.write_json if as_json else exporting.write_csv
    with app.database.reading() as session:
        number = write(exporting.rows(session, search), output)
    with app.database.writing() as session:
        note(session, app.clock.now(), "cli", "exported", About.READER, detail=count(number, "subscription"))
    if output is not sys.stdout:
        err.print(f"{count(number, 'subscription')} written.")


def add_to(group: click.Group) -> None:
    """Add the command to `newsletter subscribers`."""
    group.add_command(export)
