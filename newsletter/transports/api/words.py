"""What providers say, in our words: one table. What stands in it is about a reader; all else is about us.

Each row is a provider, words (in lower case) or a code found in its answer, and the RFC 3463 status that they come
to. The first that fits counts. Statuses 4.x.x are for now, 5.x.x for good.
"""

from __future__ import annotations

from newsletter.domain.delivery import Envelope, Outcome, Verdict
from newsletter.transports.api.provider import Answer

MEANINGS: tuple[tuple[str, str, str], ...] = (
    # Mailgun: "Messages", errors of status 400
    ("mailgun", "'to' parameter is not a valid address", "5.1.3"),
    ("mailgun", "address is not valid", "5.1.3"),
    # Postmark: "API overview", error codes, each with its words
    ("postmark", "406 ", "5.2.1"),  # on its list of those who bounced or complained
    ("postmark", "invalid 'to' address", "5.1.3"),
    ("postmark", "error parsing 'to'", "5.1.3"),
    # SendGrid: "Mail Send", errors of status 400
    ("sendgrid", "does not contain a valid address", "5.1.3"),
    # Brevo: code invalid_parameter
    ("brevo", "email is not valid in to", "5.1.3"),
    ("brevo", "not a valid email", "5.1.3"),
    # Resend: validation_error
    ("resend", "invalid `to` field", "5.1.3"),
    # Amazon SES: BadRequestException, MessageRejected
    ("ses", "invalid domain name", "5.1.2"),
    ("ses", "local address contains", "5.1.3"),
    ("ses", "illegal address", "5.1.3"),
    ("ses", "missing final '@domain'", "5.1.3"),
)


def status_of(provider: str, words: str) -> str | None:
    """Return the status for words or a code about a reader; None for anything else."""
    said = words.lower()
    found = (status for name, wanted, status in MEANINGS if name == provider and wanted in said)
    return next(found, None)


def refusal(provider: str, envelope: Envelope, answer: Answer) -> Outcome | None:
    """Return what an answer to one reader's letter says of the reader, by the table; None where it is about us."""
    return outcome(provider, envelope, answer.text)


def outcome(provider: str, envelope: Envelope, said: str) -> Outcome | None:
    """Return the outcome for words that a provider says of one reader; None where they are not about a reader."""
    status = status_of(provider, said)
    if status is None:
        return None
    verdict = Verdict.DEFERRED if status.startswith("4") else Verdict.REJECTED
    return Outcome(envelope.key, verdict, status, said)
