"""`newsletter desk`: accounts for the editors' pages."""

from __future__ import annotations

import warnings
from getpass import GetPassWarning
from typing import IO

import click

from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import out
from newsletter.editors import accounts
from newsletter.editors.roles import Role

_PASSWORD_FILE = click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    help="Read the password from this file, or from standard input with `-`, instead of asking for it.",
)


@click.group()
def desk() -> None:
    """Accounts for the editors' pages."""


@desk.command(epilog="\b\nExample:\n  newsletter desk add editor@example.org --name 'Ada Nwosu'")
@click.argument("email")
@click.option("--name", default="", help="How the desk names this editor.")
@click.option(
    "--role",
    type=click.Choice([*Role]),
    default=Role.ADMINISTRATOR,
    show_default=True,
    help="What this account may do; each may do all that the one before it may.",
)
@_PASSWORD_FILE
@pass_context
def add(context: Context, /, *, email: str, name: str, role: str, password_file: IO[str] | None) -> None:
    """Open an account. The password is asked for, twice."""
    app, password = context.app, _password(password_file)
    with app.database.writing() as session:
        editor = accounts.add_editor(session, email, name, password, app.clock.now(), role=Role(role))
    out.print(f"{editor.email} can sign in at {app.settings.site.base_url}/desk/.", soft_wrap=True)


@desk.command(epilog="\b\nExample:\n  newsletter desk password editor@example.org")
@click.argument("email")
@_PASSWORD_FILE
@pass_context
def password(context: Context, /, *, email: str, password_file: IO[str] | None) -> None:
    """Give an account a new password, which ends its sessions."""
    app, wanted = context.app, _password(password_file)
    with app.database.writing() as session:
        accounts.set_password(session, email, wanted)
    out.print(f"{email} has a new password.", soft_wrap=True)


def _password(file: IO[str] | None) -> str:
    if file is not None:
        return file.read().rstrip("\r\n")
    try:
        with warnings.catch_warnings(action="ignore", category=GetPassWarning):  # it names a line of Python's own
            answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    except click.Abort as nothing:
        if isinstance(nothing.__context__, KeyboardInterrupt):
            raise
        raise click.UsageError("No password came; type it, or name a file with --password-file.") from None
    return answer
