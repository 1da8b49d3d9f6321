"""`newsletter subscribers import | export`: the register as a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from newsletter.cli import naming
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, count, err, write_json, write_pairs
from newsletter.settings import NewsletterSettings
from subscribers import exporting
from subscribers.evidence import Evidence
from subscribers.importing import ImportReport, import_csv

_SHOWN = 20  # refused rows on the terminal


@click.command(
    "import", epilog="\b\nExample:\n  newsletter subscribers import readers.csv --consent 'Letter of May 2025'"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@naming.newsletter
@click.option("--consent", required=True, help="How these readers agreed; kept with each of them.")
@click.option(
    "--refused",
    type=click.File("w", encoding="utf-8", lazy=False),
    help="Write the refused rows, with line and reason, here.",
)
@as_json
@pass_context
def import_readers(
    context: Context,
    /,
    *,
    file: Path,
    newsletter: str | None,
    consent: str,
    refused: IO[str] | None,
    as_json: bool,
) -> None:
    """Add the readers of a CSV file, active. Who left, or may not be mailed, stays so.

    The first row may name the columns: email, name, sections, language. Cut off, it is simply run again.
    """
    report = _imported(context, file, context.newsletter(newsletter), consent)
    if refused is not None:
        refused.writelines(f"{line}\t{reason}\n" for line, reason in report.refused)
    facts = {"added": report.added, "unchanged": report.unchanged, "refused": report.refused_count}
    if as_json:
        write_json(facts | {"reasons": [{"line": line, "reason": reason} for line, reason in report.refused]})
        return
    write_pairs(facts)
    for line, reason in report.refused[:_SHOWN]:
        err.print(f"line {line}: {reason}", soft_wrap=True)
    if report.refused_count > _SHOWN and refused is None:
        err.print("… and more; --refused FILE writes them all.")


def _imported(context: Context, file: Path, newsletter: NewsletterSettings, consent: str) -> ImportReport:
    app = context.app
    evidence = Evidence("import", actor=f"cli: {file.name}", consent_text=consent)
    columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(show_speed=True)
    with (
        file.open(encoding="utf-8-sig", newline="") as lines,
        Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress,
    ):
        task = progress.add_task(f"Importing {file.name}", total=None)
        return import_csv(
            app.database,
            app.tokens,
            lines,
            newsletter.slug,
            evidence,
            app.clock.now(),
            lambda done: progress.update(task, completed=done),
            known_sections=[section.name for section in newsletter.sections] or None,
        )


@click.command(
    epilog="\b\nExamples:\n  newsletter subscribers export > all.csv\n"
    "  newsletter subscribers export --json -o all.json"
)
@click.option("--newsletter", metavar="SLUG", help="Of this newsletter only; all by default.")
@click.option("--output", "-o", type=click.File("w", encoding="utf-8", lazy=False), default="-", help="A file.")
@as_json
@pass_context
def export(context: Context, /, *, newsletter: str | None, output: IO[str], as_json: bool) -> None:
    """Write every subscription, whatever its state, as CSV (safe to open in a spreadsheet) or JSON."""
    app = context.app
    slug = context.newsletter(newsletter).slug if newsletter else None
    write = exporting.write_json if as_json else exporting.write_csv
    with app.database.reading() as session:
        number = write(exporting.rows(session, slug), output)
    if output is not sys.stdout:
        err.print(f"{count(number, 'subscription')} written.")


def add_to(group: click.Group) -> None:
    """Add the commands to `newsletter subscribers`."""
    for command in (import_readers, export):
        group.add_command(command)
