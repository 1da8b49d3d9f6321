"""`newsletter issues check`: what is wrong with an issue before it leaves."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.text import Text

from newsletter.cli import naming
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, err, out, write_json
from newsletter.domain.finding import Finding, Level
from newsletter.issues import store
from newsletter.issues.tables import IssueRow
from newsletter.proofs.examining import findings, follow
from newsletter.proofs.preview import NoPreview

STOPPED = 1
_COLOURS = {Level.STOP: "bold red", Level.WARNING: "yellow", Level.NOTE: "dim"}
_EPILOG = """\b
Examples:
  newsletter issues check
  newsletter issues check evening --strict && newsletter issues release evening
  newsletter issues check evening/2026-03-10 --no-links --json

Exit code 1 says that a check says stop, or with --strict that one warns. How much each check weighs is set in
[checks] of the configuration; docs/checks.md lists them.
"""


@click.command(epilog=_EPILOG)
@naming.argument
@click.option("--strict", is_flag=True, help="Warnings count as well.")
@click.option("--no-links", is_flag=True, help="Ask no link and no picture; go by what was found before.")
@as_json
@pass_context
def check(context: Context, /, *, issue: str | None, strict: bool, no_links: bool, as_json: bool) -> None:
    """Look through an issue as it would leave now: letters, links, pictures, words, looks."""
    app = context.app
    with app.database.reading() as session:
        number = naming.issue_named(context, session, issue).id
    if not no_links:
        _follow(context, number)
    with app.database.reading() as session:
        row = store.get(session, number)
        found = findings(session, app, row, app.clock.now())
        name = _name(row)
    write_json([asdict(each) for each in found]) if as_json else _tell(name, found)
    weighty = {Level.STOP, Level.WARNING} if strict else {Level.STOP}
    if any(each.level in weighty for each in found):
        raise click.exceptions.Exit(STOPPED)


def _follow(context: Context, issue_id: int) -> None:
    columns = SpinnerColumn(), TextColumn("asking links and pictures: {task.completed}")
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("links", total=None)
        try:
            follow(context.app, issue_id, stop=lambda: False, told=lambda number: progress.advance(task, number))
        except NoPreview:
            return  # which the checks tell


def _tell(name: str, found: tuple[Finding, ...]) -> None:
    for each in found:
        mend = f" {each.mend}" if each.mend else ""
        line = Text.assemble((f"{each.level:8}", _COLOURS[each.level]), f"{each.sentence}{mend} ({each.check})")
        out.print(line, soft_wrap=True)
    if not found:
        out.print(f"Nothing to object to in {name}.")


def _name(row: IssueRow) -> str:
    return f"the {row.newsletter} issue of {row.date}"
