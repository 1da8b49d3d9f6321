"""Taking a sign-up, by whichever form it came: what is wrong with it is said before anything is written.

address -> slip of the keyboard? -> gate -> domain that takes mail? -> register
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from newsletter.settings import NewsletterSettings
from newsletter.web.context import here
from newsletter.web.public import gate
from newsletter.web.public.forms import SignUpForm
from newsletter.web.public.proof import sign_up_proof
from newsletter.web.public.refusals import address_refused, domain_refused
from subscribers.addresses import Address, InvalidAddress, normalise
from subscribers.signup import sign_up


class Refused(Exception):
    """The sign-up was not taken; the text is one sentence for the reader, `field` is what it is about.

    With a `suggestion` it is a question: did the reader mean that address?
    """

    def __init__(self, field: str, sentence: str, suggestion: str = "") -> None:
        super().__init__(sentence)
        self.field, self.suggestion = field, suggestion


def accept(wanted: Sequence[NewsletterSettings], form: SignUpForm) -> None:
    """Sign somebody up for the newsletters; a robot is told the same and leaves no trace.

    Raises Refused, and what the gate raises: PressAgain, TooMany.
    """
    try:
        address = normalise(form.email)
    except InvalidAddress as error:
        raise Refused("email", address_refused(error)) from None
    if not form.is_robot:
        _ask_about_a_slip(form)
    gate.admit(address, form.shown)
    if not form.is_robot:
        _object_to_the_domain(address)
        _write(wanted, form)


def _ask_about_a_slip(form: SignUpForm) -> None:
    if form.suggestion:
        raise Refused("email", _("Did you mean %(email)s?", email=form.suggestion), form.suggestion)


def _object_to_the_domain(address: Address) -> None:
    if sentence := domain_refused(address):
        raise Refused("email", sentence)


def _write(wanted: Sequence[NewsletterSettings], form: SignUpForm) -> None:
    app = here()
    now, mails = app.clock.now(), app.settings.signup.mails_per_day
    proof = sign_up_proof(form.page, form.consent_version)
    with app.database.writing() as session:
        for newsletter in wanted:
            wish = form.wish(newsletter)
            sign_up(session, app.tokens, wish, proof, now, mails_per_day=mails, origin=gate.origin())
