"""What is wrong with an address or its domain, in the language of the page."""

from __future__ import annotations

from flask_babel import gettext as _

from newsletter.mail_domains import Objection
from newsletter.web.context import here
from subscribers.addresses import Address, Fault, InvalidAddress


def address_refused(error: InvalidAddress) -> str:
    """Return one sentence for whoever typed the address."""
    return {
        Fault.MISSING: _("Please enter an e-mail address."),
        Fault.NO_AT_SIGN: _(
            "An e-mail address has an @ sign, with your name before it and the provider after it."
        ),
        Fault.TOO_LONG: _("The e-mail address is too long."),
        Fault.BEFORE_THE_AT: _("What stands before the @ sign cannot be part of an e-mail address."),
        Fault.AFTER_THE_AT: _("What stands after the @ sign is no place that mail can be sent to."),
    }[error.fault]


def domain_refused(address: Address) -> str:
    """Return one sentence against the address's domain, which takes no mail or keeps none; empty where it is fine.

    DNS may be asked, so call it outside of any transaction.
    """
    domain = address.email.rpartition("@")[2]
    objection = here().mail_domains.objection(domain)
    words = {
        Objection.DISPOSABLE: _(
            "Addresses at %(domain)s are thrown away after a while. Please use one that you keep.", domain=domain
        ),
        Objection.NO_MAIL: _("%(domain)s cannot receive mail. Is it spelt as it should be?", domain=domain),
    }
    return words[objection] if objection else ""
