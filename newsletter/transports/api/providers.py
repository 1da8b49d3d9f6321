"""Every mail API that is known here, by its name in the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from newsletter.clock import Clock
from newsletter.settings import ApiSettings
from newsletter.transports.api.brevo import Brevo
from newsletter.transports.api.mailgun import Mailgun
from newsletter.transports.api.postmark import Postmark
from newsletter.transports.api.provider import Provider
from newsletter.transports.api.resend import Resend
from newsletter.transports.api.sendgrid import SendGrid
from newsletter.transports.api.ses import Ses

PROVIDERS: Mapping[str, Callable[[ApiSettings, Clock], Provider]] = {
    "ses": Ses,
    "mailgun": lambda settings, _: Mailgun(settings),
    "postmark": lambda settings, _: Postmark(settings),
    "sendgrid": lambda settings, _: SendGrid(settings),
    "brevo": lambda settings, _: Brevo(settings),
    "resend": lambda settings, _: Resend(settings),
}
