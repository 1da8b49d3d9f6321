"""Amazon SES: the account's suppression list. One address a request.

Facts: docs.aws.amazon.com, "Amazon SES API v2: ListSuppressedDestinations, PutSuppressedDestination".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from newsletter.clock import Clock
from newsletter.settings import ApiSettings
from newsletter.transports.api.lists.listed import Listed, Page, Why, moment, rows
from newsletter.transports.api.provider import Answer, Request
from newsletter.transports.api.ses import sign

_WHY = {"BOUNCE": Why.BOUNCED, "COMPLAINT": Why.COMPLAINED}
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class SesList:
    """The ProviderList. What was done by hand is listed there as a complaint: SES has two reasons."""

    settings: ApiSettings
    clock: Clock
    name: str = "ses"
    most: int = 1

    def begin(self) -> Sequence[Request]:
        """Ask for the first page."""
        return [self._get("")]

    def page(self, asked: Request, answer: Answer) -> Page:  # noqa: ARG002 - as ProviderList has it
        """Read a page. Raises ListRefused."""
        found = rows(answer, "SuppressedDestinationSummaries")
        listed = tuple(
            Listed(
                str(each.get("EmailAddress", "")),
                _WHY.get(str(each.get("Reason")), Why.BY_HAND),
                moment(each.get("LastUpdateTime")),
                str(each.get("Reason", "")),
            )
            for each in found
        )
        token = answer.json().get("NextToken")
        return Page(listed, self._get(str(token)) if token else None)

    def add(self, listed: Sequence[Listed]) -> Sequence[Request]:
        """Put each address."""
        url = f"{self._endpoint}/v2/email/suppression/addresses"
        requests = []
        for each in listed:
            reason = "BOUNCE" if each.why is Why.BOUNCED else "COMPLAINT"
            body = json.dumps({"EmailAddress": each.email, "Reason": reason}).encode()
            headers = sign(self.settings, url, body, self.clock.now(), "PUT")
            requests.append(Request("PUT", url, headers, body))
        return requests

    def failed(self, answer: Answer) -> Sequence[str]:  # noqa: ARG002 - as ProviderList has it
        """Name nobody: a request is taken whole."""
        return ()

    def _get(self, token: str) -> Request:
        query = f"NextToken={quote(token, safe='')}&PageSize={_PAGE}" if token else f"PageSize={_PAGE}"
        url = f"{self._endpoint}/v2/email/suppression/addresses?{query}"
        return Request("GET", url, sign(self.settings, url, b"", self.clock.now(), "GET"))

    @property
    def _endpoint(self) -> str:
        return self.settings.endpoint or f"https://email.{self.settings.region}.amazonaws.com"
