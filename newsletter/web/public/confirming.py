"""The link in the confirmation mail: GET asks, POST acts."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from newsletter.web.context import here
from newsletter.web.public.coming import next_issue
from newsletter.web.public.links import DeadLink, Link, barred, read
from newsletter.web.public.proof import link_proof, shown_consent
from newsletter.web.public.standing import Standing, of, standing
from subscribers import signup
from subscribers.models import Subscription
from subscribers.states import NoSuchTransition, State
from subscribers.suppression import MAY_COME_BACK, find
from subscribers.tokens import Purpose


def confirm(token: str) -> ResponseReturnValue:
    """Show what is to be confirmed; on POST, confirm it and say what happens next. Again changes nothing."""
    link = read(Purpose.CONFIRM, token)
    return _welcome(link) if request.method == "POST" else _question(link)


def _question(link: Link) -> ResponseReturnValue:
    with here().database.reading() as session:
        asked = _asked(session, link)
    return render_template("web/public/confirm.html", asked=asked, first=asked[0], consent=shown_consent())


def _welcome(link: Link) -> ResponseReturnValue:
    app = here()
    now = app.clock.now()
    with app.database.writing() as session:
        asked = _asked(session, link)
        if not link.is_trial:
            _confirm(session, link, asked[0], now)
    preferences = [
        (each, app.tokens.sign(Purpose.PREFERENCES, each.id, now)) for each in asked if not link.is_trial
    ]
    coming = [(each, next_issue(each.settings, each.rhythm)) for each in asked if each.settings]
    return render_template(
        "web/public/welcome.html", asked=asked, first=asked[0], preferences=preferences, coming=coming
    )


def _confirm(session: Session, link: Link, first: Standing, now: datetime) -> None:
    try:
        signup.confirm(session, link.row, link_proof(consent=shown_consent()), now)
    except NoSuchTransition:  # left in another window, this very moment
        raise DeadLink(410, _("You have left since"), _("Nothing was changed."), first.newsletter) from None


def _asked(session: Session, link: Link) -> list[Standing]:
    """Return the subscription that the link confirms and those asked for in the same act. Raises DeadLink."""
    try:
        first = standing(session, link)
    except LookupError:
        raise DeadLink(
            410, _("This link is no longer in use"), _("What it belonged to has been deleted.")
        ) from None
    if link.is_trial:
        return [first]
    _refuse_what_is_over(first, link)
    subscription = session.get_one(Subscription, link.row)
    _refuse_who_is_barred(session, subscription)
    return [first, *(of(other) for other in signup.together(session, subscription))]


def _refuse_what_is_over(first: Standing, link: Link) -> None:
    within = here().settings.signup.confirm_within
    if first.has_left:
        sentence = _("You have unsubscribed from %(newsletter)s since this mail was sent.", newsletter=first.title)
        raise DeadLink(410, _("You have left since"), sentence, first.newsletter)
    if first.state is State.PENDING and here().clock.now() > link.made_at + within:
        raise DeadLink(410, _("This link has expired"), _expired(within), first.newsletter)


def _refuse_who_is_barred(session: Session, subscription: Subscription) -> None:
    found = find(session, subscription.subscriber.address_hash)
    if found and found.reason not in MAY_COME_BACK:
        raise barred()


def _expired(within: timedelta) -> str:
    hours = round(within.total_seconds() / 3600)
    if hours < 48:
        return ngettext(
            "Links like this one work for %(num)s hour. Sign up again, and a new one is on its way.",
            "Links like this one work for %(num)s hours. Sign up again, and a new one is on its way.",
            hours,
        )
    return ngettext(
        "Links like this one work for %(num)s day. Sign up again, and a new one is on its way.",
        "Links like this one work for %(num)s days. Sign up again, and a new one is on its way.",
        round(hours / 24),
    )
