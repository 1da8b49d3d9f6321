"""SendGrid: bounces, invalid addresses, spam reports and global unsubscribes. Up to 1,000 addresses a request.

Facts: twilio.com/docs/sendgrid, "Suppressions" (bounces, invalid emails, spam reports, global suppressions). Its
blocks are about the letter, not about the reader, and are left alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from newsletter.settings import ApiSettings
from newsletter.transports.api.lists.listed import Listed, Page, Why, moment, rows
from newsletter.transports.api.provider import Answer, Request
from newsletter.transports.api.sendgrid import ENDPOINTS

_LISTS = {
    "bounces": Why.BOUNCED,
    "invalid_emails": Why.BOUNCED,
    "spam_reports": Why.COMPLAINED,
    "unsubscribes": Why.LEFT,
}
_PAGE = 500


@dataclass(frozen=True, slots=True)
class SendGridList:
    """The ProviderList. Whatever is added stands among the global unsubscribes: the others are SendGrid's own."""

    settings: ApiSettings
    name: str = "sendgrid"
    most: int = 1_000

    def begin(self) -> Sequence[Request]:
        """Ask for the first page of each list."""
        return [self._get(each, 0) for each in _LISTS]

    def page(self, asked: Request, answer: Answer) -> Page:
        """Read a page; one that is not full is the last. Raises ListRefused."""
        parts = urlsplit(asked.url)
        which = parts.path.rpartition("/")[2]
        listed = tuple(
            Listed(
                str(each.get("email", "")),
                _LISTS[which],
                moment(each.get("created")),
                str(each.get("reason") or ""),
            )
            for each in rows(answer)
        )
        offset = int(parse_qs(parts.query)["offset"][0]) + _PAGE
        return Page(listed, self._get(which, offset) if len(listed) == _PAGE else None)

    def add(self, listed: Sequence[Listed]) -> Sequence[Request]:
        """Post them together."""
        body = json.dumps({"recipient_emails": [each.email for each in listed]}).encode()
        headers = self._entry() | {"Content-Type": "application/json"}
        return [Request("POST", f"{self._endpoint}/v3/asm/suppressions/global", headers, body)]

    def failed(self, answer: Answer) -> Sequence[str]:  # noqa: ARG002 - as ProviderList has it
        """Name nobody: a request is taken whole."""
        return ()

    def _get(self, which: str, offset: int) -> Request:
        url = f"{self._endpoint}/v3/suppression/{which}?limit={_PAGE}&offset={offset}"
        return Request("GET", url, self._entry())

    @property
    def _endpoint(self) -> str:
        return self.settings.endpoint or ENDPOINTS[self.settings.region]

    def _entry(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.settings.key}"}
