"""How commands name things.

An issue by its number, as `evening/2026-03-10`, as `evening`, or not at all; a newsletter by its slug; a reader by
the address.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.cli.context import Context
from newsletter.issues import store
from newsletter.issues.tables import IssueRow
from subscribers.addresses import normalise
from subscribers.models import Subscriber

argument: Callable[[Any], Any] = click.argument("issue", required=False, metavar="[ISSUE]")
newsletter: Callable[[Any], Any] = click.option(
    "--newsletter", metavar="SLUG", help="The newsletter; the first one by default."
)
_LARGEST = 2**31 - 1


def issue_named(context: Context, session: Session, name: str | None) -> IssueRow:
    """Return the issue that was named. Raises ClickException, UsageError for what is no name of an issue."""
    if name is not None and name.isascii() and name.isdecimal():
        number = min(int(name[:12]), _LARGEST)
        return _found(session.get(IssueRow, number), f"There is no issue {name}.")
    slug, _, day = (name or "").partition("/")
    newsletter = context.newsletter(slug).slug if slug else None
    if day:
        return _found(store.find(session, newsletter or "", _date(day)), f"There is no issue {name}.")
    latest = next((each for each in store.recent(session, newsletter) if not each.part), None)
    return _found(latest, "There is no issue yet; `newsletter issues build` makes one.")


def reader_named(session: Session, email: str) -> Subscriber:
    """Return who has that address. Raises InvalidAddress, LookupError."""
    reader = session.scalars(select(Subscriber).where(Subscriber.address == normalise(email).key)).one_or_none()
    if reader is None:
        raise LookupError(f"Nobody with the address {email} has ever signed up.")
    return reader


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f'"{text}" is not a date such as 2026-03-10.') from None


def _found(issue: IssueRow | None, otherwise: str) -> IssueRow:
    if issue is None:
        raise click.ClickException(otherwise)
    return issue
