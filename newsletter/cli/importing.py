"""`newsletter subscribers import | imports | undo`: readers from elsewhere, and how to take them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import IO

import click
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text
from sqlalchemy import select

from newsletter.cli import naming
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, count, err, out, write_json, write_pairs, write_table
from newsletter.settings import NewsletterSettings
from subscribers import importing
from subscribers.evidence import Evidence
from subscribers.importing import Elsewhere, Import, ImportReport, RefusedFile, Rules, Table
from subscribers.models import Import as ImportRow

_EPILOG = """\b
Examples:
  newsletter subscribers import readers.csv --dry-run
  newsletter subscribers import readers.csv --consent 'Letter of May 2025' --refused refused.csv
  newsletter subscribers import cleaned.csv --consent 'Moved in May 2025' --with-leavers
  zcat readers.csv.gz | newsletter subscribers import - --consent 'Letter of May 2025'
"""


@click.command("import", epilog=_EPILOG)
@click.argument("file", type=click.File("rb"))
@naming.newsletter
@click.option("--consent", default="", help="How these readers agreed; kept with each of them.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each row, and write nothing.")
@click.option(
    "--refused",
    type=click.File("w", encoding="utf-8", errors="surrogateescape", lazy=False),
    help="Write every refused row here, as CSV: line, reason, and what stood in it.",
)
@click.option(
    "--map",
    "columns",
    metavar="FIELD=COLUMN",
    multiple=True,
    help="What a column is; an empty COLUMN drops the field.",
)
@click.option("--encoding", default="", help="The file's encoding, where it is not recognised rightly.")
@click.option("--with-leavers", is_flag=True, help="Keep who has left, bounced or complained there as such.")
@click.option(
    "--everybody",
    type=click.Choice([str(each) for each in Elsewhere if each is not Elsewhere.REMOVED]),
    help="How all of the file's readers stand, whatever it says.",
)
@as_json
@pass_context
def import_readers(
    context: Context,
    /,
    *,
    file: IO[bytes],
    newsletter: str | None,
    consent: str,
    dry_run: bool,
    refused: IO[str] | None,
    columns: tuple[str, ...],
    encoding: str,
    with_leavers: bool,
    everybody: str | None,
    as_json: bool,
) -> None:
    """Add the readers of a CSV file, active. Who left, or may not be mailed, stays so.

    Exports of Mailchimp, Substack, Ghost, listmonk and Buttondown are recognised, and plain lists by the names of
    their columns; without such names it is email, name, sections. `-` reads standard input. Cut off, it is simply
    run again; `newsletter subscribers undo` takes it back.
    """
    if not consent and not dry_run:
        raise click.UsageError("Say how these readers agreed, with --consent; or look first, with --dry-run.")
    chosen = context.newsletter(newsletter)
    text = importing.decode(file, encoding)
    table = importing.read(text.lines, _pairs(columns), _name(file))
    sections = [section.name for section in chosen.sections] or None
    wanted = Import(
        table,
        Rules(chosen.slug, sections, with_leavers, Elsewhere(everybody) if everybody else None),
        Evidence("import", actor=f"cli: {_name(file)}", consent_text=consent),
        context.app.clock.now,
        _name(file),
    )
    if not as_json:
        _show_columns(table, text.encoding, chosen)
    report = _run(context, file, wanted, refused, importing.foresee if dry_run else importing.take)
    (_tell_json if as_json else _tell)(report, table, text.encoding, named=refused is not None)


@click.command(epilog="\b\nExample:\n  newsletter subscribers imports")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="At most so many.")
@as_json
@pass_context
def imports(context: Context, /, *, limit: int, as_json: bool) -> None:
    """List the files of readers that were taken in, the latest first."""
    with context.app.database.reading() as session:
        found = session.scalars(select(ImportRow).order_by(ImportRow.id.desc()).limit(limit)).all()
    rows = [_line(context, row) for row in found]
    if as_json:
        write_json(rows)
        return
    columns = ("id", "file", "newsletter", "started", "state", "added", "unchanged", "refused")
    write_table(rows, columns, empty="Nothing has been imported yet.")


@click.command(epilog="\b\nExample:\n  newsletter subscribers undo 3")
@click.argument("number", type=click.IntRange(1, 2**31 - 1), metavar="ID")
@as_json
@pass_context
def undo(context: Context, /, *, number: int, as_json: bool) -> None:
    """Take back whom an import added. Who did something themselves since stays, and so does who has left.

    Importing the file again brings them back.
    """
    app = context.app
    with app.database.reading() as session:
        row = session.get(ImportRow, number)
        total = row.added if row else None
    with _bar(f"Undoing import {number}", total) as move:
        report = importing.undo(
            app.database, number, Evidence("cli", actor="cli"), app.clock.now, lambda n: move(n, n)
        )
    if as_json:
        write_json(asdict(report))
        return
    out.print(f"{count(report.removed, 'reader')} removed.")
    if report.kept:
        out.print(
            f"{count(report.kept, 'reader')} kept: they did something since, or came again with another import."
        )
    if report.left:
        out.print(f"{count(report.left, 'reader')} had left by themselves, and stay so.")


def _pairs(columns: tuple[str, ...]) -> dict[str, str]:
    pairs = [column.partition("=") for column in columns]
    for field, sign, _ in pairs:
        if not sign:
            raise click.UsageError(f'"{field}" says nothing; write --map email=COLUMN.')
    return {field.strip(): column for field, _, column in pairs}


def _name(file: IO[bytes]) -> str:
    return file.name.rpartition("/")[2] if isinstance(file.name, str) and file.name != "<stdin>" else "-"


def _show_columns(table: Table, encoding: str, newsletter: NewsletterSettings) -> None:
    columns = table.columns
    err.print(f"Read as {columns.product.named}, {encoding}; into {newsletter.slug}:", soft_wrap=True)
    for field, name in columns.mapping:
        err.print(f"  {field.replace('_', ' ')} ← {name}", soft_wrap=True)
    if columns.everybody:
        err.print(f"  everybody in it: {columns.everybody}, as the file's name says")
    if columns.unmapped:
        err.print(f"Not used: {', '.join(columns.unmapped)}.", soft_wrap=True)
    if columns.product.caution:
        err.print(f"Mind: {columns.product.caution}", soft_wrap=True)


def _run(
    context: Context,
    file: IO[bytes],
    wanted: Import,
    refused: IO[str] | None,
    run: Callable[..., ImportReport],
) -> ImportReport:
    if refused is not None:
        wanted = replace(wanted, refused=RefusedFile.into(refused, wanted.table.columns.header))
    app, size = context.app, _size(file)
    with _bar(f"Importing {wanted.file_name}", size) as move:
        told = replace(wanted, progress=lambda rows: move(rows, file.tell() if size else rows))
        return run(app.database, app.tokens, told)


def _size(file: IO[bytes]) -> int | None:
    """Return a file's size in octets, None for a pipe."""
    if not file.seekable():
        return None
    here = file.tell()
    size = file.seek(0, 2)
    file.seek(here)
    return size


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Show the rows done and how many that are a second."""
        rows = task.fields["rows"]
        return Text(f"{rows:,} rows, {rows / task.elapsed:,.0f}/s" if task.elapsed and rows else "")


@contextmanager
def _bar(title: str, total: int | None) -> Iterator[Callable[[int, int], None]]:
    """Show how far a file is read; what it yields is told rows, and how much of `total` that is."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), _Speed()
    with Progress(
        *columns, TimeRemainingColumn(), console=err, transient=True, disable=not err.is_terminal
    ) as progress:
        task = progress.add_task(title, total=total, rows=0)
        yield lambda rows, done: progress.update(task, rows=rows, completed=done)


