"""A link to the preferences, for who has no mail at hand: sent to the address, whatever the page says."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from newsletter.web.context import here
from newsletter.web.public import gate
from newsletter.web.public.refusals import address_refused
from subscribers.addresses import InvalidAddress, normalise
from subscribers.asking import ask_for_link

_REFUSED = 422


def ask() -> ResponseReturnValue:
    """Show the form; on POST, owe the mail. The answer is the same for every address."""
    email = request.form.get("email", "").strip()[:400]
    if request.method != "POST":
        return _page(email)
    app = here()
    try:
        gate.bound(normalise(email))
        with app.database.writing() as session:
            ask_for_link(session, email, app.clock.now(), mails_per_day=app.settings.signup.mails_per_day)
    except InvalidAddress as error:
        return _page(email, address_refused(error)), _REFUSED
    return render_template("web/public/link_sent.html", email=email)


def _page(email: str, email_error: str = "") -> str:
    return render_template("web/public/ask_for_link.html", email=email, email_error=email_error)
