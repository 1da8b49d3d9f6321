"""How a command names an issue: by its number, as `evening/2026-03-10`, as `evening`, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import click
from sqlalchemy.orm import Session

from newsletter.cli.context import Context
from newsletter.issues import store
from newsletter.issues.tables import IssueRow

argument: Callable[[Any], Any] = click.argument("issue", required=False, metavar="[ISSUE]")

HOW = "ISSUE is a number, `evening/2026-03-10`, or `evening` for its latest; without it, the latest of all."


def issue_named(context: Context, session: Session, name: str | None) -> IssueRow:
    """Return the issue that was named. Raises ClickException, UsageError for what is no name of an issue."""
    if name is not None and name.isdigit():
        return _found(session.get(IssueRow, int(name)), f"There is no issue {name}.")
    slug, _, day = (name or "").partition("/")
    newsletter = context.newsletter(slug).slug if slug else None
    if day:
        return _found(store.find(session, newsletter or "", _date(day)), f"There is no issue {name}.")
    latest = store.recent(session, newsletter, limit=1)
    return _found(latest[0] if latest else None, "There is no issue yet; `newsletter issues build` makes one.")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f'"{text}" is not a date such as 2026-03-10.') from None


def _found(issue: IssueRow | None, otherwise: str) -> IssueRow:
    if issue is None:
        raise click.ClickException(otherwise)
    return issue
