"""Every mail API that is known here, by its name in the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from newsletter.settings import ApiSettings
from newsletter.transports.api.mailgun import Mailgun
from newsletter.transports.api.provider import Provider

PROVIDERS: Mapping[str, Callable[[ApiSettings], Provider]] = {
    "mailgun": Mailgun,
}
