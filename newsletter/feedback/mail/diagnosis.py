"""What the words of a failure come to: an RFC 3463 status, from codes and from phrases. Pure.

A status of x.0.0 says nothing, so the words are asked; and a status that says "for good" of what passes (a full
mailbox, a server that gave up trying) is corrected by them.
"""

from __future__ import annotations

import re

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?<![\d.\-])([45])\d\d(?=[ \-#;:])")

# A status and a pattern a line. The first that fits counts: what passes stands before what ends a reader's mail.
_PHRASES = tuple(
    (line.split(maxsplit=1)[0], re.compile(line.split(maxsplit=1)[1], re.IGNORECASE))
    for line in r"""
5.2.2   (mail ?box|inbox|account|quota|storage|user)[^.\n]{0,40}\b(full|exceed\w*|over)\b
5.2.2   \b(over|out of|exceed\w*|insufficient)[^.\n]{0,20}\b(quota|storage|disk space)
5.3.4   (message|size|mail)[^.\n]{0,30}(too (large|big)|exceeds? (the )?(maximum|fixed|size))
5.7.1   \b(spam|spamming|virus|malware|phish\w*|black ?list\w*|block ?list\w*|blocked|reputation)\b
5.7.1   \b(dmarc|spf|dkim)\b
5.7.1   (against|by|due to|violat\w+) [^.\n]{0,20}polic(y|ies)|content[^.\n]{0,20}reject
5.7.1   relay(ing)? (access )?(denied|not permitted|prohibited)
5.7.1   \bnot (allowed|authori[sz]ed|permitted)
4.7.1   gr[ae]y ?list\w*|rate limit|too many (messages|connections|recipients)|throttl\w+|try again later
4.4.7   (delivery|retry|message)[^.\n]{0,30}(expired|timed? ?out|time ?out)
4.4.7   \btoo old\b|could not be delivered for
4.4.1   connection (refused|timed out|reset|dropped)|no route|unreachable|lost connection
4.0.0   temporar(y|ily)|deferred|will (be )?(retr|keep trying)|still being retried|warning message only
5.1.1   \b(user|mailbox|recipient|address|account|addressee|mailer)\b[^.;\n]{0,40}\b(unknown|invalid|no longer)\b
5.1.1   \b(user|mailbox|recipient|address|account)\b[^.;\n]{0,40}(does ?n[o']t|do not|could not be) (exist|found)
5.1.1   \b(user|mailbox|recipient|address|account|person)\b[^.;\n]{0,40}not (be )?(found|listed|known)
5.1.1   \b(user|recipient|address)\b[^.;\n]{0,20}\brejected\b
5.1.1   \b(no such|unknown|invalid|non-?existent|bad) ([\w-]+ )?(user|mailbox|recipient|address|account|name)
5.1.1   \b(user|recipient|name|address)\b[^.;\n]{0,30}\bnot recogni[sz]ed|not a valid (user|recipient)
5.1.1   not listed in [\w. ]{0,40}directory|no (exact )?match(es)? (to|for|in)\b|did not (exactly )?match an?
5.1.1   550\b[^\n]{0,60}mailbox unavailable|mailbox unavailable[^\n]{0,40}\b550\b
5.1.1   (invalid|no|not have an?) (\w+ )?(final|email) (e?mail )?delivery (user ?id|point)
5.1.1   no mailbox (here )?by that name|does ?n[o']t have an? [\w. ]{0,30}account|not our customer
5.1.1   existiert nicht|unbekannt|nicht gefunden|n'existe pas|inconnu|no existe|desconocid|nie istnieje
5.1.1   не существует|не найден|не існує|не знайдено
5.2.1   \b(account|mailbox|user|address)\b[^.\n]{0,40}\b(disabled|inactive|suspended|deactivated|closed|expired)
5.2.1   not (been )?(collected|fetched|logged in)
5.1.2   \bunknown (host|domain)
5.1.2   (host|domain)[^.\n]{0,30}(not found|unknown|does not exist|invalid)|no such domain|nxdomain|bad destination
5.1.10  null ?mx|does not accept (any )?mail
""".strip().splitlines()
)
_PASSING = frozenset({"5.2.2", "5.3.4", "5.7.1", "4.7.1", "4.4.7", "4.4.1", "4.0.0"})


def diagnose(words: str, status: str = "") -> str:
    """Return the status that a failure comes to; `status` is what was given, empty where nothing was.

    Returns an empty string where neither says anything.
    """
    given = status if _ENHANCED.fullmatch(status) else ""
    if given and not _is_vague(given):
        return _corrected(given, words)
    written = next((found[0] for found in _ENHANCED.finditer(words) if not _is_vague(found[0])), "")
    if written and written[0] != "2":
        return _corrected(written, words)
    return _by_phrase(words) or given or _basic(words)


def _corrected(status: str, words: str) -> str:
    """Return a passing status where the words say that it passes, whatever the code does."""
    said = _by_phrase(words)
    return said if said in _PASSING and status.startswith("5.1") and said != "5.7.1" else status


def _is_vague(status: str) -> bool:
    return status.endswith(".0.0") or status in {"5.1.0", "5.5.0", "5.3.0", "5.4.0", "4.4.0"}


def _by_phrase(words: str) -> str:
    return next((status for status, pattern in _PHRASES if pattern.search(words)), "")


def _basic(words: str) -> str:
    found = _BASIC.search(words)
    return f"{found[1]}.0.0" if found else ""
