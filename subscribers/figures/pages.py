"""On which pages readers signed up, and how many of them confirmed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from subscribers.figures.counting import newsletter_of, was_active, within
from subscribers.figures.spans import Span
from subscribers.models import SubscriptionEvent
from subscribers.states import Event

OTHER = "(other pages)"
_AT_ONCE = 1_000
_MOST = 1_000  # whoever posts a form says what page it stood on: made-up ones must not fill the memory


@dataclass(frozen=True, slots=True)
class Page:
    """Where readers signed up, and how many have confirmed since. `source` is the way: `form`, `api`, `cli`.

    `page` is an address without its query, empty where none was named.
    """

    source: str
    page: str
    signed_up: int
    confirmed: int

    @property
    def rate(self) -> float:
        """The share that confirmed, from 0 to 1."""
        return self.confirmed / self.signed_up


def pages(session: Session, span: Span, *, newsletter: str | None = None) -> list[Page]:
    """Return the pages on which was signed up in a span, that of most sign-ups first.

    A subscription counts once, for the first of its sign-ups in the span that did not find it active.
    """
    signed_up: Counter[tuple[str, str]] = Counter()
    confirmed: Counter[tuple[str, str]] = Counter()
    found = session.execute(_by_page(span, newsletter), execution_options={"yield_per": _AT_ONCE})
    for source, page, asked, came in found:
        key = source, _plain(page)
        if key not in signed_up and len(signed_up) >= _MOST:
            key = source, OTHER
        signed_up[key] += asked
        confirmed[key] += came
    return [Page(*key, number, confirmed[key]) for key, number in signed_up.most_common()]


def _by_page(span: Span, newsletter: str | None) -> Select[str, str, int, int]:
    asked, later = aliased(SubscriptionEvent), aliased(SubscriptionEvent)
    came = exists().where(
        later.subscription_id == asked.subscription_id, later.id > asked.id, later.event == Event.CONFIRMED
    )
    numbers = _first_wishes(span, newsletter).subquery()
    each = select(asked.source, asked.source_page, case((came, 1), else_=0).label("came")).join(
        numbers, numbers.c.id == asked.id
    )
    one = each.subquery()
    return select(one.c.source, one.c.source_page, func.count(), func.sum(one.c.came)).group_by(
        one.c.source, one.c.source_page
    )


def _first_wishes(span: Span, newsletter: str | None) -> Select[int]:
    """Select each subscription's first sign-up in a span, but for those of who was active already."""
    row = SubscriptionEvent
    wanted = select(func.min(row.id).label("id")).where(
        *within(span), row.event == Event.SIGNED_UP, ~was_active(row)
    )
    if newsletter is not None:
        wanted = wanted.where(newsletter_of(row) == newsletter)
    return wanted.group_by(row.subscription_id)


def _plain(page: str) -> str:
    """Return the address without query and fragment, which tell campaigns and readers apart, and not pages."""
    return urlsplit(page)._replace(query="", fragment="").geturl()
