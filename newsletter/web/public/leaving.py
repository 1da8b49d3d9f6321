"""Leaving: by the link's page, or by the mail program's own button (RFC 8058). Both use one address, for ever.

RFC 8058, section 3.2: the button POSTs `List-Unsubscribe=One-Click`, form-encoded or multipart, without cookies
or any other context, and wants no redirect. So there can be no CSRF token, and none is needed: only the reader's
mails hold the link. Scanners GET and HEAD the same address; that changes nothing.
"""

from __future__ import annotations

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from newsletter.web.context import here
from newsletter.web.public.frequencies import frequencies
from newsletter.web.public.goodbye import REASONS, TAKEN_BACK_WITHIN, fewer, goodbye
from newsletter.web.public.links import DeadLink, Link, read
from newsletter.web.public.proof import link_proof
from newsletter.web.public.standing import Standing, standing
from subscribers import leaving
from subscribers.models import Frequency
from subscribers.states import NoSuchTransition
from subscribers.tokens import Purpose


def unsubscribe(token: str) -> ResponseReturnValue:
    """Show the question; on POST, act: at once, for good, and without complaint when it is done already."""
    link = read(Purpose.UNSUBSCRIBE, token)
    if request.method != "POST":
        return _question(link)
    is_machine = _is_one_click()
    left = _leave(link, "one_click" if is_machine else "link")
    return _told_to_a_machine(left) if is_machine else goodbye(left)


def unsubscribe_all(token: str) -> ResponseReturnValue:
    """Leave every newsletter of the reader's."""
    link = read(Purpose.UNSUBSCRIBE, token)
    app = here()
    left = _look(link)
    if left is None or left.is_trial:
        return goodbye(left)
    with app.database.writing() as session:
        leaving.unsubscribe_all(session, link.row, link_proof(), app.clock.now())
    return goodbye(_look(link), note=_("You have left all of our newsletters."))


def give_reason(token: str) -> ResponseReturnValue:
    """Note why the reader left."""
    link = read(Purpose.UNSUBSCRIBE, token)
    chosen, words = request.form.get("why", ""), request.form.get("words", "")
    reason = ": ".join(part for part in (chosen if chosen in REASONS else "", words.strip()) if part)
    app = here()
    if not link.is_trial and reason:
        try:
            with app.database.writing() as session:
                leaving.give_reason(session, link.row, reason, link_proof(), app.clock.now())
        except (LookupError, NoSuchTransition):
            return _question(link)
    return goodbye(_look(link), note=_("Thank you for telling us."))


def take_back(token: str) -> ResponseReturnValue:
    """Undo leaving, if it is not too long ago; with fewer mails where that was chosen."""
    link = read(Purpose.RETURN, token)
    app = here()
    now, shown = app.clock.now(), _look(link)
    if now > link.made_at + TAKEN_BACK_WITHIN:
        raise DeadLink(410, _("This link has expired"), _("Please sign up again; that takes one mail."))
    if shown is None or shown.is_trial:
        return render_template("web/public/returned.html", standing=shown)
    frequency = _asked_frequency(shown)
    try:
        with app.database.writing() as session:
            evidence = link_proof()
            leaving.take_back(session, link.row, evidence, now, within=TAKEN_BACK_WITHIN, frequency=frequency)
    except NoSuchTransition:
        raise DeadLink(
            409, _("This cannot be undone here"), _("Please sign up again; that takes one mail.")
        ) from None
    return render_template(
        "web/public/returned.html",
        standing=shown,
        preferences=app.tokens.sign(Purpose.PREFERENCES, link.row, now),
        how_often=frequencies([shown.settings])[frequency] if shown.settings and frequency else "",
    )


def _asked_frequency(shown: Standing) -> Frequency | None:
    asked = request.form.get("frequency", "")
    return next((each for each in fewer(shown) if each == asked), None)


def _is_one_click() -> bool:
    """Tell whether a mail program's button was pressed. What comes with a body that we do not read is not."""
    try:
        return request.form.get("List-Unsubscribe", "").strip().lower() == "one-click"
    except RequestEntityTooLarge:
        return False


def _question(link: Link) -> ResponseReturnValue:
    asked = _look(link)
    if asked is None or asked.has_left:
        return goodbye(asked)
    return render_template("web/public/unsubscribe.html", standing=asked)


def _look(link: Link) -> Standing | None:
    """Return how the reader stands; None where the subscription was deleted, or its reader forgotten."""
    with here().database.reading() as session:
        try:
            return standing(session, link)
        except LookupError:
            return None


def _leave(link: Link, source: str) -> Standing | None:
    """End the subscription; None when there is none any more, which is as good."""
    app = here()
    if not link.is_trial:
        with app.database.writing() as session:
            try:
                leaving.unsubscribe(session, link.row, link_proof(source), app.clock.now())
            except LookupError:
                return None
    return _look(link)


def _told_to_a_machine(left: Standing | None) -> Response:
    is_trial = left is not None and left.is_trial
    words = "This is a test mail's link: nothing was changed.\n" if is_trial else "Unsubscribed.\n"
    return Response(words, mimetype="text/plain")
