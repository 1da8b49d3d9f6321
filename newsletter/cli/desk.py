"""`newsletter desk`: accounts for the editors' pages, and what was done there."""

from __future__ import annotations

import datetime as dt
import warnings
from getpass import GetPassWarning
from typing import IO

import click

from newsletter.app import App
from newsletter.cli.context import Context, pass_context
from newsletter.cli.printing import as_json, out, write_json, write_table
from newsletter.editors import accounts, links, sessions
from newsletter.editors.log import About, note
from newsletter.editors.roles import Role
from newsletter.web.desk.log import SHOWN, Question, lines

ACTOR = "cli"
_ROLES = click.Choice([role.value for role in Role])
_PASSWORD_FILE = click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    help="Read the password from this file, or from standard input with `-`, instead of asking for it.",
)
_NAME = click.option("--name", default="", help="How the desk names this person.")


@click.group()
def desk() -> None:
    """Accounts for the editors' pages."""


@desk.command(epilog="\b\nExample:\n  newsletter desk invite editor@example.org --role editor --name 'Ada Nwosu'")
@click.argument("email")
@_NAME
@click.option(
    "--role",
    type=_ROLES,
    default=Role.EDITOR.value,
    show_default=True,
    help="What this account may do; each may do all that the one before it may.",
)
@pass_context
def invite(context: Context, /, *, email: str, name: str, role: str) -> None:
    """Mail somebody a link that opens an account. The link is shown as well."""
    app, lasts = context.app, context.app.settings.desk.invitations_last
    with app.database.writing() as session:
        link = accounts.invite(session, email, name, app.clock.now(), role=Role(role), actor=ACTOR, lasts=lasts)
        token = links.written(app.tokens, link)
    until = context.local(link.expires_at)
    out.print(f"The daemon mails the invitation. It works once, until {until}, and is this:", soft_wrap=True)
    click.echo(f"{app.settings.site.base_url}/desk/invitation/{token}")


@desk.command(epilog="\b\nExample:\n  newsletter desk add editor@example.org --name 'Ada Nwosu'")
@click.argument("email")
@_NAME
@click.option(
    "--role",
    type=_ROLES,
    default=Role.ADMINISTRATOR.value,
    show_default=True,
    help="What this account may do; each may do all that the one before it may.",
)
@_PASSWORD_FILE
@pass_context
def add(context: Context, /, *, email: str, name: str, role: str, password_file: IO[str] | None) -> None:
    """Open an account at once. The password is asked for, twice."""
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
        accounts.set_password(session, email, wanted, app.clock.now())
    out.print(f"{email} has a new password.", soft_wrap=True)


@desk.command("list", epilog="\b\nExample:\n  newsletter desk list")
@as_json
@pass_context
def list_accounts(context: Context, /, *, as_json: bool) -> None:
    """Show every account."""
    with context.app.database.reading() as session:
        seen = sessions.last_seen(session)
        rows = [
            {
                "email": editor.email,
                "name": editor.name,
                "role": editor.role,
                "second_factor": "yes" if editor.totp_salt else "no",
                "last_seen": context.local(seen.get(editor.id)),
                "state": _state(editor.accepted_at, editor.disabled_at),
            }
            for editor in accounts.everybody(session)
        ]
    columns = ("email", "name", "role", "second_factor", "last_seen", "state")
    write_json(rows) if as_json else write_table(rows, columns, empty="Nobody has an account yet.")


@desk.command(epilog="\b\nExample:\n  newsletter desk role editor@example.org publisher")
@click.argument("email")
@click.argument("role", type=_ROLES)
@pass_context
def role(context: Context, /, *, email: str, role: str) -> None:
    """Let an account do more or less, from its next click on."""
    with context.app.database.writing() as session:
        editor = accounts.require(session, email)
        accounts.change_role(session, editor, Role(role), context.app.clock.now(), actor=ACTOR)
    out.print(f"{email} is {role} now.", soft_wrap=True)


@desk.command(epilog="\b\nExample:\n  newsletter desk disable editor@example.org")
@click.argument("email")
@pass_context
def disable(context: Context, /, *, email: str) -> None:
    """Shut an account out at once, and end its sessions."""
    with context.app.database.writing() as session:
        accounts.disable(session, accounts.require(session, email), context.app.clock.now(), actor=ACTOR)
    out.print(f"{email} is disabled.", soft_wrap=True)


@desk.command(epilog="\b\nExample:\n  newsletter desk enable editor@example.org")
@click.argument("email")
@pass_context
def enable(context: Context, /, *, email: str) -> None:
    """Let an account in again."""
    with context.app.database.writing() as session:
        accounts.enable(session, accounts.require(session, email), context.app.clock.now(), actor=ACTOR)
    out.print(f"{email} is enabled.", soft_wrap=True)


@desk.command("sign-out", epilog="\b\nExample:\n  newsletter desk sign-out editor@example.org")
@click.argument("email")
@pass_context
def sign_out(context: Context, /, *, email: str) -> None:
    """End all sessions of an account."""
    app: App = context.app
    with app.database.writing() as session:
        editor, now = accounts.require(session, email), app.clock.now()
        ended = sessions.end_all(session, editor.id, now, by=ACTOR)
        note(session, now, ACTOR, "ended sessions", About.ACCOUNT, subject=editor.email)
    out.print(f"{ended} {'session' if ended == 1 else 'sessions'} ended.", soft_wrap=True)


@desk.command(
    "reset-second-factor", epilog="\b\nExample:\n  newsletter desk reset-second-factor editor@example.org"
)
@click.argument("email")
@pass_context
def reset_second_factor(context: Context, /, *, email: str) -> None:
    """Take a lost second factor off an account, and end its sessions."""
    app = context.app
    with app.database.writing() as session:
        accounts.reset_second_factor(session, accounts.require(session, email), app.clock.now(), actor=ACTOR)
    out.print(f"{email} has no second factor any more.", soft_wrap=True)


@desk.command(epilog="\b\nExample:\n  newsletter desk log --actor editor@example.org --day 2026-09-30")
@click.option("--actor", default="", help="Only what this address, `cli` or `daemon` did.")
@click.option("--issue", type=click.IntRange(1, 2**31 - 1), help="Only what was done to the issue of this number.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Only this day, in the newsroom's time.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=SHOWN, show_default=True, help="How many lines.")
@as_json
@pass_context
def log(
    context: Context, /, *, actor: str, issue: int | None, day: dt.datetime | None, limit: int, as_json: bool
) -> None:
    """Show who did what: at the desk, by command, and the daemon. The latest comes first."""
    asked = Question(actor, issue, day.date() if day else None)
    with context.app.database.reading() as session:
        found = lines(session, asked, context.app.settings.site.time_zone, limit)
    rows = [
        {
            "at": context.local(line.at),
            "actor": line.actor,
            "deed": line.deed,
            "about": f"{line.about} {line.subject}".strip(),
            "detail": line.detail,
        }
        for line in found
    ]
    columns = ("at", "actor", "deed", "about", "detail")
    write_json(rows) if as_json else write_table(rows, columns, empty="Nothing was done.")


def _state(accepted_at: dt.datetime | None, disabled_at: dt.datetime | None) -> str:
    if disabled_at is not None:
        return "disabled"
    return "invited" if accepted_at is None else "good"


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
