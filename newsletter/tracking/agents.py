"""Machines by what they say of themselves in a request's header fields. Pure.

Most scanners pass themselves off as browsers; those that do not are known by these words, found in the logs of
many sites. Gmail's and Yahoo's picture proxies are none of these: they fetch a picture for the reader who is
looking at the letter. Apple's Mail Privacy Protection does so whether or not anybody looks, and says no more than
`Mozilla/5.0`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

PREFETCH = "prefetch"
APPLE = "Apple Mail Privacy Protection"
NAMELESS = "nameless"

_NAMES = {
    "Barracuda": r"barracuda",
    "Proofpoint": r"proofpoint|urldefense",
    "Mimecast": r"mimecast",
    "Microsoft": r"bingpreview|safelinks|existence discovery|skypeuripreview",
    "Cisco": r"ciscosecureemail|ironport",
    "Trend Micro": r"trend ?micro|\btmes\b",
    "Google": r"google-safety|googlebot|google-read-aloud|googlemessages",
    "a preview": r"slackbot|whatsapp|telegrambot|facebookexternalhit|linkedinbot|twitterbot|discordbot",
    "a program": r"^(curl|wget|python|java|go-http-client|okhttp|axios|node|ruby|php|lua|ahc)\b|libwww-perl"
    r"|python-requests|aiohttp|guzzlehttp|apache-httpclient|headlesschrome|phantomjs|hubspot connect",
    "a crawler": r"(?<!cu)bot\b|crawl|spider|scanner",  # Cubot makes telephones
}
_AGENTS = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _NAMES.items()]
# Gmail prefetches with this, beside its proxy: a browser of 2015 that no browser is.
_OF_GMAIL = "Edge/12.246 Mozilla/5.0"
# Fetch Standard, section 3.9 (Sec-Purpose), and what browsers sent before it.
_AHEAD = ("sec-purpose", "purpose", "x-purpose", "x-moz")


def machine(fields: Mapping[str, str]) -> str:
    """Return the machine that a request's header fields speak of; empty where it may be a person's browser.

    The fields' names are in lower case.
    """
    if any(fields.get(name, "").lower().startswith(("prefetch", "preview", "prerender")) for name in _AHEAD):
        return PREFETCH
    agent = fields.get("user-agent", "").strip()
    if not agent:
        return NAMELESS
    if agent == "Mozilla/5.0":
        return APPLE
    if agent.endswith(_OF_GMAIL):
        return "Gmail"
    return next((name for name, pattern in _AGENTS if pattern.search(agent)), "")
