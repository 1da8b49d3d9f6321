"""Leaving: by the link's page, or by the mail program's own button (RFC 8058). Both use one address, for ever.

RFC 8058, section 3.2: the button POSTs `List-Unsubscribe=One-Click`, form-encoded or multipart, without cookies
or any other context, and wants no redirect. So there can be no CSRF token, and none is needed: only the reader's
mails hold the link. Scanners GET and HEAD the same address; that changes nothing.
"""

from __future__ import annotations

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.web.context import here
from newsletter.web.public.links import Link, read
from newsletter.web.public.proof import link_proof
from newsletter.web.public.standing import Standing, of, standing
from subscribers import leaving
from subscribers.tokens import Purpose


def unsubscribe(token: str) -> ResponseReturnValue:
    """Show the question; on POST, act: at once, for good, and without complaint when it is done already."""
    link = read(Purpose.UNSUBSCRIBE, token)
    if request.method != "POST":
        return _question(link)
    one_click = request.form.get("List-Unsubscribe", "").strip().lower() == "one-click"
    left = _leave(link, "one_click" if one_click else "link")
    return _told_to_a_machine(left) if one_click else render_template("web/public/goodbye.html", standing=left)


def _question(link: Link) -> ResponseReturnValue:
    with here().database.reading() as session:
        try:
            asked = standing(session, link)
        except LookupError:
            return render_template("web/public/goodbye.html", standing=None)
    if asked.has_left:
        return render_template("web/public/goodbye.html", standing=asked)
    return render_template("web/public/unsubscribe.html", standing=asked)


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


def _told_to_a_machine(left: Standing | None) -> Response:
    is_trial = left is not None and left.is_trial
    words = "This is a test mail's link: nothing was changed.\n" if is_trial else "Unsubscribed.\n"
    return Response(words, mimetype="text/plain")
