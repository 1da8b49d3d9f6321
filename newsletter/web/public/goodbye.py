"""The page of who has left: the way back, fewer mails instead, the other newsletters, and why."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template

from newsletter.web.context import here
from newsletter.web.public.frequencies import frequencies
from newsletter.web.public.standing import Standing, others
from subscribers.leaving import has_said_why, may_return
from subscribers.models import Frequency, Subscription
from subscribers.states import State
from subscribers.tokens import Purpose

TAKEN_BACK_WITHIN = timedelta(hours=24)
REASONS = ("too_many", "not_interested", "never_signed_up", "reads_elsewhere", "looks_broken")


def goodbye(left: Standing | None, note: str = "", own: str = "") -> str:
    """Return the page; `left` is None where the subscription was deleted long ago.

    `own` is the token of the reader's link to their own data, where they came by it. Undoing is offered for as
    long as it works.
    """
    if left is None or left.is_trial:
        return render_template("web/public/goodbye.html", standing=left, others=[])
    app = here()
    now = app.clock.now()
    with app.database.reading() as session:
        subscription = session.get_one(Subscription, left.id)
        returns = may_return(session, subscription, now, within=TAKEN_BACK_WITHIN)
        may_say_why = left.state is State.UNSUBSCRIBED and not has_said_why(subscription)
        kept = others(session, left.id)
    return render_template(
        "web/public/goodbye.html",
        standing=left,
        token=app.tokens.sign(Purpose.UNSUBSCRIBE, left.id, now),
        back=app.tokens.sign(Purpose.RETURN, left.id, subscription.changed_at) if returns else "",
        fewer=fewer(left),
        others=kept,
        reasons=REASONS if may_say_why else (),
        note=note,
        own=own,
    )


def fewer(left: Standing) -> list[Frequency]:
    """Return how the newsletter can be had less often than the reader had it."""
    if left.settings is None:
        return []
    often = list(Frequency)
    return [each for each in frequencies([left.settings]) if often.index(each) > often.index(left.frequency)]
