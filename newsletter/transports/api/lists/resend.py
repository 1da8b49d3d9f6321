"""Resend: the team's suppressions. Up to 100 addresses a page and a request.

Facts: resend.com/docs, "List Suppressions", "Add Suppressions", which call this API a private beta: it may be
refused to an account, and may change.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from newsletter.settings import ApiSettings
from newsletter.transports.api.lists.listed import Listed, Page, Why, moment, rows
from newsletter.transports.api.provider import Answer, Request
from newsletter.transports.api.resend import ENDPOINT

_WHY = {"bounce": Why.BOUNCED, "complaint": Why.COMPLAINED}
_PAGE = 100


@dataclass(frozen=True, slots=True)
class ResendList:
    """The ProviderList. What is added stands there as done by hand."""

    settings: ApiSettings
    name: str = "resend"
    most: int = 100

    def begin(self) -> Sequence[Request]:
        """Ask for the first page."""
        return [self._get("")]

    def page(self, asked: Request, answer: Answer) -> Page:  # noqa: ARG002 - as ProviderList has it
        """Read a page. Raises ListRefused."""
        found = rows(answer, "data")
        listed = tuple(
            Listed(
                str(each.get("email", "")),
                _WHY.get(str(each.get("origin")), Why.BY_HAND),
                moment(each.get("created_at")),
                str(each.get("origin") or ""),
            )
            for each in found
        )
        more = bool(found) and bool(answer.json().get("has_more"))
        return Page(listed, self._get(str(found[-1].get("id"))) if more else None)

    def add(self, listed: Sequence[Listed]) -> Sequence[Request]:
        """Post them together."""
        body = json.dumps({"emails": [each.email for each in listed]}).encode()
        headers = self._entry() | {"Content-Type": "application/json"}
        return [Request("POST", f"{self._endpoint}/suppressions/batch/add", headers, body)]

    def failed(self, answer: Answer) -> Sequence[str]:  # noqa: ARG002 - as ProviderList has it
        """Name nobody: a request is taken whole."""
        return ()

    def _get(self, after: str) -> Request:
        further = f"&after={quote(after, safe='')}" if after else ""
        return Request("GET", f"{self._endpoint}/suppressions?limit={_PAGE}{further}", self._entry())

    @property
    def _endpoint(self) -> str:
        return self.settings.endpoint or ENDPOINT

    def _entry(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.settings.key}"}
