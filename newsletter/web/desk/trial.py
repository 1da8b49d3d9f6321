"""A test mail of an issue, from the desk."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import TemplateError

from newsletter.app import App
from newsletter.domain.delivery import IssueRefused, Outcome, TransportDown, Verdict
from newsletter.issues.placing import NothingLeft
from newsletter.rendering.inline import UnsafeStyle
from newsletter.rendering.phrases import BadPhrases
from subscribers.addresses import InvalidAddress, normalise


class TrialRefused(Exception):
    """No test mail was sent; the sentence says why."""


_TOLD = {
    Verdict.ACCEPTED: "A test mail is on its way to {to}.",
    Verdict.IN_DOUBT: "The line broke while the test mail was handed over; it may have left. Look for it at {to}.",
}


def send_test(app: App, issue_id: int, to: str) -> str:
    """Send one test mail and return the sentence that tells of it. Raises LookupError, TrialRefused."""
    return told_of_trial(to, lambda address: app.send_trial(issue_id, address))


def told_of_trial(to: str, send: Callable[[str], Outcome]) -> str:
    """Have a test mail sent to an address and return the sentence that tells of it. Raises TrialRefused."""
    try:
        address = normalise(to).email
        outcome = send(address)
    except InvalidAddress as invalid:
        raise TrialRefused(f"No test mail was sent: {invalid}") from invalid
    except TransportDown as down:
        raise TrialRefused(f"No test mail was sent: the mail server cannot be reached ({down}).") from down
    except IssueRefused as refused:
        raise TrialRefused(f"No test mail was sent: the mail server refuses us ({refused}).") from refused
    except (TemplateError, UnsafeStyle, BadPhrases, NothingLeft) as trouble:
        raise TrialRefused(f"The mail cannot be made. {trouble}") from trouble
    if outcome.verdict not in _TOLD:
        raise TrialRefused(f"The mail server refused {address}: {outcome.reply or outcome.status}")
    return _TOLD[outcome.verdict].format(to=address)
