"""What is wrong with an address, in the language of the page."""

from __future__ import annotations

from flask_babel import gettext as _

from subscribers.addresses import Fault, InvalidAddress


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
