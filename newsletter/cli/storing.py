"""`newsletter db`."""

from __future__ import annotations

import click

from newsletter import migrations
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import out
from subscribers.database import open_database


@click.group("db")
def database() -> None:
    """The database's shape."""


@database.command(epilog="\b\nExample:\n  newsletter db upgrade")
@pass_context
def upgrade(context: Context, /) -> None:
    """Bring the database to this version's shape; nothing in it is lost. Run it after each update."""
    migrations.upgrade(context.settings.database_url)
    out.print(f"The database is at revision {migrations.head()}.")


@database.command(epilog="\b\nExample:\n  newsletter db current")
@pass_context
def current(context: Context, /) -> None:
    """Say which revision the database is at; the exit code is 1 when it is not this version's."""
    opened = open_database(context.settings.database_url)
    try:
        found = migrations.current(opened)
    finally:
        opened.dispose()
    out.print(f"The database is at {found or 'no revision yet'}; this version works with {migrations.head()}.")
    if found != migrations.head():
        raise click.exceptions.Exit(1)
