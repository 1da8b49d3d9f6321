"""Which replies ask us to slow down. Pure; a table whose first matching line decides.

Large mailbox providers say it in many ways: by the code 421, by RFC 3463's 4.7.x, or in words behind any code.
What no pace would mend must not slow anybody: greylisting, one full or busy mailbox, missing DNS records.
"""

from __future__ import annotations

import re

from newsletter.domain.delivery import Outcome, Verdict

# Each pattern is searched for in "code status words", in lower case, with "-" for what is missing.
_TABLE: tuple[tuple[re.Pattern[str], bool], ...] = tuple(
    (re.compile(pattern), answer)
    for pattern, answer in (
        (r"gr[ae]y[ -]?list|postgrey|first contact|not yet authorized to deliver", False),
        # One mailbox: only its owner could do something about it.
        (r"^\d+ 4\.[12]\.|mailbox (is )?full|over ?quota|quota exceeded|user you are trying", False),
        (r"^\d+ 4\.7\.[2-7] |^\d+ 4\.7\.2[0-7] |\b(spf|dkim|dmarc|starttls|reverse dns|ptr|helo|ehlo)\b", False),
        (r"hostname|host name|certificate|authenticat|sign in", False),
        (
            r"too (many|much|fast|quick)|rate[ -]?limit|rate of|sending rate|(per|each) (second|minute|hour)\b",
            True,
        ),
        (r"throttl|slow(ing)? down|unexpected volume|unusual volume|high volume|(exceed|reach)\w* .*limit", True),
        (r"(maximum|max\.?|limit).*(connection|session|messages)|(connection|session|message)s? .*limit", True),
        (r"concurren(t|cy)|resources temporarily|try again later.*connection", True),
        # A line that ended for want of talk, or a server that goes down for the night.
        (r"^\d+ 4\.4\.|time[ -]?out|timed out|shutting down|shutdown|maintenance|idle", False),
        (r"^421 |^\d+ 4\.7\.", True),
    )
)
_CODE = re.compile(r"\d{3}(?=[ -]|$)")
_STATUS = re.compile(r"\b4\.\d{1,3}\.\d{1,3}\b")
_UNKNOWN = {"", "4.0.0"}  # what the transport puts where the other side gave none


def is_throttling(outcome: Outcome) -> bool:
    """Tell whether a refusal for now asks us to send more slowly."""
    return outcome.verdict is Verdict.DEFERRED and asks_for_patience(outcome.reply, outcome.status)


def asks_for_patience(reply: str, status: str = "") -> bool:
    """Tell whether a reply (`421 4.7.0 words`) asks us to send more slowly. `status` is its RFC 3463 code."""
    code = _CODE.match(reply)
    found = _STATUS.search(reply)
    known = status if status not in _UNKNOWN else found[0] if found else "-"
    line = f"{code[0] if code else '-'} {known} {reply[code.end() :] if code else reply}".lower()
    return next((answer for pattern, answer in _TABLE if pattern.search(line)), False)
