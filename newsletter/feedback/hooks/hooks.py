"""Every provider's webhook that is known here, by the provider's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from newsletter.feedback.hooks.hook import Hook
from newsletter.feedback.hooks.mailgun import MailgunHook
from newsletter.settings import WebhookSettings

HOOKS: Mapping[str, Callable[[WebhookSettings], Hook]] = {
    "mailgun": MailgunHook,
}
