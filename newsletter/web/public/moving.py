"""The link in the mail to a new address: GET asks, POST acts."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from newsletter.web.context import here
from newsletter.web.public.links import DeadLink, Link, read
from newsletter.web.public.proof import link_proof
from subscribers import moving as register
from subscribers.models import AddressChange
from subscribers.moving import AddressTaken
from subscribers.tokens import Purpose


def move(token: str) -> ResponseReturnValue:
    """Show the question; on POST, write to the new address from now on. Again changes nothing."""
    link = read(Purpose.ADDRESS, token)
    email = _new_address(link)
    if request.method == "POST" and not link.is_trial:
        _confirm(link)
    return render_template("web/public/address.html", email=email, done=request.method == "POST")


def _new_address(link: Link) -> str:
    """Return the address that the link is about. Raises DeadLink for one that is too old."""
    app = here()
    with app.database.reading() as session:
        change = None if link.is_trial else session.get(AddressChange, link.row)
        if change is None and not link.is_trial:
            raise _gone()
        if (
            change
            and change.done_at is None
            and app.clock.now() > link.made_at + app.settings.signup.confirm_within
        ):
            raise DeadLink(410, _("This link has expired"), _("Please ask for the change again."), None)
        return change.email if change else "reader@newsroom.example"


def _confirm(link: Link) -> None:
    app = here()
    try:
        with app.database.writing() as session:
            register.confirm(session, app.tokens, link.row, link_proof(), app.clock.now())
    except LookupError:
        raise _gone() from None
    except AddressTaken:
        sentence = _(
            "It already gets mail from us, by a subscription of its own. Leave that one first, or keep both."
        )
        raise DeadLink(409, _("This address cannot be used"), sentence, None) from None


def _gone() -> DeadLink:
    return DeadLink(410, _("This link is no longer in use"), _("A later one took its place."), None)
