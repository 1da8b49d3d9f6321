"""A story's link and a letter's picture, where opens and clicks are counted.

Where a link leads is looked up by its number among the issue's own: nothing in the address can make it lead
elsewhere. Only GET counts, and whether or not it does, the answer is the same.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime

import structlog
from flask import Response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import DeliveryRow
from newsletter.delivery.states import DeliveryState
from newsletter.issues.tables import IssueRow
from newsletter.tracking.agents import machine
from newsletter.tracking.counting import count
from newsletter.tracking.judging import Kind, Seen
from newsletter.tracking.links import target
from newsletter.web.context import here
from newsletter.web.public.links import DeadLink, Link, not_whole, read
from newsletter.web.public.standing import newsletter_of
from subscribers.tokens import Purpose

_PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")  # 1 x 1, transparent, GIF89a

log = structlog.get_logger("newsletter.web")


def click(issue_id: int, number: int, token: str) -> ResponseReturnValue:
    """Count a click and lead to the story. Link 0 is the one that people cannot see."""
    issue, link = _read(issue_id, token)
    site = here().settings.site
    with here().database.reading() as session:
        url = target(session, issue.id, number) if number else site.url or site.base_url
    if url is None:
        raise not_whole(None)
    _count(issue, link, Kind.CLICK if number else Kind.HIDDEN, number)
    return redirect(url, 302)


def opened(issue_id: int, token: str) -> ResponseReturnValue:
    """Count an opening and answer with the picture, which is the same for a link that is not ours."""
    try:
        issue, link = _read(issue_id, token)
    except DeadLink:
        return Response(_PICTURE, mimetype="image/gif")
    _count(issue, link, Kind.OPEN)
    return Response(_PICTURE, mimetype="image/gif")


def _read(issue_id: int, token: str) -> tuple[IssueRow, Link]:
    """Return the issue and whose link it is. Raises DeadLink.

    A reader's mark names no issue, but the moment when its letters were frozen: on another it is no good.
    """
    try:
        link = read(Purpose.TRACKING, token)
    except DeadLink:
        raise not_whole(None) from None
    with here().database.reading() as session:
        issue = session.get(IssueRow, issue_id)
    if issue is None or not _belongs(link, issue):
        raise not_whole(None)
    return issue, link


def _belongs(link: Link, issue: IssueRow) -> bool:
    if link.is_trial:
        return link.row == issue.id
    return issue.locked_at is not None and issue.locked_at.replace(microsecond=0) == link.made_at


def _count(issue: IssueRow, link: Link, kind: Kind, number: int = 0) -> None:
    """Count what is to be counted. A database in trouble keeps no reader from the story."""
    app = here()
    newsletter = newsletter_of(app.settings, issue.newsletter)
    counted = newsletter.tracking if newsletter else app.settings.tracking
    is_wanted = counted.opens if kind is Kind.OPEN else counted.clicks
    if request.method != "GET" or link.is_trial or not is_wanted:
        return
    fields = {name.lower(): value for name, value in request.headers.items()}
    now = app.clock.now()
    hit = Seen(now, kind, number, machine(fields))
    try:
        with app.database.writing() as session:
            accepted_at = _accepted_at(session, issue.id, link.row, now)
            count(session, issue, link.row, hit, accepted_at=accepted_at, keep=counted.keep)
    except SQLAlchemyError as trouble:
        log.warning("a hit was not counted", issue=issue.id, problem=type(trouble).__name__)


def _accepted_at(session: Session, issue_id: int, subscription_id: int, now: datetime) -> datetime | None:
    """Return when the letter was accepted: this moment, where the ledger has yet to be told."""
    delivery = session.get(DeliveryRow, (issue_id, subscription_id))
    if delivery is None:
        return None
    if delivery.state == DeliveryState.CLAIMED:
        return now
    return delivery.settled_at if delivery.state == DeliveryState.ACCEPTED else None
