"""Amazon SES v2: one signed request a message, the raw MIME form, as its bulk endpoint wants a stored template.

Facts: docs.aws.amazon.com, "Amazon SES API v2: SendEmail", "Signature Version 4". Errors are told by name.
A request that is made again sends a second letter.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import digest
from urllib.parse import urlsplit

from newsletter.clock import Clock
from newsletter.domain.delivery import Batch, Envelope, Outcome, Verdict
from newsletter.settings import ApiSettings
from newsletter.transports.api import words
from newsletter.transports.api.provider import Answer, Request, Unclear

_PATH = "/v2/email/outbound-emails"
_ALGORITHM = "AWS4-HMAC-SHA256"
_SIMULATOR = "success@simulator.amazonses.com"  # takes everything, and counts for nothing


@dataclass(frozen=True, slots=True)
class Ses:
    """The Provider. `settings.key_id` and `settings.key` are an access key, `stream` is a configuration set."""

    settings: ApiSettings
    clock: Clock
    name: str = "ses"
    most: int = 1
    is_idempotent: bool = False

    def request(self, batch: Batch) -> Request:
        """Return the request to SendEmail for the one envelope, signed now."""
        (envelope,) = batch.envelopes
        body: dict[str, object] = {
            "Destination": {"ToAddresses": [_SIMULATOR if self.settings.sandbox else envelope.recipient]},
            "Content": {"Raw": {"Data": b64encode(batch.letter.stamp(envelope.values)).decode()}},
        }
        if envelope.reference:
            body["EmailTags"] = [{"Name": "reference", "Value": envelope.reference.replace(".", "_")}]
        if self.settings.stream:
            body["ConfigurationSetName"] = self.settings.stream
        content = json.dumps(body).encode()
        url = f"{self.settings.endpoint or f'https://email.{self.settings.region}.amazonaws.com'}{_PATH}"
        return Request("POST", url, sign(self.settings, url, content, self.clock.now()), content)

    def outcomes(self, batch: Batch, answer: Answer) -> Sequence[Outcome]:
        """Accept the one. Raises Unclear without a MessageId."""
        told = answer.json()
        if not isinstance(told, dict) or not told.get("MessageId"):
            raise Unclear
        (envelope,) = batch.envelopes
        return [Outcome(envelope.key, Verdict.ACCEPTED, "2.0.0", "200 taken", told["MessageId"])]

    def refusal(self, envelope: Envelope, answer: Answer) -> Outcome | None:
        """Return what a refusal says of the reader."""
        return words.refusal(self.name, envelope, answer)

    def search(self, envelope: Envelope) -> Request | None:  # noqa: ARG002 - as Provider has it
        """Ask nothing: SES keeps no list to search."""
        return None

    def found(self, envelope: Envelope, answer: Answer) -> Outcome | None:  # noqa: ARG002 - as Provider has it
        """Find nothing."""
        return None


def sign(settings: ApiSettings, url: str, body: bytes, now: datetime, method: str = "POST") -> dict[str, str]:
    """Return a request's header fields with its signature: Signature Version 4. `now` is aware.

    A query must be written in the order of its names, and encoded as RFC 3986 has it.
    """
    moment = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    parts = urlsplit(url)
    headers = {"content-type": "application/json", "host": parts.netloc, "x-amz-date": moment}
    names = ";".join(sorted(headers))
    written = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"{method}\n{parts.path}\n{parts.query}\n{written}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{moment[:8]}/{settings.region}/ses/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{settings.key}".encode()
    for part in scope.split("/"):
        key = digest(key, part.encode(), "sha256")
    signature = digest(key, f"{_ALGORITHM}\n{moment}\n{scope}\n{hashed}".encode(), "sha256").hex()
    credential = f"Credential={settings.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {
        "Content-Type": headers["content-type"],
        "X-Amz-Date": moment,
        "Authorization": f"{_ALGORITHM} {credential}",
    }
