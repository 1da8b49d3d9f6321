"""The proof of each change: an event that is appended and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from subscribers import consents
from subscribers.models import Subscription, SubscriptionEvent
from subscribers.states import Event

_LONGEST_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Evidence:
    """By what way and by whom a change came, and what that person saw.

    `source` is `form`, `link`, `one_click`, `desk`, `cli`, `api` or `import`; `actor` names an editor, command
    or key, empty for the reader; `consent_text` is what was shown, empty where only its version is known:
    `consents.words` has what that said.
    """

    source: str
    source_page: str = ""
    actor: str = ""
    network_address: str = ""
    consent_text: str = ""
    consent_version: str = ""

    def columns(self) -> dict[str, str]:
        """Return the evidence as the event table's columns."""
        return {
            "source": self.source,
            "source_page": self.source_page,
            "actor": self.actor,
            "network_address": self.network_address,
            "consent_text": self.consent_text,
            "consent_version": self.consent_version,
        }


def web_page(url: str) -> str:
    """Return the URL when it names an http or https page in at most 2,000 characters, else nothing.

    Whoever posts a form says what page it stood on: the claim may be kept and linked to, never trusted.
    """
    text = url.strip()
    if len(text) > _LONGEST_PAGE or not text.isprintable() or any(sign in text for sign in " \"'<>\\`"):
        return ""
    try:
        parts = urlsplit(text)
        is_page = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        return ""
    return text if is_page else ""


def append(
    session: Session,
    subscription: Subscription,
    event: Event,
    evidence: Evidence,
    now: datetime,
    **detail: str,
) -> None:
    """Write one event of a subscription; `detail` is what it changed, without what is empty.

    The words of consent are kept under their version as well, for forms that only name it.
    """
    if evidence.consent_text and evidence.consent_version:
        consents.remember(session, evidence.consent_version, evidence.consent_text, now)
    told = {key: text for key, text in detail.items() if text}
    session.add(
        SubscriptionEvent(subscription_id=subscription.id, at=now, event=event, detail=told, **evidence.columns())
    )
    session.flush()
