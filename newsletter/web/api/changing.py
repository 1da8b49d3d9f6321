"""Changing what readers chose, and ending subscriptions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from newsletter.web.api.checks import configured, fault, require_sections, shown, unchanged
from newsletter.web.api.operations import Answer, Call, Operation
from newsletter.web.api.scopes import Scope
from newsletter.web.api.shapes import Subscription
from newsletter.web.api.wishes import Change, Goodbye
from newsletter.web.problems import Problem
from subscribers import leaving, models, preferences
from subscribers.states import NoSuchTransition

LONGEST_PAUSE = timedelta(days=731)


def change(call: Call, wish: Change) -> Answer:
    """Keep what the reader chose."""
    number, now = call.ids["id"], call.app.clock.now()
    given = {name: getattr(wish, name) for name in wish.model_fields_set}
    pause_given, until = "paused_until" in given, given.pop("paused_until", None)
    _require_soon(until, now)
    with call.app.database.writing() as session:
        row = unchanged(call, session)
        require_sections(configured(call, row.newsletter), given.get("sections") or ())
        try:
            if given:
                preferences.choose(session, number, _wish(row, given), call.evidence, now)
            if pause_given:
                preferences.pause(session, number, until, call.evidence, now)
        except NoSuchTransition:
            raise _conflict(row) from None
        return shown(session, number)


def unsubscribe(call: Call, goodbye: Goodbye) -> Answer:
    """End a subscription."""
    with call.app.database.writing() as session:
        row = unchanged(call, session)
        leaving.unsubscribe(session, row.id, call.evidence, call.app.clock.now(), reason=goodbye.reason)
        return shown(session, row.id)


def _wish(row: models.Subscription, given: dict[str, Any]) -> preferences.Wish:
    """Return what the reader has, with what is given in its place; null means the newsletter's or none."""
    default = preferences.Wish()
    wanted = {name: getattr(default, name) if value is None else value for name, value in given.items()}
    if "sections" in wanted:
        wanted["sections"] = frozenset(wanted["sections"])
    return replace(preferences.wish_of(row), **wanted)


def _require_soon(until: datetime | None, now: datetime) -> None:
    if until is not None and not now < until < now + LONGEST_PAUSE:
        raise fault("paused_until", f"must lie in the coming {LONGEST_PAUSE.days} days")


def _conflict(row: models.Subscription) -> Problem:
    return Problem(409, f"The subscription is {row.state}, so that can't be changed.")


OPERATIONS = (
    Operation(
        name="change_subscription",
        method="PATCH",
        path="/subscriptions/{id}",
        summary="Change what a reader chose",
        detail="Name, language, time zone and tracking hold for all of the reader's newsletters.",
        scopes=(Scope.READERS_WRITE,),
        perform=change,
        takes=Change,
        answers={200: Subscription},
        problems=frozenset({404, 409, 412}),
        has_etag=True,
    ),
    Operation(
        name="unsubscribe",
        method="POST",
        path="/subscriptions/{id}/unsubscribe",
        summary="End a subscription",
        detail="Again changes nothing.",
        scopes=(Scope.READERS_WRITE,),
        perform=unsubscribe,
        takes=Goodbye,
        answers={200: Subscription},
        problems=frozenset({404, 412}),
        has_etag=True,
    ),
)
