"""Brevo: blocked contacts of transactional mail. 100 a page; one address a request is added, as a contact.

Facts: developers.brevo.com, "Get the list of blocked or unsubscribed transactional contacts", "Create a contact"
(`emailBlacklisted`, `updateEnabled`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from newsletter.settings import ApiSettings
from newsletter.transports.api.brevo import ENDPOINT
from newsletter.transports.api.lists.listed import Listed, Page, Why, moment, rows
from newsletter.transports.api.provider import Answer, Request

_WHY = {
    "hardBounce": Why.BOUNCED,
    "contactFlaggedAsSpam": Why.COMPLAINED,
    "unsubscribedViaEmail": Why.LEFT,
    "unsubscribedViaMA": Why.LEFT,
}
_PAGE = 100


@dataclass(frozen=True, slots=True)
class BrevoList:
    """The ProviderList. What is added is blocked for campaigns; the transactional list takes nothing from us."""

    settings: ApiSettings
    name: str = "brevo"
    most: int = 1

    def begin(self) -> Sequence[Request]:
        """Ask for the first page."""
        return [self._get(0)]

    def page(self, asked: Request, answer: Answer) -> Page:
        """Read a page; one that is not full is the last. Raises ListRefused."""
        told = answer.json()
        if isinstance(told, dict) and not told.get("contacts"):
            return Page(())
        listed = tuple(_listed(each) for each in rows(answer, "contacts"))
        offset = int(parse_qs(urlsplit(asked.url).query)["offset"][0]) + _PAGE
        return Page(listed, self._get(offset) if len(listed) == _PAGE else None)

    def add(self, listed: Sequence[Listed]) -> Sequence[Request]:
        """Make each a contact that is blocked, or block the one that is there."""
        headers = self._entry() | {"content-type": "application/json"}
        url = f"{self._endpoint}/v3/contacts"
        bodies = [{"email": each.email, "emailBlacklisted": True, "updateEnabled": True} for each in listed]
        return [Request("POST", url, headers, json.dumps(body).encode()) for body in bodies]

    def failed(self, answer: Answer) -> Sequence[str]:  # noqa: ARG002 - as ProviderList has it
        """Name nobody: a request is taken whole."""
        return ()

    def _get(self, offset: int) -> Request:
        url = f"{self._endpoint}/v3/smtp/blockedContacts?limit={_PAGE}&offset={offset}&sort=asc"
        return Request("GET", url, self._entry())

    @property
    def _endpoint(self) -> str:
        return self.settings.endpoint or ENDPOINT

    def _entry(self) -> dict[str, str]:
        return {"api-key": self.settings.key, "accept": "application/json"}


def _listed(found: dict[str, object]) -> Listed:
    reason = found.get("reason")
    code, words = (
        (str(reason.get(key) or "") for key in ("code", "message")) if isinstance(reason, dict) else ("", "")
    )
    return Listed(
        str(found.get("email", "")), _WHY.get(code, Why.BY_HAND), moment(found.get("blockedAt")), words or code
    )
