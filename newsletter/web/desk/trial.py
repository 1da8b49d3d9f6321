"""A test mail of an issue, from the desk."""

from __future__ import annotations

from newsletter.app import App


class TrialRefused(Exception):
    """No test mail was sent; the sentence says why."""


def send_test(app: App, issue_id: int, to: str) -> str:
    """Send one test mail and return the sentence that tells of it. Raises LookupError, TrialRefused."""
    raise NotImplementedError
