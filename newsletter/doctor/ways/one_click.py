"""The unsubscribe link as providers use it: from outside, by https and POST, without redirect (RFC 8058)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from newsletter.doctor.diagnosis import Diagnosis, Health
from newsletter.doctor.names import NoAnswer
from newsletter.doctor.patient import Patient
from newsletter.routes import is_public
from newsletter.transports.api.line import NotSent, Unanswered
from newsletter.transports.api.provider import Answer, Request
from subscribers.tokens import Purpose

CHECK: Final = "unsubscribe"
_BUTTON = b"List-Unsubscribe=One-Click"
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_NO_ISSUE = 0


def one_click(patient: Patient) -> Iterator[Diagnosis]:
    """Press the button of a test mail's link, which works like any other and changes nothing. Raises NoAnswer."""
    base = patient.settings.site.base_url
    link = f"{base}/unsubscribe/{patient.tokens.sign(Purpose.TRIAL, _NO_ISSUE, patient.clock.now())}"
    if urlsplit(base).scheme != "https":
        sentence = f"[site] base_url is {base}; mailbox providers show the button for https addresses only."
        yield Diagnosis(CHECK, Health.STOP, sentence, "Set up https, and write the address so.")
    yield from _outside(patient, urlsplit(base).hostname or "")
    try:
        looked = patient.line.post(Request("GET", link, {}))
        pressed = patient.line.post(Request("POST", link, _FORM, _BUTTON))
    except (NotSent, Unanswered) as trouble:
        yield Diagnosis(CHECK, Health.STOP, f"{base} can't be reached: {trouble}.", "Look at the web server.")
        return
    yield _looked(looked)
    yield _pressed(pressed)


def _outside(patient: Patient, host: str) -> Iterator[Diagnosis]:
    """Say whether the world can find the host: by the name server, as we may have another view of it."""
    if not host or host.replace(".", "").isdigit() or ":" in host:
        return
    try:
        addresses = patient.names.addresses(host)
    except NoAnswer as silence:
        yield Diagnosis(CHECK, Health.UNKNOWN, f"Whether the world finds {host} is not known ({silence}).")
        return
    if not any(is_public(each) for each in addresses):
        told = f"has only {', '.join(addresses)}" if addresses else "has no address"
        sentence = f"{host} {told} in the DNS; readers outside can't reach their unsubscribe links."
        yield Diagnosis(CHECK, Health.STOP, sentence, "Publish its public address, or correct [site] base_url.")


def _looked(answer: Answer) -> Diagnosis:
    if 300 <= answer.status < 400:
        return _redirected("GET", answer, Health.WARNING)
    if answer.status != 200:
        sentence = f"Readers who open their unsubscribe link get {answer.status}."
        return Diagnosis(CHECK, Health.STOP, sentence, "Look at the web server, and at what stands before it.")
    if b"Unsubscribed" in answer.body[:100]:
        sentence = "Opening the unsubscribe link acts; a scanner would end subscriptions."
        return Diagnosis(CHECK, Health.STOP, sentence, "Let it ask first, and act on POST alone.")
    return Diagnosis(CHECK, Health.FINE, "Opening the unsubscribe link asks, and changes nothing.")


def _pressed(answer: Answer) -> Diagnosis:
    if 300 <= answer.status < 400:
        return _redirected("POST", answer, Health.STOP)
    if answer.status != 200:
        sentence = f"The unsubscribe button's POST got {answer.text[:120]}; RFC 8058 wants 200."
        return Diagnosis(CHECK, Health.STOP, sentence, "Let POST through, without cookies, to /unsubscribe/.")
    if b"test mail" not in answer.body:
        sentence = "Something else than these pages answered the unsubscribe button."
        return Diagnosis(CHECK, Health.STOP, sentence, "Let [site] base_url lead to `newsletter serve`.")
    return Diagnosis(CHECK, Health.FINE, "The unsubscribe button's POST is answered 200, without a redirect.")


def _redirected(method: str, answer: Answer, health: Health) -> Diagnosis:
    target = answer.headers.get("location", "elsewhere")
    sentence = f"A {method} to the unsubscribe link is sent on to {target}; mailbox providers do not follow."
    return Diagnosis(CHECK, health, sentence, "Answer under the very address of [site] base_url.")
