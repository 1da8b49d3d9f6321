"""Every provider's webhook that is known here, by the provider's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from newsletter.feedback.hooks.brevo import BrevoHook
from newsletter.feedback.hooks.hook import Hook
from newsletter.feedback.hooks.mailgun import MailgunHook
from newsletter.feedback.hooks.postmark import PostmarkHook
from newsletter.feedback.hooks.resend import ResendHook
from newsletter.feedback.hooks.sendgrid import SendGridHook
from newsletter.feedback.hooks.ses import Certificates, SesHook
from newsletter.settings import WebhookSettings

HOOKS: Mapping[str, Callable[[WebhookSettings, Certificates], Hook]] = {
    "ses": SesHook,
    "mailgun": lambda settings, _: MailgunHook(settings),
    "postmark": lambda settings, _: PostmarkHook(settings),
    "sendgrid": lambda settings, _: SendGridHook(settings),
    "brevo": lambda settings, _: BrevoHook(settings),
    "resend": lambda settings, _: ResendHook(settings),
}
