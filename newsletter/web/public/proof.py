"""The evidence that a request gives of what a reader did."""

from __future__ import annotations

from flask import request

from newsletter.settings import Consent
from newsletter.web.context import here
from newsletter.web.languages import page_language
from subscribers.evidence import Evidence, web_page

_LONGEST_VERSION = 64


def sign_up_proof(page: str, consent_version: str) -> Evidence:
    """Return the evidence of a posted sign-up form.

    The page is what the form says, else the Referer. A form that a newsroom copied long ago names the version of
    the words it shows; when those are no longer ours, only the version is known.
    """
    named = Consent("", consent_version[:_LONGEST_VERSION])
    known = (each for each in here().settings.signup.consents if each.version == named.version)
    consent = next(known, named) if named.version else shown_consent()
    return Evidence(
        source="form",
        source_page=web_page(page) or web_page(request.referrer or ""),
        network_address=_network_address(),
        consent_text=consent.text,
        consent_version=consent.version,
    )


def shown_consent() -> Consent:
    """Return the words of consent in the language of the page."""
    return here().settings.signup.consent(page_language())


def link_proof(source: str = "link", consent: Consent | None = None) -> Evidence:
    """Return the evidence of a link that was followed, with the words its page showed."""
    return Evidence(
        source=source,
        network_address=_network_address(),
        consent_text=consent.text if consent else "",
        consent_version=consent.version if consent else "",
    )


def _network_address() -> str:
    if not here().settings.privacy.keep_network_addresses:
        return ""
    return (request.remote_addr or "")[:45]
