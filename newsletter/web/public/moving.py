"""The links in the mails about a change of address, to the new one and to the old: GET asks, POST acts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from newsletter.web.context import here
from newsletter.web.public.links import DeadLink, Link, barred, read
from newsletter.web.public.proof import link_proof
from subscribers import moving as register
from subscribers.evidence import Evidence
from subscribers.models import AddressChange
from subscribers.moving import AddressBarred
from subscribers.tokens import Purpose, Tokens

OBJECT_WITHIN = timedelta(days=14)
_ACT = Callable[[Session, Tokens, int, Evidence, datetime], AddressChange]


def move(token: str) -> ResponseReturnValue:
    """Show the question; on POST, write to the new address from now on. Again changes nothing."""
    link = read(Purpose.ADDRESS, token)
    email = _new_address(link)
    if request.method == "POST":
        _act(link, register.confirm)
    return render_template("web/public/address.html", email=email, done=request.method == "POST")


def object_to_move(token: str) -> ResponseReturnValue:
    """Show the question; on POST, write to the former address again. Again changes nothing."""
    link = read(Purpose.OBJECT, token)
    if here().clock.now() > link.made_at + OBJECT_WITHIN:
        sentence = _("Please answer the mail that it came in, and we look into it.")
        raise DeadLink(410, _("This link has expired"), sentence, None)
    email = _former_address(link)
    if request.method == "POST":
        _act(link, register.take_back)
    return render_template("web/public/address_back.html", email=email, done=request.method == "POST")


def _new_address(link: Link) -> str:
    """Return the address that the link is about. Raises DeadLink for one that is too old or counts no more."""
    if link.is_trial:
        return "reader@newsroom.example"
    app = here()
    with app.database.reading() as session:
        change = session.get(AddressChange, link.row)
        if change is not None and not register.is_void(session, change):
            is_old = app.clock.now() > link.made_at + app.settings.signup.confirm_within
            if change.done_at is None and is_old:
                raise DeadLink(410, _("This link has expired"), _("Please ask for the change again."), None)
            return change.email
    raise _gone()


def _former_address(link: Link) -> str:
    if link.is_trial:
        return "reader@newsroom.example"
    with here().database.reading() as session:
        change = session.get(AddressChange, link.row)
        if change is None or change.done_at is None:
            raise _gone()
        return change.former_email


def _act(link: Link, act: _ACT) -> None:
    app = here()
    if link.is_trial:
        return
    try:
        with app.database.writing() as session:
            act(session, app.tokens, link.row, link_proof(), app.clock.now())
    except LookupError:
        raise _gone() from None
    except AddressBarred:
        raise barred() from None


def _gone() -> DeadLink:
    sentence = _("It was taken back, a later one took its place, or what it belonged to has been deleted.")
    return DeadLink(410, _("This link is no longer in use"), sentence, None)
