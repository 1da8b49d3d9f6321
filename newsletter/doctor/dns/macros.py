"""Macros in SPF records (RFC 7208, section 7), as far as they stand in real ones. Pure."""

from __future__ import annotations

import re
from ipaddress import ip_address

_MACRO = re.compile(
    r"%(?:\{(?P<letter>[slodiphv])(?P<digits>\d*)(?P<reverse>r?)(?P<cuts>[.\-+,/_=]*)\}|(?P<sign>[%_-]))",
    re.IGNORECASE,
)
_SIGNS = {"%": "%", "_": " ", "-": "%20"}


def expanded(text: str, domain: str, sender: str, address: str) -> str:
    """Return the text with its macros filled in. Those that nobody knows here (`p`, `h`) become `unknown`."""
    local, _, of_sender = sender.rpartition("@")
    values = {"s": sender, "l": local or "postmaster", "o": of_sender, "d": domain}
    if address:
        values |= {"i": _dotted(address), "v": "in-addr" if ip_address(address).version == 4 else "ip6"}

    def filled(found: re.Match[str]) -> str:
        if found["sign"]:
            return _SIGNS[found["sign"]]
        parts = re.split(f"[{re.escape(found['cuts'] or '.')}]", values.get(found["letter"].lower(), "unknown"))
        if found["reverse"]:
            parts.reverse()
        return ".".join(parts[-int(found["digits"]) :] if found["digits"] else parts)

    return _MACRO.sub(filled, text)


def _dotted(address: str) -> str:
    parsed = ip_address(address)
    return str(parsed) if parsed.version == 4 else ".".join(parsed.exploded.replace(":", ""))
