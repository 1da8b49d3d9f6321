"""Mailgun: a domain's bounces, complaints and unsubscribes. Up to 1,000 addresses a request.

Facts: documentation.mailgun.com, "Suppressions" (bounces, complaints, unsubscribes; paging).
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.settings import ApiSettings
from newsletter.transports.api.lists.listed import Listed, Page, Why, moment, rows
from newsletter.transports.api.mailgun import ENDPOINTS
from newsletter.transports.api.provider import Answer, Request

_LISTS = {"bounces": Why.BOUNCED, "complaints": Why.COMPLAINED, "unsubscribes": Why.LEFT}
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class MailgunList:
    """The ProviderList. What was done by hand stands among the unsubscribes there."""

    settings: ApiSettings
    name: str = "mailgun"
    most: int = 1_000

    def begin(self) -> Sequence[Request]:
        """Ask for the first page of the three lists."""
        return [Request("GET", f"{self._url(each)}?limit={_PAGE}", self._entry()) for each in _LISTS]

    def page(self, asked: Request, answer: Answer) -> Page:
        """Read a page; an empty one is the last. Raises ListRefused."""
        which = _list_of(asked.url)
        listed = tuple(
            Listed(
                str(each.get("address", "")),
                _LISTS[which],
                moment(each.get("created_at")),
                " ".join(str(each.get(key, "")) for key in ("code", "error") if each.get(key)),
            )
            for each in rows(answer, "items")
        )
        paging = answer.json().get("paging") or {}
        further = str(paging.get("next") or "") if listed else ""
        return Page(listed, Request("GET", self._ours(further), self._entry()) if further else None)

    def add(self, listed: Sequence[Listed]) -> Sequence[Request]:
        """Post each list's addresses together."""
        by_list: dict[str, list[dict[str, str]]] = {}
        for each in listed:
            which = {Why.BOUNCED: "bounces", Why.COMPLAINED: "complaints"}.get(each.why, "unsubscribes")
            row = {"address": each.email}
            if which == "bounces":
                row |= {"code": "550", "error": each.words}
            by_list.setdefault(which, []).append(row)
        headers = self._entry() | {"Content-Type": "application/json"}
        return [
            Request("POST", self._url(which), headers, json.dumps(found).encode())
            for which, found in by_list.items()
        ]

    def failed(self, answer: Answer) -> Sequence[str]:  # noqa: ARG002 - as ProviderList has it
        """Name nobody: a request is taken whole."""
        return ()

    def _url(self, which: str) -> str:
        endpoint = self.settings.endpoint or ENDPOINTS[self.settings.region]
        return f"{endpoint}/v3/{self.settings.domain}/{which}"

    def _ours(self, url: str) -> str:
        """Return an address that Mailgun gave us at the host that we ask, so that the key goes nowhere else."""
        parts = urlsplit(url)
        endpoint = self.settings.endpoint or ENDPOINTS[self.settings.region]
        return f"{endpoint}{parts.path}?{parts.query}"

    def _entry(self) -> dict[str, str]:
        return {"Authorization": "Basic " + b64encode(f"api:{self.settings.key}".encode()).decode()}


def _list_of(url: str) -> str:
    return next(part for part in urlsplit(url).path.split("/") if part in _LISTS)