def _tell(report: ImportReport, table: Table, encoding: str, *, named: bool) -> None:  # noqa: ARG001
    facts: dict[str, object] = {} if report.number is None else {"import": report.number}
    facts |= {str(fate): number for fate, number in report.fates.items()} | {"refused": report.refused}
    facts |= {f"  {reason}": number for reason, number in report.reasons.most_common()}
    write_pairs(facts)
    if report.number is None:
        for fate, emails in report.seen.items():
            more = ", …" if report.fates[fate] > len(emails) else ""
            out.print(f"{fate}: {', '.join(emails)}{more}", soft_wrap=True)
        out.print("Nothing was written: this was a dry run.")
    for refusal in report.refusals:
        err.print(f"line {refusal.line}: {refusal.sentence}", soft_wrap=True)
    if report.refused > len(report.refusals) and not named:
        err.print("… and more; --refused FILE writes them all.")


def _tell_json(report: ImportReport, table: Table, encoding: str, *, named: bool) -> None:  # noqa: ARG001
    write_json(
        {
            "import": report.number,
            "product": table.columns.product.name,
            "encoding": encoding,
            "columns": dict(table.columns.mapping),
            "unmapped": table.columns.unmapped,
            "added": report.added,
            "unchanged": report.unchanged,
            "refused": report.refused,
            "fates": {str(fate): number for fate, number in report.fates.items()},
            "seen": {str(fate): emails for fate, emails in report.seen.items()},
            "reasons": {str(reason): number for reason, number in report.reasons.items()},
            "first_refused": [
                {"line": one.line, "kind": one.reason, "reason": one.sentence} for one in report.refusals
            ],
        }
    )


def _line(context: Context, row: ImportRow) -> dict[str, object]:
    state = "undone" if row.undone_at else "done" if row.finished_at else "not finished: run it again"
    return {
        "id": row.id,
        "file": row.file_name,
        "newsletter": row.newsletter,
        "started": context.local(row.started_at),
        "state": state,
        "added": row.added,
        "unchanged": row.unchanged,
        "refused": row.refused,
    }


def add_to(group: click.Group) -> None:
    """Add the commands to `newsletter subscribers`."""
    for command in (import_readers, imports, undo):
        group.add_command(command)
