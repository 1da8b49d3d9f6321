"""Whose a domain is: its organisational domain by the public suffix list (RFC 7489, section 3.2). Pure."""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList


def organisational(domain: str) -> str:
    """Return the organisational domain, `paper.co.uk` of `news.paper.co.uk`; a public suffix is its own."""
    return _list().privatesuffix(domain.lower()) or domain.lower()


def are_aligned(one: str, other: str, mode: str) -> bool:
    """Tell whether two domains are aligned: the same where the mode is strict (`s`), else of one organisation."""
    if mode == "s":
        return one.lower() == other.lower()
    return organisational(one) == organisational(other)


@cache
def _list() -> PublicSuffixList:
    return PublicSuffixList()
