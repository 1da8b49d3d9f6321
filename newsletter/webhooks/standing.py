"""How each endpoint fares, for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.webhooks import endpoints
from newsletter.webhooks.tables import MessageState, WebhookEndpoint, WebhookMessage


@dataclass(frozen=True, slots=True)
class Standing:
    """One endpoint. `state` is `works`, `fails` or `disabled`; `trouble` what went wrong last. Moments in UTC."""

    id: int
    url: str
    events: Sequence[str]
    state: str
    owed: int
    given_up: int
    trouble: str
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None


def standing(session: Session) -> list[Standing]:
    """Return how all of them fare, the oldest first."""
    counted = _counts(session)
    return [_standing(each, counted) for each in endpoints.every(session)]


def _standing(endpoint: WebhookEndpoint, counted: dict[tuple[int, str], int]) -> Standing:
    state = "disabled" if endpoint.disabled_at else "fails" if endpoint.failing_since else "works"
    return Standing(
        id=endpoint.id,
        url=endpoint.url,
        events=tuple(endpoint.events),
        state=state,
        owed=counted.get((endpoint.id, MessageState.OWED), 0),
        given_up=counted.get((endpoint.id, MessageState.GIVEN_UP), 0),
        trouble=endpoint.trouble,
        created_at=endpoint.created_at,
        failing_since=endpoint.failing_since,
        disabled_at=endpoint.disabled_at,
    )


def _counts(session: Session) -> dict[tuple[int, str], int]:
    counted = select(WebhookMessage.endpoint_id, WebhookMessage.state, func.count())
    rows = session.execute(counted.group_by(WebhookMessage.endpoint_id, WebhookMessage.state))
    return {(number, state): count for number, state, count in rows}
