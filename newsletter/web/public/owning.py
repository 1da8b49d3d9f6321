"""A reader's own data: all of it as a file, and the way to be forgotten."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.answers import answers
from newsletter.feedback import forgetting as feedback
from newsletter.tracking import forgetting as tracking
from newsletter.web.context import here
from newsletter.web.forgetting import forget
from newsletter.web.public.links import DeadLink, Link, read
from newsletter.web.public.proof import link_proof
from newsletter.web.public.standing import own
from subscribers.models import Subscription
from subscribers.owning import held
from subscribers.tokens import Purpose

_OF_A_DELIVERY = ("newsletter", "date", "email", "state", "attempts", "settled_at", "status", "reply")


def download(token: str) -> ResponseReturnValue:
    """Hand over everything that is held on the reader, as JSON."""
    link = read(Purpose.PREFERENCES, token)
    with here().database.reading() as session:
        found = {} if link.is_trial else _everything(session, link)
    text = json.dumps(found, ensure_ascii=False, indent=2, default=str)
    response = Response(text + "\n", mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


def forget_me(token: str) -> ResponseReturnValue:
    """Show the question; on POST, forget the reader. Again changes nothing."""
    link = read(Purpose.PREFERENCES, token)
    app = here()
    with app.database.reading() as session:
        try:
            shown = own(session, link)
        except DeadLink:
            if _is_forgotten(session, link):  # before, or by the other press of a double click
                return render_template("web/public/forgotten.html")
            raise
    if request.method == "POST" and not link.is_trial:
        with app.database.writing() as session:
            forget(session, app, link.row, link_proof())
        return render_template("web/public/forgotten.html")
    return render_template("web/public/erase.html", standing=shown, token=token)


def _is_forgotten(session: Session, link: Link) -> bool:
    subscription = None if link.is_trial else session.get(Subscription, link.row)
    return subscription is not None and subscription.subscriber.erased_at is not None


def _everything(session: Session, link: Link) -> dict[str, Any]:
    own(session, link)
    subscription = session.get_one(Subscription, link.row)
    found = held(session, subscription.subscriber_id)
    email = subscription.subscriber.email
    sent = answers(session, email=email) if email else ()
    numbers = [each.id for each in subscription.subscriber.subscriptions]
    return found | {
        "letters": [{name: getattr(each, name) for name in _OF_A_DELIVERY} for each in sent],
        "mail_that_came_back": list(feedback.of_readers(session, numbers)),
        "opened_and_clicked": list(tracking.of_readers(session, numbers)),
    }
