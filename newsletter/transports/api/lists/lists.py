"""Every provider's list that is known here, by the provider's name in the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from newsletter.clock import Clock
from newsletter.settings import ApiSettings
from newsletter.transports.api.lists.brevo import BrevoList
from newsletter.transports.api.lists.listed import ProviderList
from newsletter.transports.api.lists.mailgun import MailgunList
from newsletter.transports.api.lists.postmark import PostmarkList
from newsletter.transports.api.lists.resend import ResendList
from newsletter.transports.api.lists.sendgrid import SendGridList
from newsletter.transports.api.lists.ses import SesList

LISTS: Mapping[str, Callable[[ApiSettings, Clock], ProviderList]] = {
    "ses": SesList,
    "mailgun": lambda settings, _: MailgunList(settings),
    "postmark": lambda settings, _: PostmarkList(settings),
    "sendgrid": lambda settings, _: SendGridList(settings),
    "brevo": lambda settings, _: BrevoList(settings),
    "resend": lambda settings, _: ResendList(settings),
}
