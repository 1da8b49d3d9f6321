"""`newsletter collect` and `newsletter sources`."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.progress import Progress

from newsletter.articles import store
from newsletter.articles.collect import collect as collect_articles
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, err, write_json, write_table


@click.command(epilog="\b\nExamples:\n  newsletter collect\n  newsletter collect --source magazine --json")
@click.option("--source", metavar="NAME", help="Ask this source only.")
@as_json
@pass_context
def collect(context: Context, /, *, source: str | None, as_json: bool) -> None:
    """Ask the sources for the day's articles.

    A source that can't be read does not stop the others; the exit code is 1 when one failed.
    """
    names = [one.name for one in context.settings.sources]
    if source is not None and source not in names:
        raise click.UsageError(f'There is no source "{source}"; the configuration has: {", ".join(names)}.')
    app = context.app
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Collecting", total=1 if source else len(names))
        reports = collect_articles(
            app.settings, app.database, app.clock, only=source, progress=lambda _: progress.advance(task)
        )
    rows = [asdict(report) for report in reports]
    if as_json:
        write_json(rows)
    else:
        write_table(
            rows, ("name", "found", "added", "changed", "withdrawn", "error"), empty="There are no sources."
        )
    if any(report.error for report in reports):
        raise click.exceptions.Exit(1)


@click.group()
def sources() -> None:
    """Where articles come from."""


@sources.command("list", epilog="\b\nExample:\n  newsletter sources list")
@as_json
@pass_context
def list_sources(context: Context, /, *, as_json: bool) -> None:
    """Show each source, and how it fared when it was last asked."""
    app = context.app
    with app.database.reading() as session:
        asked = {row.name: row for row in store.statuses(session)}
    rows = [
        {
            "name": source.name,
            "kind": source.kind,
            "place": source.url or str(source.path),
            "checked": context.local(row.checked_at) if (row := asked.get(source.name)) else None,
            "succeeded": context.local(row.succeeded_at) if row else None,
            "error": row.error if row else "never asked",
        }
        for source in app.settings.sources
    ]
    columns = ("name", "kind", "place", "checked", "succeeded", "error")
    write_json(rows) if as_json else write_table(rows, columns, empty="There are no sources.")
