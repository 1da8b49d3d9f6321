"""Leaving: by the link's page, or by the mail program's own button (RFC 8058). Both use one address, for ever.

RFC 8058, section 3.2: the button POSTs `List-Unsubscribe=One-Click`, form-encoded or multipart, without cookies
or any other context, and wants no redirect. So there can be no CSRF token, and none is needed: only the reader's
mails hold the link. Scanners GET and HEAD the same address; that changes nothing.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from newsletter.web.context import here
from newsletter.web.public.links import DeadLink, Link, read
from newsletter.web.public.proof import link_proof
from newsletter.web.public.standing import Standing, of, standing
from subscribers import leaving
from subscribers.models import Frequency
from subscribers.states import NoSuchTransition
from subscribers.tokens import Purpose

TAKEN_BACK_WITHIN = timedelta(hours=24)


def unsubscribe(token: str) -> ResponseReturnValue:
    """Show the question; on POST, act: at once, for good, and without complaint when it is done already."""
    link = read(Purpose.UNSUBSCRIBE, token)
    if request.method != "POST":
        return _question(link)
    one_click = request.form.get("List-Unsubscribe", "").strip().lower() == "one-click"
    left = _leave(link, "one_click" if one_click else "link")
    return _told_to_a_machine(left) if one_click else _goodbye(token, left)


def unsubscribe_all(token: str) -> ResponseReturnValue:
    """Leave every newsletter of the reader's."""
    link = read(Purpose.UNSUBSCRIBE, token)
    app = here()
    if not link.is_trial:
        with app.database.writing() as session:
            leaving.unsubscribe_all(session, link.row, link_proof(), app.clock.now())
    return _goodbye(token, _look(link), note=_("You have left all of our newsletters."))


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
            return _goodbye(token, _look(link))
    return _goodbye(token, _look(link), note=_("Thank you for telling us."))


def take_back(token: str) -> ResponseReturnValue:
    """Undo leaving, if it is not too long ago; with fewer mails where that was chosen."""
    link = read(Purpose.RETURN, token)
    app = here()
    asked = request.form.get("frequency", "")
    frequency = Frequency(asked) if asked in set(Frequency) else None
    if app.clock.now() > link.made_at + TAKEN_BACK_WITHIN:
        raise DeadLink(410, _("This link has expired"), _("Please sign up again; that takes one mail."))
    if link.is_trial:
        return render_template("web/public/returned.html", standing=_look(link))
    try:
        with app.database.writing() as session:
            back = of(leaving.take_back(session, link.row, link_proof(), app.clock.now(), frequency=frequency))
    except (LookupError, NoSuchTransition):
        raise DeadLink(
            409, _("This cannot be undone here"), _("Please sign up again; that takes one mail.")
        ) from None
    preferences = app.tokens.sign(Purpose.PREFERENCES, link.row, app.clock.now())
    return render_template("web/public/returned.html", standing=back, preferences=preferences)


REASONS = ("too_many", "not_interested", "never_signed_up", "reads_elsewhere", "looks_broken")


def _question(link: Link) -> ResponseReturnValue:
    asked = _look(link)
    if asked is None or asked.has_left:
        return render_template("web/public/goodbye.html", standing=asked)
    return render_template("web/public/unsubscribe.html", standing=asked)


def _look(link: Link) -> Standing | None:
    with here().database.reading() as session:
        try:
            return standing(session, link)
        except LookupError:
            return None


def _leave(link: Link, source: str) -> Standing | None:
    """End the subscription; None when it was deleted long ago, which is as good."""
    app = here()
    with app.database.writing() as session:
        try:
            if link.is_trial:
                return standing(session, link)
            return of(leaving.unsubscribe(session, link.row, link_proof(source), app.clock.now()))
        except LookupError:
            return None


def _goodbye(token: str, left: Standing | None, note: str = "") -> ResponseReturnValue:
    app = here()
    is_reader = left is not None and not left.is_trial
    back = app.tokens.sign(Purpose.RETURN, left.id, app.clock.now()) if left and is_reader else ""
    return render_template(
        "web/public/goodbye.html", standing=left, token=token, back=back, reasons=REASONS, note=note
    )


def _told_to_a_machine(left: Standing | None) -> Response:
    is_trial = left is not None and left.is_trial
    words = "This is a test mail's link: nothing was changed.\n" if is_trial else "Unsubscribed.\n"
    return Response(words, mimetype="text/plain")
