"""Postmark: a message stream's suppressions. Read whole in one answer; up to 50 addresses a request.

Facts: postmarkapp.com/developer, "Suppressions API". Each address that is added has an answer of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.settings import ApiSettings
from newsletter.transports.api.lists.listed import Listed, Page, Why, moment, rows
from newsletter.transports.api.postmark import ENDPOINT
from newsletter.transports.api.provider import Answer, Request


@dataclass(frozen=True, slots=True)
class PostmarkList:
    """The ProviderList. What is added stands there as done by hand; a recipient's own is leaving."""

    settings: ApiSettings
    name: str = "postmark"
    most: int = 50

    def begin(self) -> Sequence[Request]:
        """Ask for all of it."""
        return [Request("GET", f"{self._url}/dump", self._entry())]

    def page(self, asked: Request, answer: Answer) -> Page:  # noqa: ARG002 - as ProviderList has it
        """Read all of it. Raises ListRefused."""
        return Page(
            tuple(
                Listed(
                    str(each.get("EmailAddress", "")), _why(each), moment(each.get("CreatedAt")),
                    str(each.get("SuppressionReason", "")),
                )
                for each in rows(answer, "Suppressions")
            )
        )  # fmt: skip

    def add(self, listed: Sequence[Listed]) -> Sequence[Request]:
        """Post them together."""
        body = json.dumps({"Suppressions": [{"EmailAddress": each.email} for each in listed]}).encode()
        return [Request("POST", self._url, self._entry() | {"Content-Type": "application/json"}, body)]

    def failed(self, answer: Answer) -> Sequence[str]:
        """Name those whose own answer is not that they are suppressed."""
        told = rows(answer, "Suppressions")
        return [str(each.get("EmailAddress", "")) for each in told if each.get("Status") != "Suppressed"]

    @property
    def _url(self) -> str:
        stream = self.settings.stream or "broadcast"
        return f"{self.settings.endpoint or ENDPOINT}/message-streams/{stream}/suppressions"

    def _entry(self) -> dict[str, str]:
        return {"Accept": "application/json", "X-Postmark-Server-Token": self.settings.key}


def _why(found: dict[str, object]) -> Why:
    reason = found.get("SuppressionReason")
    if reason == "ManualSuppression":
        return Why.LEFT if found.get("Origin") == "Recipient" else Why.BY_HAND
    return {"HardBounce": Why.BOUNCED, "SpamComplaint": Why.COMPLAINED}.get(str(reason), Why.BY_HAND)
